"""Measures of visits: counts, punctuality, duration, tasks and attainment, added up by whom and by period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import polars as pl

from rules.money import round_decimal, round_value
from rules.rating.quotients import mean, percentage
from rules.visits.attainment import SHARE, shown
from schemas.types import VALUE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

Per: TypeAlias = Literal["month", "quarter", "year"]
DIMENSIONS = ("member_id", "rep_id", "region", "template")
"""By what visits can be added up, besides their period."""

FIGURES = ("kpi", "day", "is_met", "attainment", "change")
"""What of measured indicators is added up, besides whose they are."""

PUNCTUAL = 15
"""Minutes after its planned start up to which a visit is punctual."""

_MINUTES = pl.Decimal(38, 1)


def period_of(day: str, per: Per) -> pl.Expr:
    """Return the id of the period of a day: 2026-03, 2026-Q1 or 2026."""
    year = pl.col(day).dt.year().cast(pl.String)
    if per == "year":
        return year
    if per == "quarter":
        return pl.concat_str(year, pl.lit("-Q"), pl.col(day).dt.quarter().cast(pl.String))
    return pl.col(day).dt.strftime("%Y-%m")


def visit_measures(facts: pl.DataFrame, by: Sequence[str], per: Per) -> pl.DataFrame:
    """Return how visits went, by the columns `by` (DIMENSIONS) and period, in their order.

    facts: as returned by rules.visits.facts.visit_facts. A visit belongs to the period of its day. Returns planned,
    made, abandoned, unscheduled, follow_ups and missed (counts), punctual_percent (of those made that had a plan, begun
    at most PUNCTUAL minutes late), late and minutes (means, in minutes), required and required_done (tasks of those
    made) and done_percent. A share or mean of nothing is null.
    """
    key = [*by, "period"]
    made, timed = pl.col("is_made"), pl.col("late").is_not_null()
    sums = (
        facts.filter(pl.col("day").is_not_null())
        .with_columns(period=period_of("day", per))
        .group_by(key)
        .agg(
            planned=pl.col("is_planned").sum(),
            made=made.sum(),
            abandoned=(pl.col("status") == "abandoned").sum(),
            unscheduled=(pl.col("status") == "unscheduled").sum(),
            follow_ups=pl.col("is_follow_up").sum(),
            missed=pl.col("is_missed").sum(),
            timed=timed.sum(),
            punctual=(pl.col("late") <= PUNCTUAL).sum(),
            late=pl.col("late").sum(),
            measured=pl.col("minutes").is_not_null().sum(),
            minutes=pl.col("minutes").sum(),
            required=pl.col("required").filter(made).sum(),
            required_done=pl.col("required_done").filter(made).sum(),
        )
        .with_columns(pl.exclude(key).cast(pl.Int64))
    )
    return (
        sums.with_columns(
            punctual_percent=_share("punctual", "timed"),
            late=_mean("late", "timed"),
            minutes=_mean("minutes", "measured"),
            done_percent=_share("required_done", "required"),
        )
        .select(
            *key, "planned", "made", "abandoned", "unscheduled", "follow_ups", "missed", "punctual_percent", "late",
            "minutes", "required", "required_done", "done_percent",
        )
        .sort(key, nulls_last=True)
    )  # fmt: skip


def indicator_measures(measured: pl.DataFrame, by: Sequence[str], per: Per) -> pl.DataFrame:
    """Return how well indicators met their targets, by the columns `by`, kpi and period, in their order.

    measured: columns of DIMENSIONS, kpi, day, is_met, attainment (VALUE) and change (VALUE: found less what was found
    the time before). Returns rows (measured), met, met_percent, attainment (mean), trend (its difference from the
    period before, of the same group) and change (mean).
    """
    key = [*by, "kpi"]
    sums = (
        measured.with_columns(period=period_of("day", per))
        .group_by(*key, "period")
        .agg(
            rows=pl.len().cast(pl.Int64),
            judged=pl.col("is_met").is_not_null().sum().cast(pl.Int64),
            met=pl.col("is_met").sum().cast(pl.Int64),
            total=pl.col("attainment").sum(),
            attained=pl.col("attainment").count().cast(pl.Int64),
            moved=pl.col("change").sum(),
            moves=pl.col("change").count().cast(pl.Int64),
        )
        .sort(*key, "period", nulls_last=True)
    )
    means = sums.with_columns(
        met_percent=_share("met", "judged"),
        attainment=shown(round_value(mean(pl.col("total"), _above_zero("attained")))),
        change=shown(round_value(mean(pl.col("moved"), _above_zero("moves")))),
    )
    trend = pl.col("attainment") - pl.col("attainment").shift(1).over(key)
    return means.with_columns(trend=trend.cast(SHARE)).select(
        *key, "period", "rows", "met", "met_percent", "attainment", "trend", "change"
    )


def with_change(measured: pl.DataFrame) -> pl.DataFrame:
    """Return measured indicators with before and change: what the same one gave at the member the time before.

    measured: row (a number of its own), member_id, kpi, product_id, day, visit and found (VALUE). Numbers are compared
    with numbers only.
    """
    key = ("member_id", "kpi", "product_id")
    numbers = measured.filter(pl.col("found").is_not_null()).sort("day", "visit", nulls_last=True)
    earlier = numbers.select("row", before=pl.col("found").shift(1).over(key))
    return measured.join(earlier, on="row", how="left").with_columns(
        change=(pl.col("found") - pl.col("before")).cast(VALUE)
    )


def coverage(wanted: pl.DataFrame, facts: pl.DataFrame, ends: dict[str, date]) -> pl.DataFrame:
    """Return who was visited often enough on the last day of each period: is_covered, last_on, due_on.

    wanted: member_id, template, every (days), first and last (days on which it is wanted). ends: the last day of each
    period, by its id. A visit counts for the template that its type names, or for any if it names none. due_on is when
    the next one is due: at once, on the first day it is wanted, where there was none.
    """
    days = pl.DataFrame({"period": list(ends), "until": list(ends.values())}, {"period": pl.String, "until": pl.Date})
    asked = wanted.join(days, how="cross").filter(pl.col("until").is_between(pl.col("first"), pl.col("last")))
    made = facts.filter("is_made").select("member_id", "template", last_on="day")
    typed = asked.join(made.filter(pl.col("template").is_not_null()), on=["member_id", "template"], how="left")
    untyped = asked.join(made.filter(pl.col("template").is_null()).drop("template"), on="member_id", how="left")
    key = ("member_id", "template", "period")
    last = (
        pl.concat([typed, untyped.select(typed.columns)])
        .group_by(key)
        .agg(last_on=pl.col("last_on").filter(pl.col("last_on") <= pl.col("until")).max())
    )
    due_on = pl.coalesce(pl.col("last_on") + pl.duration(days=pl.col("every")), "first")
    return (
        asked.join(last, on=key)
        .with_columns(due_on=due_on)
        .with_columns(is_covered=(pl.col("last_on").is_not_null() & (pl.col("due_on") >= pl.col("until"))))
        .sort(key)
    )


def coverage_measures(covered: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return by the columns `by` and period how many members must be visited, are, and what share that is."""
    key = [*by, "period"]
    return (
        covered.group_by(key)
        .agg(wanted=pl.len().cast(pl.Int64), covered=pl.col("is_covered").sum().cast(pl.Int64))
        .with_columns(coverage_percent=_share("covered", "wanted"))
        .sort(key, nulls_last=True)
    )


def _share(part: str, whole: str) -> pl.Expr:
    return shown(percentage(pl.col(part).cast(VALUE), _above_zero(whole).cast(VALUE)))


def _mean(total: str, count: str) -> pl.Expr:
    return round_decimal(mean(pl.col(total).cast(VALUE), _above_zero(count)), 1).cast(_MINUTES)


def _above_zero(count: str) -> pl.Expr:
    return pl.when(pl.col(count) > 0).then(pl.col(count))
