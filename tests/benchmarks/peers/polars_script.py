"""Polars, lazily, with exact decimals."""

from __future__ import annotations

import sys
from decimal import Decimal

import polars as pl

WIDE = pl.Decimal(38, 6)
TIERS = ((50_000, "0.035"), (20_000, "0.02"), (1_000, "0.01"))


def pay(root: str) -> str:
    products = pl.scan_csv(f"{root}/extracts/products.csv").filter(pl.col("category").is_in(["a", "b"]))
    measured = (
        pl.scan_parquet(f"{root}/extracts/transactions.parquet")
        .join(products, on="product_id", how="semi")
        .group_by("member_id", period=pl.col("activity_date").dt.quarter())
        .agg(measure=pl.col("amount").sum().cast(WIDE))
    )
    rate = pl.lit(Decimal(0)).cast(WIDE)
    for bound, percent in reversed(TIERS):
        rate = pl.when(pl.col("measure") >= bound).then(pl.lit(Decimal(percent)).cast(WIDE)).otherwise(rate)
    payout = (pl.col("measure") * rate).round(2, mode="half_away_from_zero")
    paid = measured.select(payout.sum()).collect(engine="streaming").item()
    return f"{paid:.2f}"


if __name__ == "__main__":
    sys.stdout.write(pay(sys.argv[1]))
