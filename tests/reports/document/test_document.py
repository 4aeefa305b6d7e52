"""The document of a statement says what its page says, cell by cell."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html  # type: ignore[import-untyped]

from reports.document.document import Sheet, document_data, place_of
from reports.statement.statement import Shown, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

SHEET = Sheet(date(2026, 11, 23), "#0b5d4e")


@pytest.fixture(name="all_shown")
def _all_shown(sample: Any) -> dict[str, Shown]:
    return {each.payee_id: each for each in shown(sample.frames, sample.issue)}


def document(each: Shown) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(document_data(each.view, SHEET))
    return read


def positions(of: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for program in of["programs"]:
        for rebate in program["rebates"]:
            yield from rebate["positions"]


def rows(page: bytes, table: str) -> list[list[str]]:
    """The rows of a page's tables, without those that are folded away in print."""
    found: list[Any] = html.fromstring(page.decode()).xpath(
        f"//table[@class='{table}'][not(ancestor::details[not(@open)])]/tbody/tr"
    )
    return [[" ".join(cell.text_content().split()) for cell in row] for row in found]


def test_the_page_is_the_one_that_is_published(sample: Any, all_shown: dict[str, Shown]) -> None:
    assert {payee: each.page.decode() for payee, each in all_shown.items()} == {
        payee: sample.page(payee) for payee in all_shown
    }


def test_transactions_and_tiers_are_those_of_the_page_cell_by_cell(all_shown: dict[str, Shown]) -> None:
    listed = 0
    for each in all_shown.values():
        found = list(positions(document(each)))
        cells = [[" ".join(cell.split()) for cell in row] for of in found for row in of["transactions"]["cells"]]
        assert cells == rows(each.page, "transactions")
        steps = [[*step[:3], step[4]] for of in found for step in of["ladder"]["steps"]]
        assert steps == rows(each.page, "tiers")
        listed += len(cells)
    assert listed > 3


def test_nothing_of_it_is_html(all_shown: dict[str, Shown]) -> None:
    data = document_data(all_shown["D-0001"].view, SHEET)
    assert "<td" not in data
    assert "&amp;" not in data
    assert "Bean & Sons" in data


def test_characters_that_nobody_sees_are_left_out(all_shown: dict[str, Shown]) -> None:
    payee = {"name": "Evil\u202eelif\u200b", "id": "D-0001"}
    made = json.loads(document_data({**all_shown["D-0001"].view, "payee": payee}, SHEET))
    assert made["payee"]["name"] == "Evilelif"


def test_the_place_of_a_character_is_the_whole_text_around_it(all_shown: dict[str, Shown]) -> None:
    data = document_data(all_shown["D-0001"].view, SHEET)
    assert place_of(data, "Bean") == "Bean & Sons Auto Supply"
    assert place_of(data, "ก") == "ก"


def test_the_day_is_that_of_the_run_and_the_colours_can_be_read(all_shown: dict[str, Shown]) -> None:
    made = json.loads(document_data(all_shown["D-0001"].view, Sheet(date(2026, 11, 23), "#ffee00")))
    assert made["issued"] == {"year": 2026, "month": 11, "day": 23}
    assert made["colours"]["brand"] == "#ffee00"
    assert made["colours"]["text"] != "#ffee00"
