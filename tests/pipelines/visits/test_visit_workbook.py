"""The sheets of visits in the workbook tie to what the measures of visits show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from python_calamine import CalamineWorkbook

from pipelines.audit.workbook import write_workbook
from pipelines.visits.measures import measures
from pipelines.visits.workbook import visit_sheets

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace


def test_the_sheets_tie_to_the_measures(company: Workspace, tmp_path: Path) -> None:
    target = tmp_path / "books.xlsx"
    write_workbook(company, target, visit_sheets(company))
    book = CalamineWorkbook.from_path(target)
    assert book.sheet_names[-4:] == ["Visits by member", "Visits by rep", "Visit indicators", "Visits"]
    ties = {row[0]: row for row in book.get_sheet_by_name("Control").to_python() if "isit" in str(row[0])}
    visits, _, indicators, _ = (table.frame for table in measures(company, per="year"))
    for sheet in ("Visits by member", "Visits by rep"):
        _, currency, in_books, on_sheet, difference = ties[f"Visits made: {sheet}"]
        head, *rows = book.get_sheet_by_name(sheet).to_python()
        assert (
            sum(int(str(row[head.index("made")]).partition(".")[0]) for row in rows)
            == in_books
            == on_sheet
            == visits["made"].sum()
            == 3
        )
        assert (currency, difference) == ("", 0)
    assert ties["Indicators measured at visits"][2] == indicators["rows"].sum() == 7
    head, *rows = book.get_sheet_by_name("Visits").to_python()
    assert [row[head.index("visit id")] for row in rows] == ["V1", "V2", "V3", "V4", "V5"]


def test_a_workspace_without_templates_has_no_sheets_of_visits(company: Workspace) -> None:
    elsewhere = replace(company, config=company.config.model_copy(update={"visits": "nowhere"}))
    assert visit_sheets(elsewhere) == ([], [])
