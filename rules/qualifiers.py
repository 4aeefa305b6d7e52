"""The figure that picks the tier: a measure itself, or its growth against a baseline."""

from __future__ import annotations

import polars as pl

from rules.money import round_decimal, round_value
from schemas.types import EXACT, VALUE

NO_BASELINE = "no baseline: skipped"
"""What the note of an entitlement says when `when_missing: skip` left it unpaid."""

_HUNDRED = pl.lit(100).cast(EXACT)
_ZERO = pl.lit(0).cast(EXACT)


def qualify(candidates: pl.LazyFrame) -> pl.LazyFrame:
    """Work out each candidate's qualifier (VALUE, null where skipped) and its note.

    `candidates` has current and baseline (VALUE, the baseline null where there is none), qualifier_kind (plain |
    growth_amount | growth_percent), when_missing (skip | zero | value), missing_value and round_digits.
    Growth is (current - baseline) / baseline in percent, rounded half away from zero.
    """
    missing = pl.col("baseline").is_null() | (pl.col("baseline") <= 0)
    stated = missing & (pl.col("when_missing") == "value")
    baseline = pl.when(stated).then("missing_value").when(~missing).then("baseline").cast(EXACT)
    current = pl.col("current").cast(EXACT)
    gained = current - baseline
    taken_as_zero = missing & (pl.col("when_missing") == "zero")
    percent = (
        pl.when(taken_as_zero)
        .then(pl.when(current > 0).then(_HUNDRED).otherwise(_ZERO))
        .otherwise(gained * _HUNDRED / baseline)
    )
    amount = pl.when(taken_as_zero).then(current).otherwise(gained)
    kind = pl.col("qualifier_kind")
    exact = (
        pl.when(kind == "growth_percent").then(percent).when(kind == "growth_amount").then(amount).otherwise(current)
    )
    skipped = (kind != "plain") & missing & (pl.col("when_missing") == "skip")
    rounded = (
        pl.when(pl.col("round_digits").is_null())
        .then(round_value(pl.col("exact")))
        .otherwise(round_decimal(pl.col("exact"), pl.col("round_digits")).cast(VALUE))
    )
    # In two steps, so that the growth is worked out once and not again for every number of digits.
    return candidates.with_columns(exact=exact).with_columns(
        qualifier=pl.when(~skipped).then(rounded),
        note=pl.when(skipped).then(pl.lit(NO_BASELINE)).otherwise(pl.lit("")),
    )
