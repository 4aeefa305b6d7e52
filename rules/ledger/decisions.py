"""Decisions: what people decide about payouts and adjustments, which step may follow which, and the record of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003  # a field
from decimal import Decimal  # noqa: TC003  # a field
from types import MappingProxyType

import polars as pl

from rules.ledger.hash_chain import HashChain
from schemas.types import MONEY

DECISIONS = pl.Schema(
    {
        "decision_seq": pl.Int64(),
        "kind": pl.String(),
        "subject": pl.String(),
        "status": pl.String(),
        "program": pl.String(),
        "member_id": pl.String(),
        "payee_id": pl.String(),
        "period": pl.String(),
        "currency": pl.String(),
        "amount": MONEY,
        "person": pl.String(),
        "reason": pl.String(),
        "note": pl.String(),
        "reference": pl.String(),
        "effective_on": pl.Date(),
        "run_id": pl.String(),
        "decided_at": pl.Datetime("us"),
        "previous_hash": pl.String(),
        "hash": pl.String(),
    }
)
"""One decision; the columns of the record in their order."""

RECORD = HashChain(DECISIONS, "decision_seq", "decision")
"""The chain of the record."""

AUTOMATIC = "rebatch"
"""Who approves what the workspace lets pass without a person."""


@dataclass(frozen=True)
class Decision:
    """A decision to be recorded; `status` is what its subject is from then on.

    `subject` is a payout's id, an adjustment's ("ADJ-7"), a write-off's ("WO-…"), an answer's ("ANS-…") or a
    transaction's row key. `period` is the payout period, for an adjustment the period it belongs to. `reference` is
    another's name for it, such as a batch or a bank's; `effective_on` the day it takes effect out there, such as the
    day of payment.
    """

    kind: str
    subject: str
    status: str
    person: str
    reason: str = ""
    note: str = ""
    program: str = ""
    member_id: str = ""
    payee_id: str = ""
    period: str = ""
    currency: str = ""
    amount: Decimal | None = None
    reference: str = ""
    effective_on: date | None = None


STEPS = MappingProxyType(
    {
        "submit": frozenset({"draft"}),
        "approve": frozenset({"draft", "in_review", "refused"}),
        "reject": frozenset({"draft", "in_review", "approved", "refused"}),
        "export": frozenset({"approved"}),
        "paid": frozenset({"exported", "short_paid", "paid"}),
        "short_paid": frozenset({"exported", "short_paid"}),
        "refused": frozenset({"exported"}),
    }
)
"""The statuses from which each kind of decision may be taken.

A payout that is `rejected` waits for the next run, which drafts it anew; one that the payer `refused` may be corrected
outside, approved and exported again, or rejected. One that is `paid` may turn out to be paid twice.
"""

STATUS_AFTER = MappingProxyType(
    {
        "submit": "in_review", "approve": "approved", "reject": "rejected", "export": "exported", "paid": "paid",
        "short_paid": "short_paid", "refused": "refused",
    }
)  # fmt: skip
"""What each kind of decision makes of its subject; an approval that is not the last one leaves it in review."""
