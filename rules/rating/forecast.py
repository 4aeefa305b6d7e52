"""Forecast: the figures of every open period at its end, projected from what was counted so far.

What was counted to date is multiplied by last year's whole period over the same days of last year. Where last year
gives no answer (see rules.compiled.seasons.seasons) the run rate is used: the days of the period over the days elapsed.
Both are exact and rounded once, to ten decimals. Growth and percentages of a target are then computed from the
projected figure as usual, against the whole baseline or target. A share is kept as it stands; so are scores, fees and
agreed figures, and the purchases of members that no longer take part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.compiled.seasons import FORESEEN
from rules.money import round_value
from rules.rating.candidates import ROLES
from rules.rating.inputs import audiences
from rules.rating.quotients import scaled
from schemas.types import VALUE

if TYPE_CHECKING:
    from rules.rating.inputs import Lookups

FORECAST = "forecast"
"""The horizon of open periods at their end; never settled, only accrued."""


FORECAST_COLUMNS = ("so_far", "expected", "foreseen_by")
"""What a forecast adds to an entitlement: so_far out of expected is how much of the measure has been counted (VALUEs).

Both refer to the figure that the measure counts, before growth is computed. Where it cannot be forecast, or is not
above zero, they are days instead. foreseen_by: `last year`, `run rate`, or `as it stands`.
"""

_LARGEST = pl.lit(10**20).cast(VALUE)  # no sum reaches it, and rules.rating.quotients relies on that
_REBATE_PERIOD = ("program", "rebate", "period")


def with_forecast(periods: pl.DataFrame, outlook: pl.DataFrame) -> pl.DataFrame:
    """Return `periods` (rules.compiled.terms.PERIODS) with one row more, horizon forecast, for every open period."""
    whole = outlook.with_columns(horizon=pl.lit(FORECAST), through="period_end")
    return pl.concat([periods, whole.select(periods.columns)])


def foresee(candidates: pl.LazyFrame, seasons: pl.DataFrame, lookups: Lookups, outlook: pl.DataFrame) -> pl.LazyFrame:
    """Return `candidates` with FORECAST_COLUMNS, and a copy of each to-date row projected to the end of its period.

    candidates: see rules.rating.candidates. seasons: see rules.compiled.seasons.seasons, of the same members. lookups:
    those from which the candidates were made. outlook: program, rebate, period, period_start, period_end, elapsed and
    days of the open periods; without rows nothing is projected.
    """
    nothing = pl.lit(None, dtype=VALUE)
    known = candidates.with_columns(so_far=nothing, expected=nothing, foreseen_by=pl.lit(None, dtype=pl.String))
    if outlook.is_empty():
        return known
    ahead = (
        candidates.filter(pl.col("horizon") == "to_date")
        .join(outlook.lazy().select(*_REBATE_PERIOD, "elapsed", "days"), on=_REBATE_PERIOD)
        .join(_staying(lookups), on=[*_REBATE_PERIOD, "member_id"], how="left")
        .with_columns(pl.col("elapsed", "days").cast(VALUE), horizon=pl.lit(FORECAST))
    )
    for role in ROLES:
        of_role = seasons.lazy().rename({"term": f"{role}_term", "whole": f"{role}_whole", "same": f"{role}_same"})
        ahead = ahead.join(of_role, on=[f"{role}_term", "member_id", "period"], how="left")
    # In three steps, because the progress compares the counted figure with the projected one before it is overwritten.
    figures = {f"{role}_forecast": _forecast(role) for role in ROLES}
    foreseen = ahead.with_columns(**figures).with_columns(**_progress()).with_columns(
        pl.col(f"{role}_forecast").alias(f"{role}_current") for role in ROLES
    )  # fmt: skip
    return pl.concat([known, foreseen.select(known.collect_schema().names())])


def _staying(lookups: Lookups) -> pl.LazyFrame:
    """Return who still takes part on a later day of an open period: program, rebate, period, member_id, is_staying."""
    open_now = lookups.periods.lazy().filter(pl.col("horizon") == "to_date")
    wanted = open_now.join(audiences(lookups), on=["program", "rebate"])
    days = lookups.member_spans.lazy().select("span", "valid_from", "valid_to")
    return (
        lookups.participants.lazy()
        .filter(~pl.col("is_baseline"))
        .join(days, on="span")
        .join(wanted, on=["program", "member_filter"])
        # valid_to is the last day: who leaves on the day of the run has nothing more to come.
        .filter((pl.col("valid_from") <= pl.col("period_end")) & (pl.col("valid_to") > pl.col("through")))
        .select(*_REBATE_PERIOD, "member_id", is_staying=True)
        .unique()
    )


def _forecast(role: str) -> pl.Expr:
    """Return the projected figure of `role`; the current one where it cannot be projected."""
    current, by, of = (
        pl.col(f"{role}_current"),
        pl.coalesce(f"{role}_whole", "days"),
        pl.coalesce(f"{role}_same", "elapsed"),
    )
    grown = pl.min_horizontal(round_value(scaled(current, by, of)), _LARGEST)
    return pl.when(_is_foreseen(role)).then(grown).otherwise(current)


def _progress() -> dict[str, pl.Expr]:
    """Return FORECAST_COLUMNS as expressions."""
    current, forecast = pl.col("measure_current"), pl.col("measure_forecast")
    is_there = _grows("measure") & (current > 0) & (forecast > 0)
    method = pl.when(pl.col("measure_whole").is_not_null()).then(pl.lit("last year")).otherwise(pl.lit("run rate"))
    return {
        # At most the whole, even where a projection falls below what was counted.
        "so_far": pl.when(is_there).then(pl.min_horizontal(current, forecast)).otherwise("elapsed"),
        "expected": pl.when(is_there).then(forecast).otherwise("days"),
        "foreseen_by": pl.when(_is_foreseen("measure")).then(method).otherwise(pl.lit("as it stands")),
    }


def _is_foreseen(role: str) -> pl.Expr:
    """Return whether the figure is projected: it grows with the days and the member still takes part."""
    return _grows(role) & pl.col("is_staying").fill_null(value=False)


def _grows(role: str) -> pl.Expr:
    """Return whether the figure grows with the days of the period."""
    return pl.col(f"{role}_counted").is_in(FORESEEN) & (pl.col(f"{role}_kind") != "share_percent")
