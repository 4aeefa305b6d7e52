"""Statements and panels of the demo in German and Japanese: nothing is in English, and no code stands for a word."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest
from lxml import html  # type: ignore[import-untyped]

from pipelines.panel.ahead import books_ahead
from pipelines.panel.frames import each_member, read_frames
from pipelines.panel.panel import MemberPanel
from pipelines.workspace.configuration import open_workspace
from reports.page.language import LANGUAGES, SOURCE, Language, catalogue
from reports.panel.panel import panel_fragment
from rules.loading.load import read_programs
from rules.money import MINOR_UNITS

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


def texts(page: bytes) -> Iterator[str]:
    tree = html.fromstring(page)
    for text in tree.xpath("//text()[not(parent::style)] | //@aria-label"):
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
        tag: {text for page in of_tag[: FEW if tag == SOURCE else None] for text in texts(page.read_bytes())}
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


@pytest.fixture(scope="module")
def panels(demo_run: Path) -> dict[str, set[str]]:
    """The texts of the demo's panels by language, and their parts: what stands between colons, commas and dots."""
    with books_ahead(open_workspace(demo_run)) as connection:
        frames = read_frames(connection)
    made = [MemberPanel.of(own, member_id) for member_id, own in each_member(frames)]
    assert len(made) > FEW
    found: dict[str, set[str]] = {}
    for tag in LANGUAGES:
        language = Language(tag, MINOR_UNITS)
        whole = {text for each in made for text in texts(panel_fragment(each.shown(language), "#0b5d4e"))}
        found[tag] = whole | {part.strip() for text in whole for part in re.split(r"[·:;,()\uff08\uff09]", text)}
    return found


def test_no_panel_has_a_message_in_english(panels: dict[str, set[str]]) -> None:
    for tag in ("de", "ja"):
        assert {text for text in panels[tag] if english(tag).fullmatch(text)} == set()
    found = {text for text in panels["en"] if english("de").fullmatch(text)}
    assert {"Open periods", "draft", "tier 1", "no tier yet", "last year", "required"} <= found
    assert any(text.endswith("which earlier rebates pay") for text in panels["en"])
