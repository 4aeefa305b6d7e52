"""The facts of visits: for each one its day, how it went, how long it took, and what of its tasks is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.visits.local_time import changes_of, with_instant

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

VISITS = pl.Schema(
    {
        "visit": pl.String(),
        "member_id": pl.String(),
        "rep_id": pl.String(),
        "region": pl.String(),
        "time_zone": pl.String(),
        "visit_type": pl.String(),
        "status": pl.String(),
        "planned_start": pl.Datetime("us"),
        "planned_end": pl.Datetime("us"),
        "actual_start": pl.Datetime("us"),
        "actual_end": pl.Datetime("us"),
        "parent_visit_id": pl.String(),
    }
)
"""Visits in force; `visit` tells those of all sources apart; time_zone is that of the place visited."""

TASKS = pl.Schema(
    {
        "visit": pl.String(),
        "name": pl.String(),
        "context_type": pl.String(),
        "context_id": pl.String(),
        "required": pl.Boolean(),
        "status": pl.String(),
        "due_on": pl.Date(),
        "completed_on": pl.Date(),
    }
)
"""Tasks of visits in force."""

DONE = ("done", "completed", "complete", "closed")
"""What visit systems call a task that is done; one with a day of its end is done too."""
_TIMES = ("planned_start", "planned_end", "actual_start", "actual_end")


def visit_facts(visits: pl.DataFrame, tasks: pl.DataFrame, *, templates: Collection[str], as_of: date) -> pl.DataFrame:
    """Return a row for each visit, with what is measured of it.

    visits: VISITS. tasks: TASKS. templates: the ids that a visit_type may name. Added are template (null where its type
    names none), day (when it ended; else began; else is planned, local time), is_made (it was completed, or took place
    unscheduled), is_planned (it had a plan), is_missed (it was planned for a day before `as_of` and did not happen),
    late (minutes from its planned to its actual start, negative where early), minutes (how long it took), required and
    required_done (tasks). Times are compared as instants, so that neither zones nor daylight saving matter.
    """
    local = visits.with_columns(
        day=pl.coalesce("actual_end", "actual_start", "planned_start").cast(pl.Date),
        template=pl.when(pl.col("visit_type").is_in(list(templates))).then("visit_type"),
        is_made=(pl.col("status") == "completed")
        | ((pl.col("status") == "unscheduled") & pl.col("actual_end").is_not_null()),
        is_planned=(pl.col("status") != "unscheduled") & pl.col("planned_start").is_not_null(),
    )
    is_open = pl.col("status").is_in(["planned", "in_progress"])
    instants = _with_instants(local).with_columns(
        is_missed=(is_open & (pl.col("planned_start").cast(pl.Date) < as_of)).fill_null(value=False),
        late=pl.when("is_made").then(_minutes("planned_start", "actual_start")),
        minutes=pl.when("is_made").then(_minutes("actual_start", "actual_end")),
        is_follow_up=pl.col("parent_visit_id").is_not_null(),
    )
    counted = instants.join(_required(tasks), on="visit", how="left")
    return counted.drop(f"{name}_utc" for name in _TIMES).with_columns(pl.col("required", "required_done").fill_null(0))


def task_states(tasks: pl.DataFrame) -> pl.DataFrame:
    """Return each visit's tasks once: visit, name, context_type, context_id, required, is_done, due_on.

    Rows of one name that are about the same are one task that was tried several times: it is done if one of them is,
    required if one says so, and due on the latest day that is named.
    """
    is_done = pl.col("status").is_in(DONE).fill_null(value=False) | pl.col("completed_on").is_not_null()
    key = ("visit", "name", "context_type", "context_id")
    return (
        tasks.with_columns(is_done=is_done, required=pl.col("required").fill_null(value=False))
        .group_by(key)
        .agg(pl.col("required", "is_done").any(), pl.col("due_on").max())
        .sort(key)
    )


def _required(tasks: pl.DataFrame) -> pl.DataFrame:
    required = task_states(tasks).filter("required")
    return required.group_by("visit").agg(
        required=pl.len().cast(pl.Int64), required_done=pl.col("is_done").sum().cast(pl.Int64)
    )


def _with_instants(visits: pl.DataFrame) -> pl.DataFrame:
    times = visits.select(
        pl.min_horizontal(pl.col(_TIMES).min()).alias("first"), pl.max_horizontal(pl.col(_TIMES).max()).alias("last")
    )
    first, last = times.row(0)
    if first is None:
        return visits.with_columns(pl.col(name).alias(f"{name}_utc") for name in _TIMES)
    changes = changes_of(visits["time_zone"].drop_nulls().unique(), first, last)
    for name in _TIMES:
        visits = with_instant(visits, name, changes)
    return visits


def _minutes(begin: str, end: str) -> pl.Expr:
    return (pl.col(f"{end}_utc") - pl.col(f"{begin}_utc")).dt.total_minutes()
