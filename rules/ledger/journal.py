"""The journal: every posting that moves a balance as one entry of two lines, a debit and a credit of the same amount.

An amount that is accrued is debited to the expense and credited to what is accrued; an accrual that is taken back
goes the other way. What is posted for payees is debited to the expense and credited to what is payable, whatever was
accrued for it: the run that settles a period takes its accrual back in entries of their own, so that both accounts can
be reconciled by posting. An amount below zero changes sides. A write-off is the expense's loss or gain. What is carried
forward stays payable, and is no entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.ledger.settlement import ACCRUED_KINDS
from schemas.types import MONEY

if TYPE_CHECKING:
    from collections.abc import Sequence

JOURNAL = pl.Schema(
    {
        "entry_id": pl.String(),
        "line": pl.Int32(),
        "date": pl.Date(),
        "account": pl.String(),
        "side": pl.String(),
        "amount": MONEY,
        "currency": pl.String(),
        "program": pl.String(),
        "rebate": pl.String(),
        "member_id": pl.String(),
        "payee_id": pl.String(),
        "period": pl.String(),
        "kind": pl.String(),
        "posting_id": pl.String(),
        "text": pl.String(),
    }
)
"""A line of an entry; account is expense, accrued or payable, side is debit or credit, amount is above zero.

entry_id is made of the month and the posting's number; date is the last day of the month the posting belongs to.
"""

BOOKED_KINDS = (*ACCRUED_KINDS, "rebate", "restatement", "adjustment", "write_off")
"""The kinds of posting that are entries. Another kind than these and UNMOVED is none, which `untied` finds."""

UNMOVED = "carry_forward"
"""The kind of posting that moves no balance of an account."""


def journal(postings: pl.DataFrame) -> pl.DataFrame:
    """Return the entries of `postings` (postings.LEDGER): JOURNAL, in the order of the postings, debit first."""
    is_raised = pl.col("amount") > 0
    other = pl.when(pl.col("kind").is_in(ACCRUED_KINDS)).then(pl.lit("accrued")).otherwise(pl.lit("payable"))
    entries = postings.filter(pl.col("kind").is_in(BOOKED_KINDS)).with_columns(
        entry_id=pl.format("{}-{}", "payout_period", pl.col("seq").cast(pl.String).str.zfill(8)),
        date=pl.concat_str("payout_period", pl.lit("-01")).str.to_date("%Y-%m-%d").dt.month_end(),
        text="reason",
    )
    debit = pl.when(is_raised).then(pl.lit("expense")).otherwise(other)
    credit = pl.when(is_raised).then(other).otherwise(pl.lit("expense"))
    sides = [
        entries.with_columns(account=account, side=pl.lit(side), line=number, amount=pl.col("amount").abs())
        for number, (side, account) in enumerate((("debit", debit), ("credit", credit)), start=1)
    ]
    lines = pl.concat(sides).sort("seq", "line")
    return lines.select(pl.col(name).cast(dtype) for name, dtype in JOURNAL.items())


def unbalanced(lines: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """List where debits and credits of JOURNAL lines differ: the columns `by`, currency, debit and credit."""
    sums = [
        pl.col("amount").filter(pl.col("side") == side).sum().cast(pl.Decimal(38, 4)).alias(side)
        for side in ("debit", "credit")
    ]
    return lines.group_by(*by, "currency").agg(sums).filter(pl.col("debit") != pl.col("credit")).sort(*by, "currency")


def balances(lines: pl.DataFrame) -> pl.DataFrame:
    """Add up JOURNAL lines: account, currency, balance, of which credits are above zero."""
    signed = pl.when(side="credit").then("amount").otherwise(-pl.col("amount"))
    return lines.group_by("account", "currency").agg(balance=signed.cast(pl.Decimal(38, 4)).sum())


def untied(lines: pl.DataFrame, postings: pl.DataFrame) -> pl.DataFrame:
    """List the accounts whose balance is not what `postings` add up to: account, currency, balance, posted."""
    account = pl.when(pl.col("kind").is_in(ACCRUED_KINDS)).then(pl.lit("accrued")).otherwise(pl.lit("payable"))
    moving = postings.filter(pl.col("kind") != UNMOVED)
    nothing = pl.lit(0).cast(pl.Decimal(38, 4))
    return (
        moving.group_by(account=account, currency="currency")
        .agg(posted=pl.col("amount").cast(pl.Decimal(38, 4)).sum())
        .join(
            balances(lines.filter(pl.col("account") != "expense")),
            on=["account", "currency"],
            how="full",
            coalesce=True,
        )
        .with_columns(pl.col("posted", "balance").fill_null(nothing))
        .filter(pl.col("posted") != pl.col("balance"))
        .select("account", "currency", "balance", "posted")
        .sort("account", "currency")
    )
