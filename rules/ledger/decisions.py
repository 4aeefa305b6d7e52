"""Decisions: what people decide about payouts and adjustments, which steps may follow, and their record."""

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
"""The hash chain of the decision record."""

AUTOMATIC = "rebatch"
"""The person recorded for approvals that the workspace lets pass automatically."""


@dataclass(frozen=True)
class Decision:
    """A decision to be recorded; `status` is the status of its subject from then on.

    `subject` is the id of a payout, of an adjustment ("ADJ-7"), of a dispute ("EXC-7"), of a write-off ("WO-…"), of an
    answer ("ANS-…") or the row key of a transaction. `period` is the payout period, for an adjustment the period it
    belongs to. `reference` is an external name for it, such as that of a batch or a bank, of a dispute the row key of
    its transaction; `effective_on` the day on which it takes effect there, such as the day of payment.
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
        "review": frozenset({"approved"}),
        "paid": frozenset({"exported", "short_paid", "paid"}),
        "short_paid": frozenset({"exported", "short_paid"}),
        "refused": frozenset({"exported"}),
    }
)
"""The statuses from which each kind of decision may be taken.

An export puts a payout back into `review` whose bank account is no longer the one that was approved. A payout that is
`rejected` waits for the next run, which drafts it anew; one that the payer `refused` may be corrected
outside, approved and exported again, or rejected. One that is `paid` may turn out to have been paid twice.
"""

STATUS_AFTER = MappingProxyType(
    {
        "submit": "in_review", "approve": "approved", "reject": "rejected", "export": "exported",
        "review": "in_review", "paid": "paid", "short_paid": "short_paid", "refused": "refused",
    }
)  # fmt: skip
"""The status after each kind of decision; an approval that is not the last one leaves the subject in review."""
