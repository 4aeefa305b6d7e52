"""The two figures of a rebate: the qualifier, which selects the tier, and the measure, to which its rate applies."""

from __future__ import annotations

import polars as pl

from rules.money import round_decimal, round_value
from rules.rating.branches import by_branch
from rules.rating.quotients import CUT, percentage
from schemas.types import VALUE

NO_BASELINE = "no baseline: skipped"
"""The note of an entitlement that `when_missing: skip` left unpaid because there is no baseline."""

_WITHOUT = {
    "plain": "no score of visits: skipped",
    "growth_amount": NO_BASELINE,
    "growth_percent": NO_BASELINE,
    "target_percent": "no target: skipped",
    "share_percent": "nothing to take the share of: skipped",
}
_ROLES = ("measure", "qualifier")
# With `when_missing: zero`, growth without a base is 100 % if anything was counted, otherwise 0 %.
_NOTHING = pl.lit(0).cast(VALUE)
_GROWTH_OF_NOTHING, _ZERO = (pl.lit(figure).cast(CUT) for figure in (100, 0))


def qualify(candidates: pl.LazyFrame) -> pl.LazyFrame:
    """Return `candidates` with the measure and the qualifier of each (VALUE), its baseline and its note.

    `candidates` has, for measure_ and qualifier_ alike, current and base (VALUE, null where there is none: current is
    where no visit has a score), kind (plain | growth_amount | growth_percent | target_percent | share_percent),
    when_missing (skip | zero | value) and missing_value; and round_digits for the qualifier. A figure is divided
    exactly and rounded once, half away from zero: the qualifier to round_digits, otherwise to ten decimals. A figure
    that is skipped is null, and the qualifier is null where either is, since nothing is paid. `baseline` is what
    the qualifier is compared with, or else what the measure is compared with.
    """
    is_plain = pl.all_horizontal(
        (pl.col(f"{role}_kind") == "plain") & pl.col(f"{role}_current").is_not_null() for role in _ROLES
    )
    # Most figures stand alone, and dividing takes longer than all the rest.
    return by_branch(candidates, (is_plain, _plain), (~is_plain, _compared))


def _plain(candidates: pl.LazyFrame) -> pl.LazyFrame:
    """Return candidates whose figures are compared with nothing, with their measure, qualifier, baseline and note."""
    nothing = pl.lit(None, dtype=VALUE)
    figures = {"measure": pl.col("measure_current"), "qualifier": _rounded(pl.col("qualifier_current"))}
    return candidates.with_columns(baseline=nothing, note=pl.lit(""), **figures)


def _compared(candidates: pl.LazyFrame) -> pl.LazyFrame:
    """Return candidates of which a figure is compared or missing, with their measure, qualifier, baseline and note."""
    skipped = {role: _is_skipped(role) for role in _ROLES}
    of_qualifier = pl.when(pl.col("qualifier_kind") != "plain").then("qualifier_base")
    note = pl.when(skipped["qualifier"]).then(_note("qualifier")).when(skipped["measure"]).then(_note("measure"))
    # In steps, so that a percentage is computed once and not again for every number of digits.
    return (
        candidates.with_columns(_assumed(role).alias(f"{role}_current") for role in _ROLES)
        .with_columns(
            baseline=of_qualifier.otherwise("measure_base"),
            note=note.otherwise(pl.lit("")),
            **{role: _figure(role) for role in _ROLES},
        )
        .with_columns(
            measure=pl.when(~skipped["measure"]).then(round_value(pl.col("measure"))),
            qualifier=pl.when(~skipped["measure"] & ~skipped["qualifier"]).then(_rounded(pl.col("qualifier"))),
        )
    )


def _assumed(role: str) -> pl.Expr:
    """Return the current figure of `role`, or what is to be assumed where no visit has a score; null to skip it."""
    policy = pl.col(f"{role}_when_missing")
    otherwise = pl.when(policy == "zero").then(_NOTHING).when(policy == "value").then(f"{role}_missing_value")
    return pl.coalesce(f"{role}_current", otherwise)


def _rounded(exact: pl.Expr) -> pl.Expr:
    """Return a figure rounded to round_digits, or to ten decimals where that is null, as a VALUE."""
    digits = pl.col("round_digits")
    return pl.when(digits.is_null()).then(round_value(exact)).otherwise(round_decimal(exact, digits).cast(VALUE))


def _figure(role: str) -> pl.Expr:
    """Return the exact figure of `role`, a CUT; any value where the figure is skipped."""
    current, base, kind = (pl.col(f"{role}_{name}") for name in ("current", "base", "kind"))
    missing, policy = _is_missing(base), pl.col(f"{role}_when_missing")
    # Null, not zero, where there is no base: a division by zero must not be evaluated on any row.
    whole = pl.when(~missing).then(base).when(policy == "value").then(f"{role}_missing_value")
    gained = current - whole
    percent = percentage(pl.when(kind == "growth_percent").then(gained).otherwise(current), whole)
    nothing = pl.when((kind == "growth_percent") & (current > 0)).then(_GROWTH_OF_NOTHING).otherwise(_ZERO)
    amount = pl.when(missing & (policy == "zero")).then(current).otherwise(gained).cast(CUT)
    return (
        pl.when(kind == "plain")
        .then(current.cast(CUT))
        .when(kind == "growth_amount")
        .then(amount)
        .when(missing & (policy == "zero"))
        .then(nothing)
        .otherwise(percent)
    )


def _is_skipped(role: str) -> pl.Expr:
    """Return whether the figure is left out because its base is missing, or the figure itself."""
    is_compared = pl.col(f"{role}_kind") != "plain"
    without_base = is_compared & _is_missing(pl.col(f"{role}_base")) & (pl.col(f"{role}_when_missing") == "skip")
    return without_base | pl.col(f"{role}_current").is_null()


def _is_missing(base: pl.Expr) -> pl.Expr:
    """Return whether a base is missing; zero or less counts as missing, since no percentage of it has a meaning."""
    return base.is_null() | (base <= 0)


def _note(role: str) -> pl.Expr:
    """Return the note for a figure of `role` that is skipped."""
    note = pl.col(f"{role}_kind").replace_strict(_WITHOUT, default=None, return_dtype=pl.String)
    return note if role == "qualifier" else pl.format("the measure has {}", note)
