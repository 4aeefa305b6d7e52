"""Limits and guarantees: the most and the least that one rebate pays a member for a period."""

from __future__ import annotations

import polars as pl

from rules.rating.integers import part_of
from rules.rating.notes import GUARANTEED, LIMITED, in_words, noted
from rules.rating.proration import PART


def lift(earned: pl.LazyFrame, provisions: pl.DataFrame, *, is_final: pl.Expr) -> pl.LazyFrame:
    """Return `earned` with unrounded raised to the rebate's guarantee where `is_final`: never at an interim settlement.

    A guarantee requires that a tier was reached, unless it is unconditional, and is not prorated. `earned` has program,
    rebate, tier, unrounded (EXACT) and note.
    """
    guarantees = provisions.drop_nulls("guarantee").select("program", "rebate", "guarantee", "is_unconditional")
    if guarantees.is_empty():
        return earned
    is_due = is_final & ((pl.col("tier") > 0) | pl.col("is_unconditional"))
    is_raised = (is_due & (pl.col("unrounded") < pl.col("guarantee"))).fill_null(value=False)
    return (
        earned.join(guarantees.lazy(), on=["program", "rebate"], how="left")
        .with_columns(
            unrounded=pl.when(is_raised).then("guarantee").otherwise("unrounded"),
            note=noted(is_raised, pl.format(GUARANTEED, in_words(pl.col("guarantee")))),
        )
        .drop("guarantee", "is_unconditional")
    )


def cap(earned: pl.LazyFrame, provisions: pl.DataFrame) -> pl.LazyFrame:
    """Return `earned` with unrounded cut at the rebate's limit per member and period.

    `prorate: thresholds` prorates the limit too. `earned` has program, rebate, unrounded (EXACT) and note, and where
    anything is prorated prorate, days and period_days (see rules.compiled.days_inside.with_days).
    """
    # Renamed: `earned` may have a column prorate of its own.
    caps = provisions.drop_nulls("cap").select("program", "rebate", "cap", scales="prorate")
    if caps.is_empty():
        return earned
    capped = earned.join(caps.lazy(), on=["program", "rebate"], how="left")
    if (caps["scales"] == "thresholds").any():
        is_part = (pl.col("scales") == "thresholds") & (pl.col("days") < pl.col("period_days"))
        capped = capped.with_columns(cap=pl.when(is_part).then(part_of(pl.col("cap"), PART)).otherwise("cap"))
    is_cut = (pl.col("unrounded") > pl.col("cap")).fill_null(value=False)
    return capped.with_columns(
        unrounded=pl.when(is_cut).then("cap").otherwise("unrounded"),
        note=noted(is_cut, pl.format(LIMITED, in_words(pl.col("cap")))),
    ).drop("cap", "scales")
