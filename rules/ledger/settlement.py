"""Settlement: what is owed minus what is posted; paying, restating and taking back are all this difference."""

from __future__ import annotations

import polars as pl

from schemas.types import MONEY

POSTING_KEY = ("program", "rebate", "member_id", "period")
"""The key that an entitlement shares with its postings; the payee is the one named by the first posting."""

RULED_KINDS = ("rebate", "restatement")
"""The kinds of posting that add up to what the rules give; with adjustments, to what a payee is entitled to.

The other kinds only move what was earned, or write it off.
"""

ACCRUED_KINDS = ("accrual", "accrual_reversal")
"""The kinds of posting for the general ledger only: what open periods have earned and nobody is paid yet."""

_NOTHING = pl.lit(0).cast(MONEY)


def payable(ledger: pl.DataFrame) -> pl.DataFrame:
    """Return the postings that concern payees: all except accruals and their reversals."""
    return ledger.filter(~pl.col("kind").is_in(ACCRUED_KINDS))


def owe(entitled: pl.DataFrame, ledger: pl.DataFrame, settled: pl.DataFrame) -> pl.DataFrame:
    """Return the postings that bring the ledger to the entitlements.

    `entitled`: the settled entitlements, several of a key added up (see per_key). `ledger`: all postings so far.
    `settled`: program, rebate, period, through, currency, rule_version and is_known (an earlier run settled it
    already), one row per settled period. A posted key of a settled period that earns nothing any more is owed zero.
    Returns POSTING_KEY, payee_id, kind, settled_through, currency, amount, measure, qualifier, tier, rule_version,
    reason; sorted.
    """
    # Sorted, because first() below takes the payee of the first posting, and rows come in any order.
    earned = ledger.lazy().filter(pl.col("kind").is_in(RULED_KINDS)).sort("seq")
    posted = earned.group_by(POSTING_KEY).agg(posted=pl.col("amount").sum(), first_payee=pl.col("payee_id").first())
    periods = settled.lazy().rename({"through": "settled_through"})
    return (
        # A full join: what was posted and is no longer earned has no entitlement, and is taken back.
        per_key(entitled.lazy()).join(posted, on=POSTING_KEY, how="full", coalesce=True)
        .join(periods, on=["program", "rebate", "period"])
        .with_columns(
            amount=(pl.col("amount").fill_null(_NOTHING) - pl.col("posted").fill_null(_NOTHING)).cast(MONEY),
            payee_id=pl.coalesce("first_payee", "payee_id"),
            kind=pl.when("is_known").then(pl.lit("restatement")).otherwise(pl.lit("rebate")),
            reason=_reason(),
        )
        # No difference, no posting: this makes a second run over the same data post nothing.
        .filter(pl.col("amount") != 0)
        .select(
            *POSTING_KEY, "payee_id", "kind", "settled_through", "currency", "amount", "measure", "qualifier", "tier",
            "rule_version", "reason",
        )
        .sort(POSTING_KEY)
        .collect()
    )  # fmt: skip


def per_key(entitled: pl.LazyFrame) -> pl.LazyFrame:
    """Return the entitlements of each key, added up: a member that changed its group has one from each group.

    Returns POSTING_KEY, payee_id, amount, measure, qualifier and tier, the last three null where there are several.
    """
    is_one = pl.len() == 1
    figures = [pl.when(is_one).then(pl.col(name).first()).alias(name) for name in ("measure", "qualifier", "tier")]
    return entitled.group_by(POSTING_KEY).agg(pl.col("payee_id").first(), pl.col("amount").sum().cast(MONEY), *figures)


def _reason() -> pl.Expr:
    """Return the reason of a posting, in words."""
    through = pl.col("settled_through").cast(pl.String)
    first = pl.format("settled through {}", through)
    again = pl.format("restates what was settled through {}", through)
    return pl.when("is_known").then(again).otherwise(first)
