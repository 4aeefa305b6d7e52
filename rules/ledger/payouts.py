"""Payouts: the open postings of a payee, currency and payout period, drafted anew by each run until decided."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

from schemas.types import MONEY

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

PAYOUTS = pl.Schema(
    {
        "payout_id": pl.String(),
        "kind": pl.String(),
        "sequence": pl.Int32(),
        "payee_id": pl.String(),
        "currency": pl.String(),
        "payout_period": pl.String(),
        "amount": MONEY,
        "due_on": pl.Date(),
        "reference": pl.String(),
    }
)
"""One payout: what a payee is paid in one currency for one payout period; an `invoice` is claimed back from it."""

OWNER = ("payee_id", "currency", "payout_period")
"""The payee, currency and period whose payout a posting belongs to."""

GROUP = ("program", *OWNER)
"""The key of the amounts that settlement treats as one."""

_KEY = (*OWNER, "kind")


def assign(postings: pl.DataFrame, frozen: pl.DataFrame, invoicing: Collection[str]) -> pl.DataFrame:
    """Return the draft to which each open posting belongs.

    `postings`: GROUP, seq and amount of all that is not in a frozen payout. `frozen`: _KEY and sequence of the payouts
    that no run changes any more; a draft takes the first number not used by them. `invoicing`: the programs that claim
    back negative amounts, on an invoice of their own. Returns _KEY, sequence, payout_id, seq and amount.
    """
    below_zero = pl.col("amount").sum().over(GROUP) < 0
    is_asked_back = pl.col("program").is_in(list(invoicing)) & below_zero
    drafted = (
        postings.with_columns(kind=pl.when(is_asked_back).then(pl.lit("invoice")).otherwise(pl.lit("payout")))
        .join(_first_free(frozen), on=_KEY, how="left")
        .with_columns(pl.col("sequence").fill_null(1))
    )
    keys = drafted.select(*_KEY, "sequence").unique(maintain_order=True)
    ids = [payout_id(*key) for key in keys.iter_rows()]
    return drafted.join(keys.with_columns(payout_id=pl.Series(ids, dtype=pl.String)), on=[*_KEY, "sequence"]).select(
        *_KEY, "sequence", "payout_id", "seq", "amount"
    )


def draft(assigned: pl.DataFrame, before: pl.DataFrame, payout_period: str, due_on: date) -> pl.DataFrame:
    """Return the drafts of `assign`, added up: PAYOUTS, sorted by payee, currency and period.

    `before`: payout_id and due_on of the earlier drafts, which keep their due date once `payout_period` is another.
    """
    is_open = pl.col("payout_period") == payout_period
    return (
        assigned.group_by("payout_id", "sequence", *_KEY)
        .agg(pl.col("amount").sum().cast(MONEY))
        .join(before.select("payout_id", known="due_on"), on="payout_id", how="left")
        .with_columns(
            due_on=pl.when(is_open).then(pl.lit(due_on)).otherwise(pl.coalesce("known", pl.lit(due_on))),
            reference=pl.format(
                "{} {}", pl.when(kind="payout").then(pl.lit("Rebate")).otherwise(pl.lit("Rebate taken back")),
                "payout_period",
            ),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in PAYOUTS.items())
        .sort(*OWNER, "kind", "sequence")
    )  # fmt: skip


def payout_id(payee_id: str, currency: str, payout_period: str, kind: str = "payout", sequence: int = 1) -> str:
    """Return the id of a payout: the same payee, currency, period, kind and sequence always have the same id."""
    parts = [payee_id, currency, payout_period]
    # Only an invoice or a further payout of the same owner needs kind and sequence to be unique.
    if (kind, sequence) != ("payout", 1):
        parts += [kind, str(sequence)]
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    # Twelve hex digits: with a million payouts per period a collision has a probability of about 0.2 %.
    return f"{payout_period}-{currency}-{digest[:12]}"


def _first_free(frozen: pl.DataFrame) -> pl.DataFrame:
    """Return the first sequence that no frozen payout of the same key has."""
    # Sequences that equal their rank are 1, 2, 3, … without a gap: their number plus one is the first free one.
    is_in_turn = pl.col("sequence") == pl.col("sequence").rank("ordinal")
    return frozen.group_by(_KEY).agg(sequence=1 + is_in_turn.sum().cast(pl.Int32))
