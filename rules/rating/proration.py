"""Proration: what is paid to a member that takes part in a program on only some days of a period.

The part is days / period_days (see rules.compiled.days_inside). `thresholds` multiplies bounds, fixed amounts, `every`
and caps by it, which pays part * scale(qualifier / part, measure / part); `payout` multiplies the result of the scale.
Both are exact, cut downwards after eighteen decimals (see rules.rating.integers). A guarantee is not prorated: it is
applied after the scale, and is neither bound nor cap.
"""

from __future__ import annotations

import polars as pl

from rules.compiled.scales import LONGEST_RUN
from rules.rating.branches import by_branch
from rules.rating.integers import Part, along_slope, full_multiples, integer, part_of
from rules.rating.notes import noted
from rules.rating.tiers import NO_MEASURE, SEGMENT, counting, is_sloped, rate
from schemas.types import EXACT, VALUE

PART = Part(pl.col("days"), pl.col("period_days"))

_INT = pl.Int128()
_NOTHING = pl.lit(0).cast(EXACT)
_MOST = pl.lit(10**21).cast(VALUE)  # beyond every bound, and beyond the `most` of every tier


def rate_by_days(values: pl.LazyFrame, tiers: pl.DataFrame, provisions: pl.DataFrame) -> pl.LazyFrame:
    """Return `values` rated as rules.rating.tiers.rate does, prorated for members that take part on some days only.

    Besides the columns to be rated, `values` has prorate, days and period_days (see
    rules.compiled.days_inside.with_days), and note. Adds tier, rated (result of the scale) and unrounded (that after
    proration). A member that takes part on no day gets nothing.
    """
    policies = provisions["prorate"]
    is_part = (pl.col("prorate").is_not_null() & (pl.col("days") < pl.col("period_days"))).fill_null(value=False)
    if (policies == "thresholds").any():
        is_scaled = is_part & (pl.col("prorate") == "thresholds")
        is_here = pl.col("days") > 0
        rated = by_branch(
            values,
            (~is_scaled, lambda whole: rate(whole, tiers)),
            (is_scaled & is_here, lambda part: _rate_part(part, tiers)),
            (is_scaled & ~is_here, lambda gone: gone.with_columns(tier=pl.lit(0, dtype=pl.Int32), unrounded=_NOTHING)),
        )
    else:
        rated = rate(values, tiers)
    rated = rated.with_columns(rated="unrounded")
    if (policies == "payout").any():
        is_cut = is_part & (pl.col("prorate") == "payout")
        rated = rated.with_columns(
            unrounded=pl.when(is_cut).then(part_of(pl.col("unrounded"), PART)).otherwise("unrounded")
        )
    if (policies == "none").all():
        return rated
    text = pl.format("in the program on {} of {} days", "days", "period_days")
    return rated.with_columns(note=noted(is_part, text))


def _rate_part(values: pl.LazyFrame, tiers: pl.DataFrame) -> pl.LazyFrame:
    """Return the rated rows of members whose days are above zero and below those of the period."""
    return (
        values.with_columns(place=_place())
        .sort("place")
        .join_asof(
            tiers.lazy().select("program", "rebate", *SEGMENT, begins=_begins()).sort("begins"),
            left_on="place", right_on="begins", by=["program", "rebate"], coalesce=True, check_sortedness=False,
        )
        # Below the first tier the as-of join finds nothing: the segment's columns are null and _payout gives zero.
        .with_columns(tier=pl.col("tier").fill_null(0), unrounded=_payout(has_slopes=is_sloped(tiers)))
        .drop(*SEGMENT[1:], "place", "begins", strict=False)
    )  # fmt: skip


def _place() -> pl.Expr:
    """Return the place of qualifier / part among the bounds: twice the last 1E-10 not above it, plus one if beyond.

    So the quotient is compared exactly, although it is no decimal: "above 7" begins between the places of 7 and of the
    next 1E-10.
    """
    days, whole = (days.cast(_INT) for days in PART)
    # Cut before it is multiplied by the days, so that the product stays within 128 bits.
    limited = pl.max_horizontal(pl.min_horizontal("qualifier", _MOST), -_MOST)
    figure = integer(pl.when(pl.col("qualifier").is_not_null()).then(limited)) * whole
    return figure // days * 2 + (figure % days != 0).cast(_INT)


def _begins() -> pl.Expr:
    """Return the place at which a tier begins, on the scale of _place."""
    return integer(pl.col("bound")) * 2 + pl.col("is_strict").cast(_INT)


def _payout(*, has_slopes: bool) -> pl.Expr:
    """Return part * (a + b * m), plus the slope, with m = measure / part, cut at the cap or counted in multiples."""
    days, whole = (days.cast(_INT) for days in PART)
    measure = pl.min_horizontal(counting("measure"), _MOST)
    figure = integer(measure) * whole // days  # the last 1E-10 at or below the true one
    is_capped = (figure >= integer(pl.col("cap"))).fill_null(value=False)
    is_small = pl.min_horizontal(figure, integer(pl.col("cap"))) <= integer(pl.col("most"))
    if has_slopes:
        is_small &= (pl.col("rise") == 0) | (pl.col("run").cast(_INT) * days <= LONGEST_RUN)
    # Too large a measure is replaced before it is multiplied: polars evaluates both sides of a condition.
    sure = pl.when(is_small & ~is_capped).then(measure).otherwise(NO_MEASURE)
    counted = (
        pl.when(pl.col("every").is_not_null())
        .then(full_multiples(sure, pl.col("every"), PART))
        .when(is_small & is_capped)
        .then(pl.col("cap").cast(EXACT))
        .otherwise(_NOTHING)
    )
    on_measure = pl.when(pl.col("every").is_null()).then(sure.cast(EXACT)).otherwise(_NOTHING)
    paid = part_of(pl.col("a") + pl.col("b") * counted, PART) + pl.col("b") * on_measure
    if has_slopes:
        sloped = pl.when(pl.col("rise") != 0).then(sure).otherwise(NO_MEASURE)
        paid += along_slope(sloped, pl.col("bound"), pl.col("rise"), pl.col("run"), PART)
    return pl.when(is_small.is_null()).then(_NOTHING).when(is_small).then(paid)
