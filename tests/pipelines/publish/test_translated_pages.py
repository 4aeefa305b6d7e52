"""The statements of the demo in German and Japanese: nothing is left in English, and no code stands for a word."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest
from lxml import html  # type: ignore[import-untyped]

from reports.page.language import LANGUAGES, SOURCE, catalogue
from rules.loading.load import read_programs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FEWEST_LETTERS = 4
"""A message with fewer letters beside what it is filled in with says too little to be told from other words."""

FEW = 5
"""How many pages of a language there are at least."""

PLACE = re.compile(r"\{[a-z_]+\}")


@cache
def english(tag: str) -> re.Pattern[str]:
    """Match a text that is one of our messages, as it is written, where its translation is another."""
    said = [str(entry.id) for entry in catalogue(tag) if entry.id and entry.id != entry.string]
    telling = [each for each in said if len(re.findall("[A-Za-z]", PLACE.sub("", each))) >= FEWEST_LETTERS]
    return re.compile("|".join(".+".join(map(re.escape, PLACE.split(each))) for each in telling))


def texts(page: Path) -> Iterator[str]:
    tree = html.fromstring(page.read_bytes())
    for text in tree.xpath("//body//text() | //@aria-label | //title/text()"):
        if text.strip():
            yield " ".join(text.split())


@pytest.fixture(scope="module")
def said(demo_run: Path) -> dict[str, set[str]]:
    """The texts of the demo's statements by language; of those in English, of a few."""
    pages: dict[str, list[Path]] = {tag: [] for tag in LANGUAGES}
    for page in sorted(demo_run.glob("out/*/statements/*.html")):
        pages[re.findall('<html lang="(..)">', page.read_text(encoding="utf-8"))[0]].append(page)
    assert all(len(of_tag) > FEW for of_tag in pages.values())
    return {
        tag: {text for page in of_tag[: FEW if tag == SOURCE else None] for text in texts(page)}
        for tag, of_tag in pages.items()
    }


@pytest.mark.parametrize("tag", [tag for tag in LANGUAGES if tag != SOURCE])
def test_no_page_has_a_message_in_english(said: dict[str, set[str]], tag: str) -> None:
    assert {text for text in said[tag] if english(tag).fullmatch(text)} == set()


def test_what_is_looked_for_would_be_found(said: dict[str, set[str]]) -> None:
    found = {text for text in said["en"] if english("de").fullmatch(text)}
    assert {"Rebate statement", "What this payout is made of", "Your account"} <= found
    assert any(text.startswith("Transactions that count: ") for text in found)


def test_programs_rebates_units_and_types_are_words(said: dict[str, set[str]], demo_run: Path) -> None:
    rules = demo_run.parents[1] / "rules" / "programs"
    programs = read_programs({path.name: path.read_text(encoding="utf-8") for path in rules.glob("*.yaml")})
    codes = {program.id for program in programs} | {name for program in programs for name in program.rebates}
    codes |= {"write_off", "carry_forward", "overpaid", "restatement", "short_paid", "in_review", "to_date"}
    for tag, all_said in said.items():
        named = [entry for entry in catalogue(tag) if entry.context in {"unit", "type"} and entry.id != entry.string]
        words = {str(entry.id) for entry in named}
        assert not [text for text in all_said if text in codes | words or text.partition(" ")[2] in words], tag
