"""The plan of a month's visits: who goes where, when and why; what found no room; and the files of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import polars as pl

from pipelines.audit.near import WITHIN
from pipelines.console.tables import Table
from pipelines.visits.field_data import OPEN, field_of, places_of_members
from pipelines.visits.reasons import known_of
from pipelines.visits.visit_data import visit_data
from pipelines.visits.words import PLAIN
from pipelines.workspace.normal_text import normal_id
from rules.visits.calls import DUE, NEAR, calls_of
from rules.visits.planning import plan_month
from schemas.errors import BooksError, Problem
from schemas.types import MONEY

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from pipelines.visits.visit_data import VisitData
    from pipelines.workspace.configuration import Workspace
    from rules.visits.field import Call, Field, Place, Stop
    from rules.visits.planning import Planned

PLAN = pl.Schema({
    "visit_id": pl.String(), "member_id": pl.String(), "rep_id": pl.String(), "planned_start": pl.Datetime("us"),
    "planned_end": pl.Datetime("us"), "status": pl.String(), "priority": pl.String(), "program": pl.String(),
    "visit_type": pl.String(), "location_id": pl.String(), "contact": pl.String(), "instructions": pl.String(),
    "reasons": pl.String(), "at_stake": MONEY, "currency": pl.String(), "travel_minutes": pl.Int64(),
})  # fmt: skip
"""Columns of visits.csv of a plan: those of the data set visits, and why, for how much money, and how far."""

_UNPLACED = pl.Schema({
    "member_id": pl.String(), "template": pl.String(), "why": pl.String(), "reasons": pl.String(), "at_stake": MONEY,
    "currency": pl.String(),
})  # fmt: skip


@dataclass(frozen=True)
class VisitPlan:
    """A plan with what it was made from: places by their ids, the home of each member, and its region.

    rows: the stops, see PLAN. left: the calls that found no room.
    """

    month: str
    data: VisitData
    field: Field
    places: Mapping[str, Place]
    home: Mapping[str, Place]
    regions: Mapping[str, str | None]
    calls: Sequence[Call]
    planned: Planned
    rows: pl.DataFrame
    left: pl.DataFrame

    def tables(self) -> list[Table]:
        """Return the plan as a person reads it: its stops, what found no room, and what is planned already."""
        shown = self.rows.select(
            "rep_id", pl.col("planned_start").dt.strftime("%a %d %H:%M").alias("start"), "member_id", "reasons",
            "at_stake", "currency",
        )  # fmt: skip
        fixed = [(each.visit_id, each.member_id, each.rep_id, each.begins) for each in self.field.fixed]
        names = {name: PLAN[name] for name in ("visit_id", "member_id", "rep_id", "planned_start")}
        return [
            Table("visits", f"Proposed visits of {self.month}", shown, records=self.rows.to_dicts()),
            Table("unplaced", "What found no room, and why", self.left),
            Table("planned", "Planned already", pl.DataFrame(fixed, names, orient="row")),
        ]


def visit_plan(workspace: Workspace, month: str, days: tuple[date, date], *, percent: Decimal = WITHIN) -> VisitPlan:
    """Return the plan of a month, from its first to its last day; the same books give the same plan.

    `percent`: of the next bound of a tier, how much may be missing for a call to be worth it.

    Raises:
        BooksError: nothing was computed yet, or the month is over.
        RuleError: a template has mistakes, or there is none.
    """
    data = visit_data(workspace)
    first, last = days
    if last <= data.run.as_of:
        found = f"{month} is over: the books stand at {data.run.as_of}"
        raise BooksError(Problem(found, "name a month that is still to come"))
    field, places = field_of(workspace, data, first, last)
    home = places_of_members(places, data)
    known = known_of(workspace, data, field, home, percent=percent)
    calls = calls_of(known, data.templates, field.first, field.last)
    planned = plan_month(calls, field)
    rows = _rows(workspace, data, planned.stops, month)
    left = [
        (
            each.call.member_id, each.call.template.id, PLAIN.obstacle(each.why), PLAIN.all_of(each.call.reasons),
            each.call.money,
            workspace.config.currency,
        )
        for each in planned.unplaced
    ]  # fmt: skip
    return VisitPlan(
        month,
        data,
        field,
        places,
        home,
        known.regions,
        calls,
        planned,
        rows,
        pl.DataFrame(left, _UNPLACED, orient="row"),
    )


def _rows(workspace: Workspace, data: VisitData, stops: Sequence[Stop], month: str) -> pl.DataFrame:
    lasting = data.details.sort("planned_start", "visit_id", nulls_last=False).select(
        "member_id", "contact", "instructions"
    )
    said = {member_id: rest for member_id, *rest in lasting.iter_rows()}
    over = frozenset(data.details.filter(~pl.col("status").is_in(OPEN))["visit_id"])
    rows = []
    for stop in stops:
        call = stop.call
        contact, instructions = said.get(call.member_id, (None, None))
        name = f"P{month.replace('-', '')}-{call.member_id}-{call.template.id}"
        visit_id = _free(normal_id(name, workspace.config.ids), over)
        rows.append(
            (
                visit_id, call.member_id, stop.rep_id, stop.begins, stop.ends, "planned", _priority(call), None,
                call.template.id, call.place.location_id if call.place else None, contact, instructions,
                PLAIN.all_of(call.reasons), call.money, workspace.config.currency, stop.travel,
            )
        )  # fmt: skip
    return pl.DataFrame(rows, PLAN, orient="row")


def _free(name: str, over: Collection[str]) -> str:
    """Return the name of a proposal, numbered where a visit of this name is over: that one stays as it was."""
    names = (name if not turn else f"{name}-{turn + 1}" for turn in count())
    return next(each for each in names if each not in over)


def _priority(call: Call) -> str:
    """Return how urgent a call is: 1 where it is due and more speaks for it, 2 where it is due, 3 otherwise."""
    return "1" if call.weight >= DUE + NEAR else "2" if call.weight >= DUE else "3"
