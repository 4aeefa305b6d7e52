"""The report on visits: next actions by money, what is overdue, and visits beside tiers, as a correlation."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest
from python_calamine import CalamineWorkbook
from rich.cells import cell_len

from pipelines.console.terminal import show
from pipelines.visits.report import VisitReport, visit_report
from pipelines.visits.report_files import report_page, write_html, write_workbook
from pipelines.visits.words import PLAIN
from reports.visits.report import correlation_note
from rules.visits.correlation import by_visits, coefficient

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.console.tables import Table
    from pipelines.workspace.configuration import Workspace

NOTE = correlation_note(PLAIN.language)


@pytest.fixture(scope="module")
def report(company: Workspace) -> VisitReport:
    return visit_report(company, percent=Decimal(25))


def table(report: VisitReport, name: str) -> Table:
    return next(table for table in report.tables if table.name == name)


def test_next_actions_stand_in_the_order_of_the_money_at_stake(report: VisitReport) -> None:
    rows = table(report, "next_actions").frame.to_dicts()
    assert [(row["member_id"], row["at_stake"], row["rep_id"]) for row in rows] == [
        ("B", Decimal(200), None),
        ("A", Decimal(100), "R1"),
        ("C", Decimal(0), "R2"),
    ]
    assert rows[0]["action"].startswith("due on 2026-01-01, never visited; lacks 20.00 % of tier 2 of deal/only")
    assert {row["next_visit"] for row in rows} == {None}


def test_what_should_have_been_done_is_named_with_its_day(report: VisitReport) -> None:
    [late] = table(report, "follow_ups").frame.to_dicts()
    assert late == {
        "member_id": "A", "rep_id": "R1", "what": "Agree the plan", "due_on": date(2026, 7, 15), "days_late": 17,
    }  # fmt: skip


def test_it_fits_into_eighty_columns(
    report: VisitReport, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    show(report.tables)
    assert max(map(cell_len, capsys.readouterr().out.splitlines())) <= 80


def test_it_is_a_page_and_a_workbook(report: VisitReport, company: Workspace, tmp_path: Path) -> None:
    write_html(report, tmp_path / "visits.html", company)
    page = (tmp_path / "visits.html").read_text(encoding="utf-8")
    assert page.index("What to do next") < page.index("Agree the plan is open since July 15, 2026") < page.index(NOTE)
    write_workbook(report, tmp_path / "visits.xlsx", company)
    book = CalamineWorkbook.from_path(tmp_path / "visits.xlsx")
    assert book.sheet_names == ["Control", *(each.name.replace("_", " ").capitalize() for each in report.tables)]
    head, first, *_ = book.get_sheet_by_name("Next actions").to_python()
    assert dict(zip(head, first, strict=True))["at stake"] == 200
    assert NOTE in str(book.get_sheet_by_name("Control").to_python())
    first_bytes = (tmp_path / "visits.xlsx").read_bytes()
    write_workbook(report, tmp_path / "visits.xlsx", company)
    assert (tmp_path / "visits.xlsx").read_bytes() == first_bytes


@pytest.mark.parametrize("tag", ["de", "ja"])
def test_the_page_is_in_the_language_of_the_workspace(report: VisitReport, company: Workspace, tag: str) -> None:
    page = report_page(report, company, tag).decode()
    assert f'<html lang="{tag}">' in page
    body = re.sub(r"<style.*?</style>|<[^>]+>", " ", page[page.index("<body") :], flags=re.DOTALL)
    # What stands in the books stays as it is; every other word is of the language.
    books = "[Jj]ourney|Alpha|Beta|Gamma|Rita|Sam|Deal|USD|Agree the plan|Display stands|Share of the shelf"
    left = set(re.findall(r"[A-Za-zÄÖÜäöüß]{2,}", re.sub(f"{books}|On hand|Returns", " ", body)))
    if tag == "ja":
        assert left == set()
    else:
        english = {"visits", "due", "on", "open", "tier", "lacks", "since", "until", "Who", "none", "rep", "report"}
        assert not left & english
        assert {"fällig", "Stufe", "keine"} <= left


def test_visits_beside_tiers_are_called_a_correlation(report: VisitReport) -> None:
    shown = table(report, "correlation")
    assert NOTE in shown.title
    assert [(row["visits"], row["members"]) for row in shown.frame.to_dicts()] == [("none", 1), ("1-2", 2)]


@pytest.mark.parametrize(
    ("reached", "found"),
    [([0, 1, 2, 4], Decimal("0.98")), ([4, 2, 1, 0], Decimal("-0.98")), ([2, 2, 2, 2], None), ([1, 2], None)],
)
def test_the_coefficient_is_that_of_pearson(reached: list[int], found: Decimal | None) -> None:
    members = pl.DataFrame({"visits": range(len(reached)), "rebates": [4] * len(reached), "reached": reached})
    assert coefficient(members) == found
    assert by_visits(members)["members"].sum() == len(reached)
