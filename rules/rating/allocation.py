"""Allocation: a total in minor units shared by weight, so that the shares add up to it exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schemas.errors import Problem, RuleError

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_TOTAL = 10**18
"""The limit of a total's absolute value in minor units: the books hold fourteen digits and four decimals."""

MOST_WEIGHT = 10**21
"""The limit of the sum of a group's weights: beyond it the shares cannot be computed exactly."""

_INT = pl.Int128()
_NOTHING, _ONE = pl.lit(0, dtype=_INT), pl.lit(1, dtype=_INT)
_TOO_MUCH = pl.lit(MOST_WEIGHT * 10**10, dtype=_INT)  # as an integer: a VALUE has ten decimals
_LIMB, _LIMBS = 10**6, 3  # a total is divided six digits at a time, so that no product leaves 128 bits
_SHOWN = 20
_WHOLE, _PART, _ALL, _FULL, _REST = "allocate whole", "allocate part", "allocate all", "allocate full", "allocate rest"


def allocate(parts: pl.LazyFrame, *, by: Sequence[str], total: str, weight: str, ties: Sequence[str]) -> pl.LazyFrame:
    """Return `parts` with the `total` of each group shared among its rows by `weight`, by largest remainder.

    `by` names the columns that make a group (null is a value like any other). `total` is an integer column, in minor
    units, the same in all rows of a group; a negative total is shared like its absolute value. `weight` is a VALUE;
    null or below zero it counts as zero. Every row gets its exact part rounded towards zero, and what is left goes, one
    unit each, to the largest fractions, equal ones in the order of the columns `ties`, which must identify the rows of
    a group. If all weights are zero the shares are equal, by the same rule.

    Adds one column, share (Int128); the rows are in no particular order. The shares of a group add up to its total,
    each lies within one unit of its exact part, and none depends on the order of rows. Where figures are too large to
    be shared exactly, the shares of the whole group are null: see refuse_unshared.
    """
    # The remainder is negated because `descending` would apply to the ties too. The unit left over goes to the first
    # places; `ties` makes the order total and so independent of the order of rows.
    place = pl.int_range(pl.len()).over(by, order_by=[_NOTHING - pl.col(_REST), *ties])
    left = pl.col(_WHOLE) - pl.col(_FULL).sum().over(by)
    share = pl.col(_FULL) + pl.when(place < left).then(_ONE).otherwise(_NOTHING)
    # All or nothing per group: a share next to a null one would not add up to the total.
    is_exact = (pl.col(_WHOLE) < MOST_TOTAL) & (pl.col(_ALL) < _TOO_MUCH)
    return (
        parts.pipe(_with_parts, by, total, weight)
        .pipe(_with_full_units)
        .with_columns(share=share)
        .with_columns(share=pl.when(is_exact).then(pl.col("share") * pl.col(total).cast(_INT).sign()))
        .drop(_WHOLE, _PART, _ALL, _FULL, _REST)
    )


def refuse_unshared(shared: pl.DataFrame, amount: str, *named: str) -> pl.DataFrame:
    """Return `shared` unchanged if no `amount` in it is null, that is, none was too large to be shared exactly.

    Raises:
        RuleError: there is such a group; the message names it by the values of its columns `named`.
    """
    lost = shared.filter(pl.col(amount).is_null()).select(named).unique().sort(named)
    if lost.is_empty():
        return shared
    todo = "look for a wrong unit or decimal mark in the figures it is shared by"
    found = "the figures are too large to share the amount exactly"
    raise RuleError(*(Problem(f"{', '.join(map(str, row))}: {found}", todo) for row in lost.head(_SHOWN).iter_rows()))


def _with_parts(parts: pl.LazyFrame, by: Sequence[str], total: str, weight: str) -> pl.LazyFrame:
    """Return `parts` with the whole, each part and their sum as integers, parts cut so that no sum overflows."""
    # to_physical reads a decimal as its unscaled integer: no conversion, so no rounding.
    figure = pl.max_horizontal(pl.col(weight).to_physical().cast(_INT), _NOTHING)
    is_nothing = pl.col(_ALL) == 0
    return (
        parts.with_columns(
            pl.col(total).cast(_INT).abs().alias(_WHOLE), pl.min_horizontal(figure, _TOO_MUCH).alias(_PART)
        )
        .with_columns(pl.col(_PART).sum().over(by).alias(_ALL))
        .with_columns(
            pl.when(is_nothing).then(_ONE).otherwise(_PART).alias(_PART),
            pl.when(is_nothing).then(pl.len().over(by).cast(_INT)).otherwise(_ALL).alias(_ALL),
        )
    )


def _with_full_units(parts: pl.LazyFrame) -> pl.LazyFrame:
    """Return `parts` with whole * part divided by all in long division: the full units, and the remainder."""
    divided = parts.with_columns(_NOTHING.alias(_FULL), _NOTHING.alias(_REST))
    for limb in reversed(range(_LIMBS)):
        digits = pl.col(_WHOLE) // _LIMB**limb % _LIMB
        carried = pl.col(_REST) * _LIMB + digits * pl.col(_PART)
        divided = divided.with_columns(carried.alias(_REST)).with_columns(
            # Both columns are computed from the old _FULL and _REST: expressions of one with_columns do not see each
            # other.
            (pl.col(_FULL) * _LIMB + pl.col(_REST) // pl.col(_ALL)).alias(_FULL),
            (pl.col(_REST) % pl.col(_ALL)).alias(_REST),
        )
    return divided
