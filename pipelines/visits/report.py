"""The report on visits: what to do next, by the money at stake, and how visits went."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from pipelines.audit.near import WITHIN
from pipelines.console.tables import Table
from pipelines.publish.tables_file import write_tables
from pipelines.visits.field_data import field_of, places_of_members
from pipelines.visits.measures import covered
from pipelines.visits.reasons import known_of, last_visits, open_follow_ups
from pipelines.visits.visit_data import visit_data
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.warehouse.sql_files import read_sql
from pipelines.workspace.files import refuse_other_kind, write_whole
from reports.workbook.workbook import About, Sheet, render_workbook
from rules.money import MINOR_UNITS
from rules.visits.calls import calls_of
from rules.visits.correlation import NOTE, by_visits, coefficient
from rules.visits.measures import indicator_measures, visit_measures
from schemas.types import MONEY

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal
    from pathlib import Path

    from pipelines.visits.visit_data import VisitData
    from pipelines.workspace.configuration import Workspace

ATTAINED = read_sql("visits", "attained")
AHEAD = timedelta(days=30)
"""How far next actions look ahead."""

_ACTIONS = pl.Schema(
    {
        "at_stake": MONEY,
        "currency": pl.String(),
        "member_id": pl.String(),
        "rep_id": pl.String(),
        "next_visit": pl.Date(),
        "action": pl.String(),
    }
)


@dataclass(frozen=True)
class VisitReport:
    """The report as tables, and the day of the books that it is of."""

    as_of: date
    tables: list[Table]


def visit_report(workspace: Workspace, *, percent: Decimal = WITHIN) -> VisitReport:
    """Return the report on visits of this year; `percent` as in pipelines.audit.near.

    Tables: next_actions (by money at stake), follow_ups (overdue), completion and coverage by rep, attainment by
    indicator with its trend, and correlation (visits beside tiers reached).

    Raises:
        BooksError: nothing was computed yet.
        RuleError: a template has mistakes, or there is none.
    """
    data = visit_data(workspace)
    as_of = data.run.as_of
    first = as_of.replace(month=1, day=1)
    facts = data.facts.filter(pl.col("day").is_between(first, as_of))
    completion = visit_measures(facts, ["rep_id"], "quarter").select(
        "rep_id", "period", "planned", "made", "abandoned", "missed", "punctual_percent", "done_percent"
    )
    attainment = indicator_measures(data.measured.filter(pl.col("day") >= first), [], "quarter")
    tables = [
        Table("next_actions", "What to do next, by the money at stake", _next_actions(workspace, data, percent)),
        Table("follow_ups", "What should have been done by now", overdue(data)),
        Table("completion", "How visits went", completion),
        Table("coverage", "Who was visited often enough", covered(data, first, ["rep_id"], "quarter")),
        Table("attainment", "Indicators against their targets, and their trend", attainment.drop("change")),
        _correlation(workspace, data, facts),
    ]
    return VisitReport(as_of, tables)


def write_html(report: VisitReport, target: Path, workspace: Workspace) -> None:
    """Write the report as one HTML page in the colours of the workspace.

    Raises:
        TerminalError: there is a file of another kind.
        StorageError: the disk is full or may not be written.
    """
    lead = [f"{workspace.config.name}, as of {report.as_of}."]
    write_tables(report.tables, target, workspace, title="Visits", lead=lead)


def write_workbook(report: VisitReport, target: Path, workspace: Workspace) -> None:
    """Write the report as a workbook, a sheet a table.

    Raises:
        TerminalError: there is a file of another kind.
        StorageError: the disk is full or may not be written.
    """
    refuse_other_kind(target, ".xlsx")
    money = {"next_actions": ("at_stake",)}
    sheets = [
        Sheet(table.name.replace("_", " ").capitalize(), table.frame, money.get(table.name, ()))
        for table in report.tables
    ]
    about = About(
        {"Workspace": workspace.config.name, "As of": report.as_of.isoformat(), "Correlation": NOTE},
        report.as_of,
        MINOR_UNITS,
    )
    content = io.BytesIO()
    render_workbook(content, sheets, [], about)
    write_whole(target, content.getvalue())


def overdue(data: VisitData) -> pl.DataFrame:
    """Return what is open past its day: required tasks of last visits, and follow-up visits that did not happen."""
    as_of = data.run.as_of
    tasks = open_follow_ups(data, last_visits(data)).select("member_id", "due_on", rep_id="last_rep", what="name")
    missed = data.facts.filter("is_missed", "is_follow_up").select(
        "member_id", "rep_id", due_on=pl.col("planned_start").cast(pl.Date), what=pl.lit("follow-up visit")
    )
    columns = ("member_id", "rep_id", "what", "due_on")
    days = (pl.lit(as_of) - pl.col("due_on")).dt.total_days()
    return (
        pl.concat([tasks.select(columns), missed.select(columns)])
        .filter(pl.col("due_on") < as_of)
        .with_columns(days_late=days)
        .sort("days_late", "member_id", "what", descending=[True, False, False])
    )


def _next_actions(workspace: Workspace, data: VisitData, percent: Decimal) -> pl.DataFrame:
    """Return who should be seen within AHEAD and why, the most money first; those planned already with their day."""
    first = data.run.as_of + timedelta(days=1)
    field, places = field_of(workspace, data, first, first + AHEAD)
    known = known_of(workspace, data, field, places_of_members(places, data), percent=percent)
    planned: dict[str, date] = {}
    for fixed in sorted(field.fixed, key=lambda each: each.begins):
        planned.setdefault(fixed.member_id, fixed.begins.date())
    calls = calls_of(known, data.templates, field.first, field.last, with_planned=True)
    rows = [
        (
            call.money,
            workspace.config.currency,
            call.member_id,
            call.last_rep,
            planned.get(call.member_id),
            "; ".join(reason.says for reason in call.reasons),
        )
        for call in sorted(calls, key=lambda call: (-call.money, call.rank))
    ]
    return pl.DataFrame(rows, _ACTIONS, orient="row")


def _correlation(workspace: Workspace, data: VisitData, facts: pl.DataFrame) -> Table:
    with connect(workspace, read_only=True) as connection:
        attained = read(connection, ATTAINED)
    made = facts.filter("is_made").group_by("member_id").agg(visits=pl.len().cast(pl.Int64))
    wanted = data.wanted.select("member_id").unique()
    members = attained.join(wanted, on="member_id", how="semi").join(made, on="member_id", how="left")
    members = members.with_columns(pl.col("visits").fill_null(0))
    found = coefficient(members)
    said = f"coefficient {found}" if found is not None else "too few for a coefficient"
    return Table("correlation", f"Visits this year and tiers reached: {NOTE} ({said})", by_visits(members))
