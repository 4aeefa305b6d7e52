"""The sheets of visits in the workbook for finance, which tie to what `visits measures` shows."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.calculation.template_files import read_template_texts
from pipelines.visits.measures import measures_of
from pipelines.visits.visit_data import visit_data
from reports.workbook.workbook import Sheet, Tie

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from pipelines.visits.visit_data import VisitData
    from pipelines.workspace.configuration import Workspace

BY_MEMBER, BY_REP, INDICATORS, VISITS = "Visits by member", "Visits by rep", "Visit indicators", "Visits"
_COUNTS = {
    "Visits planned": "planned",
    "Visits made": "made",
    "Required tasks at visits": "required",
    "Required tasks done at visits": "required_done",
}


def visit_sheets(workspace: Workspace) -> tuple[list[Sheet], list[Tie]]:
    """Return the sheets of the visits of this year, and what must tie; none where there is no template of visits.

    Raises:
        BooksError: nothing was computed yet.
        RuleError: a template has mistakes.
    """
    if not read_template_texts(workspace):
        return [], []
    data = visit_data(workspace)
    by_region, by_member, by_rep = (_frames(data, by) for by in ("region", "member_id", "rep_id"))
    sheets = [
        Sheet(BY_MEMBER, by_member["visits"]),
        Sheet(BY_REP, by_rep["visits"]),
        Sheet(INDICATORS, by_member["indicators"]),
        Sheet(VISITS, _visits(data)),
    ]
    return sheets, list(_ties(by_region))


def _frames(data: VisitData, by: str) -> dict[str, pl.DataFrame]:
    return {table.name: table.frame for table in measures_of(data, by=[by], per="month")}


def _visits(data: VisitData) -> pl.DataFrame:
    """Return each visit of this year, in the order of its day."""
    columns = (
        "day", "member_id", "rep_id", "region", "template", "status", "planned_start", "actual_start", "actual_end",
        "late", "minutes", "required", "required_done", "is_made", "is_missed",
    )  # fmt: skip
    ids = data.details.select("visit", "visit_id")
    return data.facts.filter(data.this_year).join(ids, on="visit").select("visit_id", *columns).sort("day", "visit_id")


def _ties(measured: dict[str, pl.DataFrame]) -> Iterator[Tie]:
    """Yield what must tie: the counts of `visits measures` on the sheets by member and by rep."""
    for what, column in _COUNTS.items():
        total = Decimal(measured["visits"][column].sum())
        for sheet in (BY_MEMBER, BY_REP):
            yield Tie(f"{what}: {sheet}", "", total, ((sheet, column, 1),))
    rows = Decimal(measured["indicators"]["rows"].sum())
    yield Tie("Indicators measured at visits", "", rows, ((INDICATORS, "rows", 1),))
