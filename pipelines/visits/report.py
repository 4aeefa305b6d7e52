"""The report on visits: what to do next, by the money at stake, and how visits went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from pipelines.audit.near import WITHIN
from pipelines.console.tables import Table
from pipelines.visits.field_data import field_of, names_of_reps, places_of_members
from pipelines.visits.measures import covered
from pipelines.visits.reasons import known_of, last_visits, open_follow_ups
from pipelines.visits.visit_data import visit_data
from pipelines.visits.words import PLAIN, full_names
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.warehouse.sql_files import read_sql
from reports.visits.report import follow_up_visit, group_names, headings
from rules.visits.calls import calls_of
from rules.visits.correlation import by_visits, coefficient
from rules.visits.measures import indicator_measures, visit_measures
from schemas.types import MONEY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from pipelines.books.runs import OpenRun
    from pipelines.visits.visit_data import VisitData
    from pipelines.workspace.configuration import Workspace
    from reports.visits.words import Words
    from rules.visits.field import Call, Field, Place
    from rules.visits.template import Template

ATTAINED = read_sql("visits", "attained")
AHEAD = timedelta(days=30)
"""How far next actions look ahead."""

FOLLOW_UP_VISIT = "follow-up visit"

_ACTIONS = pl.Schema(
    {
        "at_stake": MONEY,
        "currency": pl.String(),
        "member_id": pl.String(),
        "rep_id": pl.String(),
        "next_visit": pl.Date(),
    }
)


@dataclass(frozen=True)
class VisitReport:
    """The report: its frames by the names of its tables, and what is said in their cells.

    calls: those of next_actions, in its order. coefficient: of visits and tiers reached. names: of members and reps.
    """

    run: OpenRun
    frames: Mapping[str, pl.DataFrame]
    calls: Sequence[Call]
    coefficient: Decimal | None
    names: Mapping[str, str]
    templates: Sequence[Template]

    @property
    def as_of(self) -> date:
        """Return the day of the books."""
        return self.run.as_of

    @property
    def tables(self) -> list[Table]:
        """Return the report as a terminal and JSON show it."""
        return self.tables_in(PLAIN)

    def tables_in(self, words: Words) -> list[Table]:
        """Return the report in the words of its readers; ids become names, unless the words are plain."""
        actions = pl.Series([words.all_of(call.reasons) for call in self.calls], dtype=pl.String)
        titles = headings(words.language, self.coefficient)
        frames = {**self.frames, "next_actions": self.frames["next_actions"].with_columns(action=actions)}
        return [Table(name, titles[name], self._said(frame, words)) for name, frame in frames.items()]

    def _said(self, frame: pl.DataFrame, words: Words) -> pl.DataFrame:
        said = {**words.titles, FOLLOW_UP_VISIT: follow_up_visit(words.language)}
        by_column = {"what": said, "kpi": said, "visits": group_names(words.language)}
        ids = {} if words.is_plain else {"member_id": "partner", "rep_id": "rep"}
        by_column |= dict.fromkeys(ids, self.names)
        told = [name for name in by_column if frame.schema.get(name) == pl.String]
        return frame.with_columns(pl.col(name).replace(by_column[name]) for name in told).rename(ids, strict=False)


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
    next_day = as_of + timedelta(days=1)
    field, places = field_of(workspace, data, next_day, next_day + AHEAD)
    calls = _next_calls(workspace, data, field, places, percent)
    facts = data.facts.filter(data.this_year)
    beside = beside_tiers(workspace, data, facts)
    completion = visit_measures(facts, ["rep_id"], "quarter").select(
        "rep_id", "period", "planned", "made", "abandoned", "missed", "punctual_percent", "done_percent"
    )
    attainment = indicator_measures(data.measured.filter(pl.col("day") >= data.new_year), [], "quarter")
    frames = {
        "next_actions": _next_actions(calls, field, workspace.config.currency),
        "follow_ups": overdue(data),
        "completion": completion,
        "coverage": covered(data, data.new_year, ["rep_id"], "quarter"),
        "attainment": attainment.drop("change"),
        "correlation": by_visits(beside),
    }
    names = full_names(data.members.select("member_id", "name").iter_rows()) | names_of_reps(workspace)
    return VisitReport(data.run, frames, calls, coefficient(beside), names, data.templates)


def overdue(data: VisitData) -> pl.DataFrame:
    """Return what is open past its day: required tasks of last visits, and follow-up visits that did not happen."""
    as_of = data.run.as_of
    tasks = open_follow_ups(data, last_visits(data)).select("member_id", "due_on", rep_id="last_rep", what="name")
    missed = data.facts.filter("is_missed", "is_follow_up").select(
        "member_id", "rep_id", due_on=pl.col("planned_start").cast(pl.Date), what=pl.lit(FOLLOW_UP_VISIT)
    )
    columns = ("member_id", "rep_id", "what", "due_on")
    days = (pl.lit(as_of) - pl.col("due_on")).dt.total_days()
    return (
        pl.concat([tasks.select(columns), missed.select(columns)])
        .filter(pl.col("due_on") < as_of)
        .with_columns(days_late=days)
        .sort("days_late", "member_id", "what", descending=[True, False, False])
    )


def _next_calls(
    workspace: Workspace, data: VisitData, field: Field, places: Mapping[str, Place], percent: Decimal
) -> list[Call]:
    """Return who should be seen within AHEAD, the most money first; those planned already too."""
    known = known_of(workspace, data, field, places_of_members(places, data), percent=percent)
    calls = calls_of(known, data.templates, field.first, field.last, with_planned=True)
    return sorted(calls, key=lambda call: (-call.money, call.rank))


def _next_actions(calls: Sequence[Call], field: Field, currency: str) -> pl.DataFrame:
    planned: dict[str, date] = {}
    for fixed in sorted(field.fixed, key=lambda each: each.begins):
        planned.setdefault(fixed.member_id, fixed.begins.date())
    rows = [(call.money, currency, call.member_id, call.last_rep, planned.get(call.member_id)) for call in calls]
    return pl.DataFrame(rows, _ACTIONS, orient="row")


def beside_tiers(workspace: Workspace, data: VisitData, facts: pl.DataFrame) -> pl.DataFrame:
    """Return by member, of those to be visited: visits made among `facts`, rebates (open periods), and reached.

    reached: how many of its open periods reach a tier.
    """
    with connect(workspace, read_only=True) as connection:
        attained = read(connection, ATTAINED)
    made = facts.filter("is_made").group_by("member_id").agg(visits=pl.len().cast(pl.Int64))
    wanted = data.wanted.select("member_id").unique()
    members = attained.join(wanted, on="member_id", how="semi").join(made, on="member_id", how="left")
    return members.with_columns(pl.col("visits").fill_null(0))
