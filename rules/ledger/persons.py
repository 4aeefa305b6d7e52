"""Persons: when two names are one person, however they are typed, and which names are nobody's."""

from __future__ import annotations

import unicodedata
from functools import cache

from rules.ledger.decisions import AUTOMATIC

NOBODY = (AUTOMATIC, "automatic", "cron", "daemon", "nobody", "prefect", "schedule", "scheduler", "system", "systemd")
"""Names of programs: what they sign was looked at by no one."""

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# Fillers and selectors that are letters or marks for Unicode, and show nothing.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(n) for n in range(0xFE00, 0xFE10)}
_ALIKE = str.maketrans({"i": "l", "1": "l", "|": "l", "0": "o", "m": "rn"})
"""What looks alike within ASCII; capitals are small letters by then."""


def is_one_person(name: str, other: str) -> bool:
    """Return whether two names are one person: equal but for capitals, widths, blanks, invisible or look-alike signs.

    Look-alikes are those of Unicode's list of confusables. Otherwise one person could approve twice.
    """
    return _plain(name) == _plain(other) or _shape(name) == _shape(other)


def distinct(names: list[str]) -> list[str]:
    """Return the first name of each person in `names`."""
    found: list[str] = []
    for name in names:
        if not any(is_one_person(name, other) for other in found):
            found.append(name)
    return found


def is_nobody(name: str) -> bool:
    """Return whether a name is that of a program, such as the schedule: it is nobody's second person."""
    return any(is_one_person(name, program) for program in NOBODY)


@cache
def _plain(name: str) -> str:
    return " ".join(_seen(name).casefold().split())


@cache
def _shape(name: str) -> str:
    return " ".join("".join(map(_letter, _seen(name))).casefold().translate(_ALIKE).split())


def _seen(name: str) -> str:
    """Return what can be seen of a name, in compatible characters."""
    normal = unicodedata.normalize("NFKC", name)
    return "".join(
        sign for sign in normal if sign.isspace() or not (sign in _BLANK or unicodedata.category(sign) in _INVISIBLE)
    )


@cache
def _letter(sign: str) -> str:
    """Return the ASCII letter or digit that a sign looks like, else the sign."""
    if sign.isascii():
        return sign
    from confusable_homoglyphs import confusables  # noqa: PLC0415 - it reads a long list, which hardly any name needs

    found = confusables.is_confusable(sign, greedy=True) or [{"homoglyphs": []}]
    alike = {entry["c"] for entry in found[0]["homoglyphs"] if entry["c"].isascii() and entry["c"].isalnum()}
    return min((text for text in alike if len(text) == 1), default=sign)
