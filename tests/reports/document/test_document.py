"""The document of a statement says what its page says, cell by cell."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html  # type: ignore[import-untyped]

from reports.document import annex
from reports.document.document import Sheet, document_data, place_of
from reports.document.widths import column_widths
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


def rebates(of: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for program in of["programs"]:
        yield from program["rebates"]


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


def test_the_annex_has_each_transaction_of_the_page_once_with_every_period_for_which_it_counts(
    all_shown: dict[str, Shown],
) -> None:
    listed = 0
    for each in all_shown.values():
        made = document(each)
        of_page = Counter(map(tuple, rows(each.page, "transactions")))
        annex = made["annex"]["rows"] if made["annex"] else []
        found = {tuple(" ".join(cell.split()) for cell in row): counts.split(", ") for *row, counts in annex}
        assert {row: len(numbers) for row, numbers in found.items()} == of_page
        told = [row["counted"] for rebate in rebates(made) for row in rebate["rows"]]
        for number in {number for numbers in found.values() for number in numbers}:
            assert sum(f"[{number}]" in counted for counted in told) == 1
        listed += len(annex)
    assert listed > 3


def test_more_transactions_than_the_annex_takes_are_in_the_file_alone(
    all_shown: dict[str, Shown], monkeypatch: pytest.MonkeyPatch
) -> None:
    each = next(each for each in all_shown.values() if document(each)["annex"])
    monkeypatch.setattr(annex, "MOST_TRANSACTIONS", len(document(each)["annex"]["rows"]) - 1)
    made = document(each)
    assert made["annex"] is None
    assert "[1]" not in json.dumps(made["programs"])


def test_a_rebate_has_its_tiers_once_and_a_row_for_every_period_of_the_page(all_shown: dict[str, Shown]) -> None:
    compared = 0
    for each in all_shown.values():
        tiers = rows(each.page, "tiers")
        for rebate, shown_rebate in zip(rebates(document(each)), rebates(each.view), strict=True):
            of_page, rest = shown_rebate["positions"], shown_rebate["summary"]
            assert len(rebate["rows"]) == len(of_page) + len(rest["rows"] if rest else ())
            for row, position in zip(rebate["rows"], of_page, strict=False):
                assert row["amounts"] == [value for _, value, _ in position["facts"][-4:]]
                assert row["facts"] == [[name, value] for name, value, _ in position["facts"][:-5]]
                steps = [[*step[:3]] for step in position["ladder"]["steps"]]
                assert all(step in [tier[:3] for tier in tiers] for step in steps)
                said = [[*step[:3]] for step in rebate["ladder"]["steps"]]
                assert row["scale"] or steps == said
                compared += 1
    assert compared > 3


@pytest.mark.parametrize(
    ("heading", "cell", "width"),
    [
        ("a", "1,234.56", 4.64),
        ("a", "USD", 2.16),
        ("a", "￥1", 1.58),
        ("Auszahlungen in", "1", 7.1),
        ("an a b c d e f", "1", 6.5),
    ],
)
def test_a_column_is_as_wide_as_its_widest_text_or_as_its_heading_in_lines(
    heading: str, cell: str, width: float
) -> None:
    assert column_widths([[heading]], [[cell], ["1"]]) == [width]


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
