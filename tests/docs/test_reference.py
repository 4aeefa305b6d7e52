"""docs/reference: every page is what the code says today."""

from __future__ import annotations

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
