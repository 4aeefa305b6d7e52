"""What panels are made of, read once for all members."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from pipelines.audit.near import ways
from pipelines.books.decisions import read_payouts
from pipelines.books.in_force import known_by
from pipelines.books.payees import read_payees
from pipelines.books.payout_files import read_wordings
from pipelines.books.runs import current_run
from pipelines.panel.ahead import forecasts
from pipelines.warehouse.frames import has_table, read
from pipelines.warehouse.sql_files import read_sql
from rules.compiled.periods import month_of, periods_of, shift_months
from rules.rating.near import way_to_tiers
from rules.rating.projection import project

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from pipelines.books.runs import OpenRun
    from reports.panel.titles import TitlesByPlace
    from rules.language.model import Program

POSITIONS_SQL = read_sql("panel", "positions")
ELIGIBLE_SQL = read_sql("panel", "eligible")
MONTHS_SQL = read_sql("panel", "months")
MONTHS = 12
DONE = ("paid", "carried_forward", "rejected")
"""The statuses of payouts that wait for nothing more."""

_VISITS = """
    SELECT member_id AS panel_id, visit_id, CAST(COALESCE(actual_start, planned_start) AS DATE) AS visited_on, status,
        rep_id, program, notes
    FROM ({rows}) WHERE status IN ('planned', 'in_progress', 'completed', 'unscheduled')
    ORDER BY panel_id, visited_on DESC NULLS FIRST, visit_id
"""
_TASKS = """
    SELECT v.member_id AS panel_id, t.visit_id, t.task_id, t.name, t.required, t.due_on
    FROM ({tasks}) AS t JOIN ({visits}) AS v USING (visit_id)
    WHERE t.completed_on IS NULL AND COALESCE(t.status, 'open') NOT IN ('done', 'completed', 'cancelled')
        AND v.status <> 'abandoned'
    ORDER BY panel_id, t.due_on NULLS LAST, t.visit_id, t.sequence, t.task_id
"""


@dataclass(frozen=True)
class PanelFrames:
    """The frames behind panels; those of PARTS have the column panel_id: whose panel shows the row.

    names: by member_id. positions: rules.rating.projection.PROJECTION_COLUMNS of the periods that end in the year of
    the run or later and have begun, and what rules.rating.near says of the way to the next tier; a payee's panel shows
    those of its members too. eligible: rebates of open periods in which nothing was counted yet. months: month,
    currency, amount bought, for a head of its whole group. to_begin: program, rebate, period, begins of the periods of
    this year that have not begun. payouts: those that wait. visits, tasks: of the member itself.
    """

    run: OpenRun
    names: Mapping[str, str]
    titles: TitlesByPlace
    positions: pl.DataFrame
    eligible: pl.DataFrame
    months: pl.DataFrame
    to_begin: pl.DataFrame
    payouts: pl.DataFrame
    visits: pl.DataFrame
    tasks: pl.DataFrame


PARTS = ("positions", "eligible", "months", "payouts", "visits", "tasks")
"""The frames that belong to members."""


def members_of(frames: PanelFrames) -> list[str]:
    """Return the members that have a panel, sorted: those who earn, or are paid, anything."""
    return sorted({*frames.positions["panel_id"].drop_nulls(), *frames.payouts["panel_id"]})


def of_member(frames: PanelFrames, member_id: str) -> PanelFrames:
    """Return the frames of one panel."""
    return replace(frames, **{name: getattr(frames, name).filter(panel_id=member_id) for name in PARTS})


def each_member(frames: PanelFrames) -> Iterator[tuple[str, PanelFrames]]:
    """Yield every member that has a panel, with its frames; each frame is parted once."""
    parts = {name: getattr(frames, name).partition_by("panel_id", as_dict=True) for name in PARTS}
    for member_id in members_of(frames):
        own = {name: of_name.get((member_id,), getattr(frames, name).clear()) for name, of_name in parts.items()}
        yield member_id, replace(frames, **own)


def year_of(day: date) -> tuple[date, date]:
    """Return the first and the last day of the calendar year of a day."""
    return date(day.year, 1, 1), date(day.year, 12, 31)


def months_to(day: date) -> list[str]:
    """Return the names of the months that a panel shows, the last being that of `day`."""
    first = day.replace(day=1)
    return [month_of(shift_months(first, back)) for back in range(1 - MONTHS, 1)]


def read_frames(connection: duckdb.DuckDBPyConnection) -> PanelFrames:
    """Return the frames of the books that `connection` is open to; they must have a forecast."""
    run = current_run(connection)
    programs = read_wordings(connection, run)
    payouts = read_payouts(connection, run).filter(~pl.col("status").is_in(DONE))
    since = shift_months(run.as_of.replace(day=1), 1 - MONTHS)
    return PanelFrames(
        run=run,
        names=dict(read_payees(connection, run).select("payee_id", "payee_name").iter_rows()),
        titles=titles_of(programs),
        positions=_positions(connection, run),
        eligible=read(connection, ELIGIBLE_SQL, {"as_of": run.as_of}),
        months=read(connection, MONTHS_SQL, {"since": since, "as_of": run.as_of}),
        to_begin=_to_begin(programs, run.as_of),
        payouts=payouts.with_columns(panel_id="payee_id"),
        visits=_rows(connection, ("visits",), _VISITS.format(rows=known_by(run, "visits"))),
        tasks=_rows(
            connection,
            ("visits", "visit_tasks"),
            _TASKS.format(tasks=known_by(run, "visit_tasks"), visits=known_by(run, "visits")),
        ),
    )


def positions_of(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> pl.DataFrame:
    """Return where every member stands in the periods of the year: see sql/positions.sql."""
    asked = {"since": year_of(run.as_of)[0], "as_of": run.as_of}
    return read(connection, POSITIONS_SQL, asked)


def _positions(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> pl.DataFrame:
    by_season, by_days = forecasts(connection)
    projected = project(positions_of(connection, run), by_season, by_days)
    ahead = way_to_tiers(*ways(connection)).rename({"member_id": "node_id"})
    shown = ahead.drop("tier", "earned", "currency", "until")
    found = projected.join(shown, on=["program", "rebate", "node_id", "period"], how="left")
    of_payees = found.filter(pl.col("payee_id") != pl.col("member_id"))
    return pl.concat([found.with_columns(panel_id="member_id"), of_payees.with_columns(panel_id="payee_id")])


def _rows(connection: duckdb.DuckDBPyConnection, data_sets: Sequence[str], query: str) -> pl.DataFrame:
    if not all(has_table(connection, name) for name in data_sets):
        return pl.DataFrame(schema={"panel_id": pl.String})
    return read(connection, query)


def titles_of(programs: Sequence[Program]) -> TitlesByPlace:
    """Return the titles of every rebate, and of every program under an empty rebate, by language."""
    found = {(program.id, ""): program.title.by_language for program in programs}
    for program in programs:
        for name, rebate in program.rebates.items():
            found[program.id, name] = rebate.title.by_language if rebate.title else program.title.by_language
    return found


def _to_begin(programs: Sequence[Program], day: date) -> pl.DataFrame:
    rows = [
        (program.id, name, period.id, period.start)
        for program in programs
        for name, rebate in program.rebates.items()
        for period in periods_of(program, rebate)
        if day < period.start and period.end <= year_of(day)[1]
    ]
    schema = {"program": pl.String, "rebate": pl.String, "period": pl.String, "begins": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row")
