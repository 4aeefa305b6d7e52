"""Like for like: baselines brought from their own days to those of the period that is compared with them."""

from __future__ import annotations

import polars as pl

from rules.money import round_value
from rules.rating.notes import in_words, noted
from rules.rating.quotients import scaled
from schemas.types import EXACT

_KEY = ("horizon", "term", "period")


def per_day(values: pl.DataFrame, day_ratios: pl.DataFrame) -> pl.DataFrame:
    """Return `values` with every baseline that is compared per day multiplied by its ratio of days.

    `values` has horizon, term, period and value (VALUE), `day_ratios` is rules.compiled.day_ratios.DAY_RATIOS. The
    baseline, a figure of ten decimals, is multiplied and divided exactly and rounded once, to ten decimals again.
    """
    if day_ratios.is_empty():
        return values
    ratio = (pl.col("value"), pl.col("days"), pl.col("baseline_days"))
    is_scaled = pl.col("days").is_not_null()
    return (
        values.join(day_ratios, on=_KEY, how="left", maintain_order="left")
        .with_columns(value=pl.when(is_scaled).then(round_value(scaled(*ratio))).otherwise("value"))
        .drop("days", "baseline_days")
    )


def note_days(qualified: pl.LazyFrame, day_ratios: pl.DataFrame) -> pl.LazyFrame:
    """Return `qualified` with a note of the days, where a figure is compared with a baseline of other length.

    `qualified` has horizon, period, qualifier_base_term, measure_base_term, baseline and note.
    """
    unequal = day_ratios.filter(pl.col("days") != pl.col("baseline_days"))
    if unequal.is_empty():
        return qualified
    term = pl.coalesce("qualifier_base_term", "measure_base_term")
    of_term = unequal.lazy().rename({"term": "compared_term", "days": "days_here", "baseline_days": "days_there"})
    days, before = (in_words(pl.col(name).cast(EXACT)) for name in ("days_here", "days_there"))
    text = pl.format("compared per day: {} days with {}", days, before)
    is_so = (pl.col("days_here").is_not_null() & pl.col("baseline").is_not_null()).fill_null(value=False)
    return (
        qualified.with_columns(compared_term=term)
        .join(of_term, on=["horizon", "compared_term", "period"], how="left")
        .with_columns(note=noted(is_so, text))
        .drop("compared_term", "days_here", "days_there")
    )
