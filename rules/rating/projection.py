"""Projection: what the periods of a year pay in the end, and between which amounts that is likely to lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schemas.types import MONEY

if TYPE_CHECKING:
    from datetime import date

POSITION_KEY = ("program", "rebate", "member_id", "period")

PROJECTION_COLUMNS = (
    *POSITION_KEY, "node_id", "payee_id", "period_start", "period_end", "currency", "tier", "qualifier", "measure",
    "baseline", "note", "is_open", "earned", "projected", "low", "high", "method",
)  # fmt: skip


def project(stands: pl.DataFrame, by_season: pl.DataFrame, by_days: pl.DataFrame) -> pl.DataFrame:
    """Return what each position has earned and is projected to earn: PROJECTION_COLUMNS, sorted by POSITION_KEY.

    stands: the position as it stands, PROJECTION_COLUMNS up to earned (MONEY). by_season, by_days: forecasts of the
    open periods as rules.engine.entitle_ahead returns them, the second one without last year, by the run rate alone.

    projected is the first forecast; method says how it was made: last year, run rate, or as it stands. low and high are
    the lower and the higher of both forecasts; where last year gives no answer, of the run rate and what is earned so
    far. A period that is over is projected as it stands. All four are amounts in the currency of the row.
    """
    season = _amounts(by_season, "season")
    days = _amounts(by_days.drop("foreseen_by"), "days")
    found = stands.join(season, on=POSITION_KEY, how="left").join(days, on=POSITION_KEY, how="left")
    earned, projected = pl.col("earned"), pl.coalesce("season", "earned")
    other = pl.when(pl.col("foreseen_by") == "last year").then(pl.coalesce("days", "season")).otherwise("earned")
    is_projected = pl.col("is_open") & pl.col("foreseen_by").is_in(["last year", "run rate"])
    beside = pl.when(is_projected).then(other).otherwise(projected)
    return (
        found.with_columns(
            projected=pl.when("is_open").then(projected).otherwise(earned).cast(MONEY),
            method=pl.when("is_open").then(pl.col("foreseen_by").fill_null("as it stands")).otherwise(pl.lit("closed")),
        )
        .with_columns(beside=beside)
        .with_columns(
            low=pl.min_horizontal("projected", "beside").cast(MONEY),
            high=pl.max_horizontal("projected", "beside").cast(MONEY),
        )
        .select(PROJECTION_COLUMNS)
        .sort(POSITION_KEY)
    )


def year_ends(projected: pl.DataFrame, year: tuple[date, date]) -> pl.DataFrame:
    """Return what the periods that end in a year, given by its first and last day, pay in the end, per currency.

    Columns: currency, earned, projected, low, high (MONEY); `projected` as returned by `project`.
    """
    first, last = year
    sums = ("earned", "projected", "low", "high")
    of_year = projected.filter(pl.col("period_end").is_between(first, last))
    return of_year.group_by("currency").agg(pl.col(sums).sum().cast(MONEY)).sort("currency")


def _amounts(forecast: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the amount of each position, as `name`, and how it was foreseen: of a member in two groups their sum."""
    method = [pl.col("foreseen_by").last()] if "foreseen_by" in forecast.columns else []
    return (
        forecast.sort(POSITION_KEY).group_by(POSITION_KEY).agg(pl.col("amount").sum().cast(MONEY).alias(name), *method)
    )
