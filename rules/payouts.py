"""Payouts: the postings of a payout period, added up per payee and currency."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

from schemas.types import MONEY

if TYPE_CHECKING:
    from datetime import date

PAYOUTS = pl.Schema(
    {
        "payout_id": pl.String(),
        "payee_id": pl.String(),
        "currency": pl.String(),
        "payout_period": pl.String(),
        "amount": MONEY,
        "status": pl.String(),
        "due_on": pl.Date(),
        "reference": pl.String(),
    }
)
"""One payout: what one payee is paid in one currency for one payout period."""


def payouts_of(postings: pl.DataFrame, payout_period: str, due_on: date) -> pl.DataFrame:
    """Add up the postings of `payout_period`.

    `postings` has payee_id, currency, payout_period and amount. Returns PAYOUTS, sorted by payee and currency; a
    payout of nothing is `carried_forward`, every other a `draft`. The same payee, currency and period always have
    the same payout_id.
    """
    totals = (
        postings.filter(pl.col("payout_period") == payout_period)
        .group_by("payee_id", "currency", "payout_period")
        .agg(pl.col("amount").sum().cast(MONEY))
        .sort("payee_id", "currency")
    )
    ids = [_payout_id(*key) for key in totals.select("payee_id", "currency", "payout_period").iter_rows()]
    return totals.with_columns(
        payout_id=pl.Series(ids, dtype=pl.String),
        status=pl.when(pl.col("amount") == 0).then(pl.lit("carried_forward")).otherwise(pl.lit("draft")),
        due_on=pl.lit(due_on),
        reference=pl.format("Rebate {}", "payout_period"),
    ).select(PAYOUTS.names())


def _payout_id(payee_id: str, currency: str, payout_period: str) -> str:
    digest = hashlib.sha256(f"{payee_id}\x1f{currency}\x1f{payout_period}".encode()).hexdigest()
    return f"{payout_period}-{currency}-{digest[:12]}"
