"""What differs between two wordings of a program, in words: "tier 2: 1.5 % → 1.75 %"."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from rules.language.reading import plain
from rules.language.wording import split_wording
from rules.language.yaml_text import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_UNPAID = ("tests", "title", "reference")
"""Keys that say nothing about amounts."""

_SHARE = re.compile(r"(?<=[0-9])%")
_LAYOUT = "only its texts, tests or comments"


class WordingChange(NamedTuple):
    """A difference, in words, and the rebate that it is in; empty for one of the whole program."""

    rebate: str
    words: str


def wording_changes(before: str, after: str) -> list[WordingChange]:
    """Return how the wording `after` differs from `before`, in the order of the file; empty texts are no wording."""
    old, new = (_written(text) for text in (before, after))
    if not old or not new:
        return [WordingChange("", "the program is new" if new else "the program was taken out")]
    rebates = [_blocks(written.pop("rebates", {})) for written in (old, new)]
    found = [WordingChange("", words) for words in _differences(old, new, "")]
    for name in {**rebates[0], **rebates[1]}:
        found += [WordingChange(name, words) for words in _of_rebate(rebates[0].get(name), rebates[1].get(name))]
    if split_wording(before)[2] != split_wording(after)[2]:
        found.append(WordingChange("", "the periods of its calendar"))
    return found or [WordingChange("", _LAYOUT)]


def words_for(changes: list[WordingChange], rebate: str) -> str:
    """Return the changes that concern a rebate: its own and the program's, or else those of the other rebates."""
    own = [change.words for change in changes if change.rebate in {"", rebate}]
    return ", ".join(own or [f"{change.rebate}: {change.words}" for change in changes])


def _written(wording: str) -> dict[str, object]:
    return _blocks(parse_yaml(split_wording(wording)[0], "").value)


def _blocks(value: object) -> dict[str, object]:
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else {}


def _of_rebate(old: object, new: object) -> Iterator[str]:
    if old is None or new is None:
        yield "the rebate is new" if old is None else "the rebate was taken out"
        return
    yield from _differences(_blocks(old), _blocks(new), "")


def _differences(old: Mapping[str, object], new: Mapping[str, object], within: str) -> Iterator[str]:
    for key in {**old, **new}:
        one, other = old.get(key), new.get(key)
        name = f"{within} {key}".strip().replace("_", " ")
        if one == other or key in _UNPAID:
            continue
        if key == "tiers" and isinstance(one, list) and isinstance(other, list):
            yield from _tiers(one, other)
        elif isinstance(one, dict) and isinstance(other, dict):
            yield from _differences(_blocks(one), _blocks(other), name)
        else:
            yield f"{name}: {_text(one)} → {_text(other)}"


def _tiers(old: list[object], new: list[object]) -> Iterator[str]:
    for n in range(max(len(old), len(new))):
        one, other = (_blocks(tiers[n]) if n < len(tiers) else {} for tiers in (old, new))
        if not one or not other:
            yield f"tier {n + 1}: {_text(one) if one else 'none'} → {_text(other) if other else 'none'}"
            continue
        for words in _differences(one, other, ""):
            # The rate is what a tier is about: it needs no name.
            yield f"tier {n + 1}: {words.removeprefix('rate: ')}"


def _text(value: object) -> str:
    """Return a value as it is read: numbers with separators, 1.5 %, conditions without brackets."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return plain(Decimal(value))
    if isinstance(value, dict):
        return " ".join(f"{key.replace('_', ' ')} {_text(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return _SHARE.sub(" %", str(value))
