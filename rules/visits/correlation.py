"""Visits beside rebates: whether those who are visited more reach more tiers. It says nothing of what causes what."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from rules.rating.quotients import percentage
from rules.visits.attainment import shown
from schemas.types import VALUE

FEWEST = 3
"""Members without whom no coefficient is given: two always lie on a line."""

_GROUPS = ((0, "none"), (2, "1-2"), (5, "3-5"))
_MORE = "6 and more"


def by_visits(members: pl.DataFrame) -> pl.DataFrame:
    """Return for members visited as often how many reach how large a share of their tiers.

    members: visits (made), rebates and reached (their open periods, and those in which a tier is reached). Returns
    visits (a group), members, rebates, reached and reached_percent.
    """
    group = pl.lit(_MORE)
    order = pl.lit(len(_GROUPS))
    for place, (most, name) in reversed([*enumerate(_GROUPS)]):
        group = pl.when(pl.col("visits") <= most).then(pl.lit(name)).otherwise(group)
        order = pl.when(pl.col("visits") <= most).then(place).otherwise(order)
    return (
        members.with_columns(group=group, order=order)
        .group_by("order", "group")
        .agg(members=pl.len().cast(pl.Int64), rebates=pl.col("rebates").sum(), reached=pl.col("reached").sum())
        .sort("order")
        .with_columns(reached_percent=shown(percentage(pl.col("reached").cast(VALUE), pl.col("rebates").cast(VALUE))))
        .select("members", "rebates", "reached", "reached_percent", visits="group")
        .select("visits", "members", "rebates", "reached", "reached_percent")
    )


def coefficient(members: pl.DataFrame) -> Decimal | None:
    """Return Pearson's coefficient of visits and share of tiers reached, to two decimals; None where there is none."""
    rows = members.filter(pl.col("rebates") > 0)
    if rows.height < FEWEST:
        return None
    # A statistic, not an amount: it is reckoned in floats.
    found = rows.select(pl.corr("visits", pl.col("reached") / pl.col("rebates"))).item()
    if found is None or found != found:  # noqa: PLR0124 - not a number: all are alike
        return None
    rounded: Decimal = pl.select(shown(pl.lit(Decimal(f"{found:.6f}")).cast(VALUE))).item()
    return rounded
