"""Approvals: what may pass without a person, what one person approves and what takes two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Collection
    from decimal import Decimal


def status_of_drafts(auto_approve_below: Decimal | None, rejected: Collection[str]) -> pl.Expr:
    """Say which drafts (rules.payouts.PAYOUTS) are `approved` at once, the others being a `draft`.

    A payout of nothing is `carried_forward`: nobody need look at it.

    What is paid must be below `auto_approve_below`, in its own currency; what a person has once
    `rejected` (ids) is never approved without one.
    """
    small = pl.lit(value=False) if auto_approve_below is None else pl.col("amount") < auto_approve_below
    passes = small & (pl.col("kind") == "payout") & ~pl.col("payout_id").is_in(list(rejected))
    is_nothing = pl.col("amount") == 0
    status = pl.when(is_nothing).then(pl.lit("carried_forward")).when(passes).then(pl.lit("approved"))
    return status.otherwise(pl.lit("draft"))


def redrafted(drafts: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Return those of `drafts` that are not what they were `before` (payout_id, amount, due_on, status).

    So a payout that was rejected is always drafted anew.
    """
    return drafts.join(before, on=["payout_id", "amount", "due_on", "status"], how="anti", maintain_order="left")
