"""What is owed minus what is posted: the one idea that pays, restates and takes back."""

from __future__ import annotations

import polars as pl

from schemas.types import MONEY

POSTING_KEY = ("program", "rebate", "member_id", "period")
"""What an entitlement and its postings have in common; the payee is the one that the first posting named."""

EARNED_KINDS = ("rebate", "restatement", "adjustment")
"""The kinds of posting that add up to a key's entitlement; the others only move what was earned."""

_NOTHING = pl.lit(0).cast(MONEY)


def owe(entitled: pl.DataFrame, ledger: pl.DataFrame, settled: pl.DataFrame) -> pl.DataFrame:
    """List the postings that bring the ledger to the entitlements.

    `entitled`: the settled entitlements, several of a key added up (see per_key). `ledger`: all postings so far.
    `settled`: program, rebate, period, through, currency, rule_version and is_known (an earlier run settled it
    already), one row per settled period. A posted key of a settled period that earns nothing any more is owed zero.
    Returns POSTING_KEY, payee_id, kind, settled_through, currency, amount, measure, qualifier, tier, rule_version,
    reason; sorted.
    """
    earned = ledger.lazy().filter(pl.col("kind").is_in(EARNED_KINDS)).sort("seq")
    posted = earned.group_by(POSTING_KEY).agg(posted=pl.col("amount").sum(), first_payee=pl.col("payee_id").first())
    periods = settled.lazy().rename({"through": "settled_through"})
    return (
        per_key(entitled.lazy()).join(posted, on=POSTING_KEY, how="full", coalesce=True)
        .join(periods, on=["program", "rebate", "period"])
        .with_columns(
            amount=(pl.col("amount").fill_null(_NOTHING) - pl.col("posted").fill_null(_NOTHING)).cast(MONEY),
            payee_id=pl.coalesce("first_payee", "payee_id"),
            kind=pl.when("is_known").then(pl.lit("restatement")).otherwise(pl.lit("rebate")),
            reason=_reason(),
        )
        .filter(pl.col("amount") != 0)
        .select(
            *POSTING_KEY, "payee_id", "kind", "settled_through", "currency", "amount", "measure", "qualifier", "tier",
            "rule_version", "reason",
        )
        .sort(POSTING_KEY)
        .collect()
    )  # fmt: skip


def per_key(entitled: pl.LazyFrame) -> pl.LazyFrame:
    """Add up the entitlements of each key: a member that changed its group inside a period has one from each.

    Returns POSTING_KEY, payee_id, amount, measure, qualifier and tier, these three null where there are several.
    """
    is_one = pl.len() == 1
    figures = [pl.when(is_one).then(pl.col(name).first()).alias(name) for name in ("measure", "qualifier", "tier")]
    return entitled.group_by(POSTING_KEY).agg(pl.col("payee_id").first(), pl.col("amount").sum().cast(MONEY), *figures)


def carry(postings: pl.DataFrame, payout_period: str, next_payout_period: str) -> pl.DataFrame:
    """Move what a program takes back from a payee, and cannot, to a later payout period.

    `postings`: all postings up to `payout_period`, proposed ones included, with program, payee_id, currency, kind,
    period, payout_period and amount. A payout never falls below zero and nothing is forgotten: each amount is posted
    twice, once to bring the period's net to zero and once against the period it is moved to (the open one, or from
    the open one the next); both name the payout period it comes from as their period. Returns program, payee_id,
    currency, period, payout_period, amount, reason.
    """
    earlier = _moved(postings.filter(pl.col("payout_period") < payout_period), payout_period)
    arrived = earlier.with_columns(kind=pl.lit("carry_forward")).select(postings.columns)
    of_period = pl.concat([postings, arrived]).filter(pl.col("payout_period") == payout_period)
    return pl.concat([earlier, _moved(of_period, next_payout_period)]).sort(*_PAYEE, "period", "payout_period")


_PAYEE = ("program", "payee_id", "currency")


def _moved(postings: pl.DataFrame, to_period: str) -> pl.DataFrame:
    """Give both legs of what must still leave each payout period for `to_period`."""
    has_left = (pl.col("kind") == "carry_forward") & (pl.col("period") == pl.col("payout_period"))
    missing = pl.max_horizontal(-pl.col("amount").filter(~has_left).sum(), _NOTHING)
    leaving = (
        postings.group_by(*_PAYEE, "payout_period")
        .agg(amount=(missing - pl.col("amount").filter(has_left).sum()).cast(MONEY))
        .filter(pl.col("amount") != 0)
        .with_columns(period="payout_period")
    )
    out = leaving.with_columns(reason=pl.lit(f"carried to {to_period}"))
    into = leaving.with_columns(
        amount=-pl.col("amount"), reason=pl.format("carried from {}", "period"), payout_period=pl.lit(to_period)
    )
    return pl.concat([out, into]).select(*_PAYEE, "period", "payout_period", "amount", "reason")


def _reason() -> pl.Expr:
    through = pl.col("settled_through").cast(pl.String)
    first = pl.format("settled through {}", through)
    again = pl.format("restates what was settled through {}", through)
    return pl.when("is_known").then(again).otherwise(first)
