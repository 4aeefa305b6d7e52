"""Sharing: what a group earned is divided among its members by what each of them bought."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from rules.language.figures import GROWTH
from rules.rating.allocation import allocate
from schemas.types import EXACT, MONEY, VALUE

if TYPE_CHECKING:
    from rules.rating.inputs import Lookups

_GROUP = ("horizon", "program", "rebate", "period", "node_id")
# The decimals of a MONEY, as many as any currency of ISO 4217 has.
_MONEY_DIGITS = 4
_UNITS = {digits: 10 ** (_MONEY_DIGITS - digits) for digits in range(_MONEY_DIGITS + 1)}
_STEP = pl.lit(Decimal(1).scaleb(-_MONEY_DIGITS)).cast(EXACT)


def by_part(lookups: Lookups, parts: pl.DataFrame) -> Lookups:
    """Return `lookups` with every buyer of a shared node measured separately, under the name of its part.

    `parts`: program, node_id, member_id, part (see rules.compiled.participants). Other programs are not measured at
    all.
    """
    own = lookups.participants.join(parts, on=["program", "node_id", "member_id"]).with_columns(node_id="part")
    return replace(lookups, participants=own.select(lookups.participants.columns))


def share(entitled: pl.LazyFrame, measured: pl.LazyFrame, parts: pl.DataFrame) -> pl.LazyFrame:
    """Return the rounded amount of each node divided among its buyers, where the program says so.

    `entitled` has one row per horizon, program, rebate, period and node (as member_id), with amount (MONEY, of
    minor_digits decimals). `measured` has the same key, with a part as member_id, and measure_kind, measure_current and
    measure_base (see rules.rating.candidates); `parts` is as in by_part.

    Returns the rows with node_id, node_amount (what the node earned), member_id (to whom the amount belongs), amount,
    and part (VALUE, null where nothing is shared), in no particular order. `part` is the member's own part of the
    measure: its own growth, or for a percentage what it bought of what is counted. A shared amount is divided by these
    parts, those below zero counting as zero, to the currency's minor unit by largest remainder, ties by member id; if
    no part is above zero the shares are equal. What is not shared belongs to the node, and so does what a node earns in
    a period in which nobody bought. Where figures are too large to be shared exactly the amount is null (see
    rules.rating.allocation.refuse_unshared).
    """
    nodes = entitled.with_columns(node_id="member_id", node_amount="amount")
    if parts.is_empty():
        return nodes.with_columns(part=pl.lit(None, dtype=VALUE))
    units = pl.col("minor_digits").replace_strict(_UNITS, return_dtype=pl.Int64)
    of_buyers = (
        measured.rename({"member_id": "part"})
        .join(parts.lazy().rename({"member_id": "buyer_id"}), on=["program", "part"])
        .select(*_GROUP, "buyer_id", part=_part())
    )
    return (
        nodes.join(of_buyers, on=_GROUP, how="left")
        .with_columns(
            member_id=pl.coalesce("buyer_id", "node_id"),
            units=units,
            # Exact: the amount is rounded already, so its unscaled integer is a multiple of the minor unit.
            minor_amount=pl.col("amount").to_physical() // units,
        )
        .pipe(allocate, by=_GROUP, total="minor_amount", weight="part", ties=["member_id"])
        .with_columns(amount=((pl.col("share") * pl.col("units")).cast(EXACT) * _STEP).cast(MONEY))
        .drop("buyer_id", "units", "minor_amount", "share")
    )


def _part() -> pl.Expr:
    """Return a member's part of a measure: the increase over its base for growth, otherwise what it bought."""
    current, before = (pl.col(f"measure_{name}").fill_null(pl.lit(0).cast(VALUE)) for name in ("current", "base"))
    return pl.when(pl.col("measure_kind").is_in(GROWTH)).then(current - before).otherwise(current)
