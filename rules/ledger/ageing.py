"""Ageing: for how long amounts owed have been overdue, in the brackets used in finance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from datetime import date

BRACKETS = ((30, "0-30"), (60, "31-60"), (90, "61-90"))
"""The last day of each bracket, counted from the due date, and its name."""

NOT_DUE, OLDEST = "not due", "90+"
ORDER = (NOT_DUE, *(name for _, name in BRACKETS), OLDEST)
"""Every bracket, from what is not due yet to what has been due longest."""


def aged(payouts: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Return `payouts`, which has due_on, with days_overdue (0 on the due date, null before it) and bracket."""
    days = (pl.lit(as_of) - pl.col("due_on")).dt.total_days()
    bracket = pl.when(days < 0).then(pl.lit(NOT_DUE))
    for last, name in BRACKETS:
        bracket = bracket.when(days <= last).then(pl.lit(name))  # type: ignore[assignment]
    return payouts.with_columns(days_overdue=pl.when(days >= 0).then(days), bracket=bracket.otherwise(pl.lit(OLDEST)))


def by_bracket(aged_payouts: pl.DataFrame) -> pl.DataFrame:
    """Return what is outstanding per currency and bracket, in ORDER: currency, bracket, payouts, outstanding."""
    # An enum sorts in ORDER; as text, `not due` would come last.
    order = pl.Enum(ORDER)
    return (
        aged_payouts.group_by("currency", pl.col("bracket").cast(order))
        .agg(payouts=pl.len(), outstanding=pl.col("outstanding").sum())
        .sort("currency", "bracket")
        .with_columns(pl.col("bracket").cast(pl.String))
    )
