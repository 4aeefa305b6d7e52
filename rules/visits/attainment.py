"""Attainment: how far what was found at a visit reaches what was aimed at, in the direction that counts."""

from __future__ import annotations

import polars as pl

from rules.money import round_decimal, round_value
from rules.rating.quotients import percentage
from rules.visits.template import NUMBERS
from schemas.types import VALUE

SHARE = pl.Decimal(38, 2)
"""The type of a percentage that people read."""

_TRUE = ("true", "yes", "y", "1")
_ALL, _NONE = (pl.lit(percent).cast(VALUE) for percent in (100, 0))
_TWICE = pl.lit(200).cast(VALUE)


def with_attainment(rows: pl.DataFrame) -> pl.DataFrame:
    """Return measured indicators with found (VALUE: the figure of actual), attainment (VALUE) and is_met.

    rows: kind, target and actual (texts of that kind) and direction (at_least | at_most | exactly; null: at_least).
    Attainment is in percent of the target: actual / target where at least so much is wanted, 2 - actual / target where
    at most, and 1 less the distance from it where exactly; never below 0, and null without target or actual or with a
    target that is not above zero. Of other kinds what is met is 100, what is not, 0: truths and texts are met by the
    same, days also by one that is not later (at_most), or not earlier (at_least).
    """
    is_number = pl.col("kind").is_in(NUMBERS)
    direction = pl.col("direction").fill_null("at_least")
    numbers = rows.with_columns(
        found=_number("actual", is_number), aimed=_number("target", is_number), direction=direction
    )
    is_met = (
        pl.when(is_number)
        .then(_compared(pl.col("found"), pl.col("aimed")))
        .when(pl.col("kind") == "boolean")
        .then(_truth("actual") == _truth("target"))
        .when(pl.col("kind") == "date")
        .then(_compared(pl.col("actual"), pl.col("target")))
        .otherwise(pl.col("actual") == pl.col("target"))
    )
    other = pl.when(pl.col("is_met")).then(_ALL).when(~pl.col("is_met")).then(_NONE)
    attainment = pl.when(is_number).then(_reached()).otherwise(other)
    return numbers.with_columns(is_met=is_met).with_columns(attainment=attainment).drop("aimed")


def shown(figure: pl.Expr) -> pl.Expr:
    """Return a percentage as people read it, with two decimals."""
    return round_decimal(figure, 2).cast(SHARE)


def _reached() -> pl.Expr:
    """Return how far `found` reaches `aimed` in the direction of its row, in percent; never below 0."""
    part = round_value(percentage(pl.col("found"), pl.when(pl.col("aimed") > 0).then("aimed")))
    distance = (part - _ALL).abs()
    reached = (
        pl.when(pl.col("direction") == "at_most")
        .then(_TWICE - part)
        .when(pl.col("direction") == "exactly")
        .then(_ALL - distance)
        .otherwise(part)
    )
    return pl.when(reached < _NONE).then(_NONE).otherwise(reached)


def _compared(actual: pl.Expr, target: pl.Expr) -> pl.Expr:
    return (
        pl.when(pl.col("direction") == "at_most")
        .then(actual <= target)
        .when(pl.col("direction") == "exactly")
        .then(actual == target)
        .otherwise(actual >= target)
    )


def _number(column: str, is_number: pl.Expr) -> pl.Expr:
    """Return a text as VALUE; null where its kind is no number."""
    text = pl.when(is_number).then(pl.col(column))
    return text.str.strip_prefix("+").str.to_decimal(scale=10).cast(VALUE)


def _truth(column: str) -> pl.Expr:
    """Return whether a text means true, in any capitals."""
    return pl.col(column).str.to_lowercase().is_in(_TRUE)
