"""docs/reference: every page is what the code says today."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from reference_maker.pages import PAGES

import cli

REFERENCE = Path(cli.__file__).parent / "docs" / "reference"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_says(name: str) -> None:
    committed = (REFERENCE / name).read_text(encoding="utf-8")
    assert committed == PAGES[name](), f"docs/reference/{name} is out of date: say `make reference`, read it, commit it"


def test_every_page_is_made() -> None:
    assert {path.name for path in REFERENCE.iterdir()} == set(PAGES)


def slug(heading: str) -> str:
    """Name a section as Markdown viewers do."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@cache
def sections(name: str) -> set[str]:
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", PAGES[name](), re.MULTILINE)}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_to_a_section(name: str) -> None:
    links = re.findall(r"\]\(([\w.-]*)(?:#([\w-]+))?\)", PAGES[name]())
    assert all((page or name) in PAGES for page, _ in links)
    assert [(page, place) for page, place in links if place and place not in sections(page or name)] == []
