"""Who is near a tier: the members that lack little, by share of the bound or by money, and what reaching it brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.money import round_decimal
from rules.rating.next_tier import NEXT_TIER_KEY
from rules.rating.quotients import percentage
from schemas.types import EXACT, MONEY

if TYPE_CHECKING:
    from decimal import Decimal

NEAR_COLUMNS = (
    *NEXT_TIER_KEY, "until", "tier", "next_tier", "short", "short_unit", "short_percent", "short_amount",
    "short_quantity", "sold_unit", "earned", "at_next_tier", "brings", "currency",
)  # fmt: skip

SHARE = pl.Decimal(38, 2)
"""The type of a percentage that people read."""


def near_a_tier(
    figures: pl.DataFrame, ahead: pl.DataFrame, *, percent: Decimal, amount: Decimal | None
) -> pl.DataFrame:
    """Return the figures that lack at most `percent` of the next bound, or at most `amount` of money, of the next tier.

    For `figures`, `ahead` and the columns see `way_to_tiers`. `amount` is compared in the currency of each rebate.
    """
    short, bound = pl.col("missing").cast(EXACT), pl.col("next_bound").cast(EXACT)
    hundred = pl.lit(100).cast(EXACT)
    is_close = short * hundred <= bound * pl.lit(percent).cast(EXACT)
    is_cheap = pl.lit(value=False) if amount is None else pl.col("missing_amount") <= pl.lit(amount).cast(MONEY)
    return way_to_tiers(figures, ahead.filter((is_close | is_cheap).fill_null(value=False)))


def way_to_tiers(figures: pl.DataFrame, ahead: pl.DataFrame) -> pl.DataFrame:
    """Return the figures that have a next tier, with what is missing and what reaching it brings.

    figures: NEXT_TIER_KEY, until, tier, earned (MONEY), currency, short_unit and sold_unit. ahead: as returned by
    rules.rating.next_tier.next_tiers.

    Returns NEAR_COLUMNS, those that bring most first within their currency. short is in the unit of the qualifier,
    short_percent of the next bound, with two decimals; short_amount and short_quantity say it in money and goods, at
    the average price so far. brings is what the next tier pays more than what is earned so far.
    """
    above = pl.when(pl.col("next_bound") > 0).then("next_bound")
    return (
        figures.join(ahead, on=NEXT_TIER_KEY)
        .filter(pl.col("missing").is_not_null())
        .with_columns(
            short="missing",
            short_percent=round_decimal(percentage(pl.col("missing"), above), 2).cast(SHARE),
            short_amount="missing_amount",
            short_quantity="missing_quantity",
            at_next_tier="next_amount",
            brings=(pl.col("next_amount") - pl.col("earned")).cast(MONEY),
        )
        .select(NEAR_COLUMNS)
        .sort("currency", "brings", *NEXT_TIER_KEY, descending=[False, True, *(False for _ in NEXT_TIER_KEY)])
    )
