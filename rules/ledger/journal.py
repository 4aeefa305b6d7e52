"""The journal: every posting that changes a balance as one entry of two lines, a debit and a credit of equal amount.

An accrual is debited to expense and credited to accrued; its reversal goes the other way. What is posted for payees is
debited to expense and credited to payable, whatever was accrued for it: the run that settles a period reverses its
accrual in entries of their own, so that both accounts can be reconciled by posting. A negative amount swaps the sides.
A write-off is a loss or gain of expense. A carry-forward stays payable, and is no entry.
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

entry_id consists of the month and the number of the posting; date is the last day of the month of the posting.
"""

BOOKED_KINDS = (*ACCRUED_KINDS, "rebate", "restatement", "adjustment", "write_off")
"""The kinds of posting that are entries. A kind that is neither here nor UNMOVED is found by `untied`."""

UNMOVED = "carry_forward"
"""The kind of posting that changes no balance."""


def journal(postings: pl.DataFrame) -> pl.DataFrame:
    """Return the entries of `postings` (postings.LEDGER): JOURNAL, in the order of the postings, debit first."""
    is_raised = pl.col("amount") > 0
    other = pl.when(pl.col("kind").is_in(ACCRUED_KINDS)).then(pl.lit("accrued")).otherwise(pl.lit("payable"))
    entries = postings.filter(pl.col("kind").is_in(BOOKED_KINDS)).with_columns(
        # Eight digits, so that entries also sort by number where they are sorted as text.
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
    """Return where debits and credits of JOURNAL lines differ: the columns `by`, currency, debit and credit."""
    sums = [
        pl.col("amount").filter(pl.col("side") == side).sum().cast(pl.Decimal(38, 4)).alias(side)
        for side in ("debit", "credit")
    ]
    return lines.group_by(*by, "currency").agg(sums).filter(pl.col("debit") != pl.col("credit")).sort(*by, "currency")


def balances(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the balances of JOURNAL lines: account, currency, balance, in which credits are positive."""
    # Widened before adding: the sum of a whole ledger may exceed the fourteen digits of a MONEY.
    signed = pl.when(side="credit").then("amount").otherwise(-pl.col("amount"))
    return lines.group_by("account", "currency").agg(balance=signed.cast(pl.Decimal(38, 4)).sum())


def untied(lines: pl.DataFrame, postings: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts whose balance is not the sum of their `postings`: account, currency, balance, posted."""
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
