"""Netting: which of a program's amounts a payout holds, and what is carried, lapses or is claimed back.

It works on the net of a program, payee, currency and payout period. Nothing gets lost: an amount that leaves a payout
period is posted twice, once to take it out and once in the period it goes to; one that lapses is posted as written off.
"""

from __future__ import annotations

import polars as pl

from rules.ledger.payouts import GROUP
from rules.ledger.requests import request_id
from rules.rating.notes import BELOW_MINIMUM
from schemas.types import MONEY

PAYEE = ("program", "payee_id", "currency")
"""The key within which amounts are netted."""

NETTED = (*PAYEE, "kind", "period", "payout_period", "amount", "reason")
"""The columns of a posting made by netting; its period is the payout period the amount comes from."""

_NOTHING = pl.lit(0).cast(MONEY)
_IS_CARRY = pl.col("kind") == "carry_forward"


def net(postings: pl.DataFrame, policies: pl.DataFrame, payout_period: str, next_payout_period: str) -> pl.DataFrame:
    """Return the postings that bring every net to what the policy of its program requires.

    `postings`: all up to `payout_period`, proposed ones included, with GROUP, kind, period, amount, reason, is_frozen
    (in a payout that people have decided about) and is_stale (of an earlier payout period, and in no payout there, or
    in a rejected one). `policies`: see rules.compiled.policies; a program without one carries forward. Returns NETTED,
    sorted.
    """
    stale = _stale(postings.filter(pl.col("payout_period") < payout_period), policies)
    # Earlier periods first: what they carry into this one is part of its net.
    earlier = _legs(stale, payout_period)
    arrived = earlier.filter(payout_period=payout_period).with_columns(is_frozen=False, is_stale=False)
    here = postings.filter(payout_period=payout_period)
    wanted = _wanted(pl.concat([here, arrived.select(here.columns)]), policies)
    moved = wanted.filter(pl.col("leaving") != 0).with_columns(amount="leaving", why=_why_it_leaves())
    lapsed = wanted.filter(pl.col("lapsing") != 0).with_columns(
        kind=pl.lit("write_off"), period="payout_period", amount="lapsing", reason=_why_it_lapses()
    )
    made = [earlier, _legs(moved, next_payout_period), lapsed.select(NETTED)]
    return pl.concat(made).sort(*PAYEE, "period", "payout_period", "kind")


def _stale(earlier: pl.DataFrame, policies: pl.DataFrame) -> pl.DataFrame:
    """Return what must leave earlier payout periods: GROUP, amount (that takes it out), why.

    That is what was posted to a period that no run drafted, what people rejected, and what is below zero and not
    invoiced.
    """
    net_amount = pl.col("amount").sum().cast(MONEY)
    # The amount is negated below: what takes a negative net out of its period is above zero.
    is_below = (pl.col("amount") > 0) & (pl.col("negative").fill_null("") != "invoice")
    return (
        earlier.filter(~pl.col("is_frozen"))
        .group_by(GROUP)
        .agg(-net_amount, pl.col("is_stale").any())
        .join(policies.select("program", "negative"), on="program", how="left")
        .filter(pl.col("amount") != 0, pl.col("is_stale") | is_below)
        .with_columns(why=pl.lit(""))
    )


def _wanted(postings: pl.DataFrame, policies: pl.DataFrame) -> pl.DataFrame:
    """Return GROUP, minimum, is_small, and what is still to be posted as leaving and as lapsing.

    An amount is small if it is above zero and below the minimum, and nothing of the group has been decided yet. A
    program that is over holds nothing back; what is to be dropped lapses then, too.
    """
    # What earlier runs took out or wrote off is compared with what should be, so that a second run posts nothing.
    left = _IS_CARRY & (pl.col("period") == pl.col("payout_period"))
    lapse = (pl.col("kind") == "write_off") & request_id().is_null()
    # The net before anything was carried or lapsed: both are computed anew from it.
    net_amount = pl.col("amount").filter(~left & ~lapse).sum()
    is_small = (pl.col("net") > 0) & (pl.col("net") < pl.col("minimum")) & (pl.col("decided") == 0)
    is_dropped = is_small & (pl.col("below") == "drop")
    is_held = is_small & (pl.col("below") == "carry") & ~pl.col("is_over")
    is_owed_back = (pl.col("net") < pl.col("decided")) & (pl.col("negative").fill_null("") != "invoice")
    leaves = pl.when(is_held).then(-pl.col("net")).when(is_owed_back).then(pl.col("decided") - pl.col("net"))
    return (
        postings.group_by(GROUP)
        .agg(
            net=net_amount,
            decided=pl.col("amount").filter("is_frozen").sum(),
            left=pl.col("amount").filter(left).sum(),
            lapsed=pl.col("amount").filter(lapse).sum(),
        )
        .join(policies, on="program", how="left")
        .with_columns(is_held=is_held.fill_null(value=False), is_dropped=is_dropped.fill_null(value=False))
        .with_columns(
            leaving=(pl.when("is_dropped").then(_NOTHING).otherwise(leaves.fill_null(_NOTHING)) - pl.col("left")),
            lapsing=(pl.when("is_dropped").then(-pl.col("net")).otherwise(_NOTHING) - pl.col("lapsed")),
        )
        .with_columns(pl.col("leaving", "lapsing").cast(MONEY))
    )


def _legs(leaving: pl.DataFrame, to_period: str) -> pl.DataFrame:
    """Return both postings of what leaves each payout period for `to_period`, as NETTED."""
    moved = leaving.with_columns(kind=pl.lit("carry_forward"), period="payout_period")
    out = moved.with_columns(reason=pl.format("{}carried to {}", "why", pl.lit(to_period)))
    into = moved.with_columns(
        amount=-pl.col("amount"), reason=pl.format("carried from {}", "period"), payout_period=pl.lit(to_period)
    )
    return pl.concat([out.select(NETTED), into.select(NETTED)])


def _why_it_leaves() -> pl.Expr:
    """Return the beginning of the reason for a carry-forward."""
    return pl.when("is_held").then(pl.format(f"{BELOW_MINIMUM}: ", _plain("minimum"))).otherwise(pl.lit(""))


def _why_it_lapses() -> pl.Expr:
    """Return the reason for a lapse, or for its reversal."""
    small = pl.format(f"{BELOW_MINIMUM}: lapses", _plain("minimum"))
    return pl.when("is_dropped").then(small).otherwise(pl.lit("no longer below a minimum payout"))


def _plain(name: str) -> pl.Expr:
    """Return a decimal as text without trailing zeros."""
    return pl.col(name).cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")
