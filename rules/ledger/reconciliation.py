"""Reconciliation: what each answer of the ERP means for the payment attempt that it names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date  # noqa: TC003  # a field
from types import MappingProxyType
from typing import TYPE_CHECKING

from rules.ledger.hash_chain import sha256, text
from rules.money import minor_units, money_text
from schemas.types import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

RECORDED = frozenset({"paid", "short_paid", "over_paid", "refused"})
"""Outcomes that change the books."""

UNDERSTOOD = RECORDED | {"duplicate", "pending"}
"""Outcomes of answers that are accepted as they are; for all others nothing is recorded."""

ACCEPTED = UNDERSTOOD | {"dismissed"}
"""Outcomes that need nobody's attention, unlike unknown, unclear, wrong_currency and conflict."""

_EACH_ITS_OWN = "; if this is another payment, give it a reference of its own and reconcile it again"

ANSWER = "ANS-"
"""The prefix of an answer's id."""


@dataclass(frozen=True)
class Answer:
    """An answer of the ERP about one document; `means` is paid, refused, pending, or None for an unmapped status."""

    document: str
    status: str
    means: str | None
    paid_on: date | None = None
    amount: Decimal | None = None
    currency: str | None = None
    reference: str = ""
    message: str = ""
    place: str = ""

    @property
    def content(self) -> tuple[object, ...]:
        """Return what two answers under one reference must share to be the same."""
        return (self.means, self.paid_on, self.amount if self.means == "paid" else None)

    @property
    def answer_id(self) -> str:
        """Return the id, made from the content: the same answer sent again, in whatever file, has the same id."""
        amount = None if self.amount is None else self.amount.normalize()
        said = (self.document, self.status, self.paid_on, amount, self.currency, self.reference, self.message)
        return ANSWER + sha256([text(value) for value in said])[:12]


@dataclass(frozen=True)
class Attempt:
    """A payout as it was exported, and the answers so far."""

    payout_id: str
    attempt: int
    amount: Decimal
    currency: str
    payee_id: str = ""
    period: str = ""
    document_id: str = ""
    answers: tuple[Answer, ...] = ()

    @property
    def paid(self) -> Decimal:
        """Return the sum of what was paid."""
        return sum((answer.amount or ZERO for answer in self.answers if answer.means == "paid"), ZERO)

    @property
    def is_refused(self) -> bool:
        """Return whether the ERP refused to pay it."""
        return any(answer.means == "refused" for answer in self.answers)


@dataclass(frozen=True)
class Outcome:
    """The result of one answer; `attempt` is as it was before, None for a document that was never exported."""

    answer: Answer
    outcome: str
    found: str
    attempt: Attempt | None = None


def reconcile(
    answers: Iterable[Answer],
    attempts: Iterable[Attempt],
    documents: Mapping[str, tuple[str, int]],
    dismissed: Mapping[str, str] = MappingProxyType({}),
) -> list[Outcome]:
    """Return the outcome of each of `answers`, judged one after the other, each knowing those before it.

    `documents` maps every name of a document to payout and attempt. An answer applies only to the attempt it names; a
    payment is added to those before it, so that partial payments add up; the same answer again changes nothing. An
    answer that people have `dismissed` (id: their words) has no effect, even if it could be understood by now.
    """
    known = {(attempt.payout_id, attempt.attempt): attempt for attempt in attempts}
    latest = {payout_id: known[payout_id, number] for payout_id, number in sorted(known)}
    outcomes = []
    for answer in answers:
        key = documents.get(answer.document)
        attempt = known.get(key) if key else None
        words = dismissed.get(answer.answer_id)
        replaced_by = _replacement(attempt, latest)
        outcome, found = _judge(answer, attempt, replaced_by) if words is None else ("dismissed", words)
        outcomes.append(Outcome(answer, outcome, found, attempt))
        if key and attempt and outcome in RECORDED:
            known[key] = replace(attempt, answers=(*attempt.answers, answer))
    return outcomes


def _replacement(attempt: Attempt | None, latest: Mapping[str, Attempt]) -> str:
    """Return the document that was exported in place of a refused attempt; empty if there is none."""
    if attempt is None or latest[attempt.payout_id].attempt == attempt.attempt:
        return ""
    return latest[attempt.payout_id].document_id


def _judge(answer: Answer, attempt: Attempt | None, replaced_by: str) -> tuple[str, str]:
    """Return the outcome of one answer, and the reason in words."""
    if attempt is None:
        return "unknown", "no payout was exported under this id"
    outcome, found = _judge_known(answer, attempt, replaced_by)
    named = not replaced_by or replaced_by in found
    return outcome, found if named else f"{found}; {replaced_by} has replaced this attempt"


def _judge_known(answer: Answer, attempt: Attempt, replaced_by: str) -> tuple[str, str]:
    unclear = _unclear(answer)
    if unclear:
        return "unclear", unclear
    if answer.means == "pending":
        return "pending", "not decided yet"
    if answer.currency is not None and answer.currency != attempt.currency:
        return "wrong_currency", f"it was exported in {attempt.currency}"
    return _refusal(answer, attempt) if answer.means == "refused" else _payment(answer, attempt, replaced_by)


def _unclear(answer: Answer) -> str:
    """Return why an answer cannot be understood; empty if it can."""
    if answer.means is None:
        return f"the status {answer.status!r} is not explained under payouts: answers: in rebatch.yaml"
    if answer.means == "paid" and answer.amount is None:
        return "it is paid, but no amount is given"
    if answer.means == "paid" and answer.amount is not None and answer.amount <= 0:
        return "a payment must be above zero: one that was taken back is a matter for people"
    return ""


def _refusal(answer: Answer, attempt: Attempt) -> tuple[str, str]:
    """Return the outcome of a refusal."""
    if attempt.is_refused:
        return "duplicate", "it was refused before"
    if attempt.paid:
        return (
            "conflict",
            f"{money_text(attempt.paid, attempt.currency)} of it was paid already, by the ERP's own answer",
        )
    return "refused", answer.message or "no reason given"


def _payment(answer: Answer, attempt: Attempt, replaced_by: str) -> tuple[str, str]:
    """Return the outcome of a payment, judged against the sum of all payments so far."""
    if attempt.is_refused:
        unsent = "the ERP refused it before: find out whether it is paid before it is exported again"
        sent = f"the ERP refused it, and {replaced_by} has replaced it: see that not both are paid"
        return "conflict", sent if replaced_by else unsent
    for before in attempt.answers:
        if before.reference == answer.reference:
            if before.content == answer.content:
                return "duplicate", "the same answer was recorded before" + ("" if answer.reference else _EACH_ITS_OWN)
            paid = f"a payment of {money_text(before.amount or ZERO, attempt.currency)} on {before.paid_on} is recorded"
            under = "under this reference" if answer.reference else "without a reference"
            return "conflict", f"{under} {paid}" + ("" if answer.reference else _EACH_ITS_OWN)
    return _added(answer.amount or ZERO, attempt)


def _added(amount: Decimal, attempt: Attempt) -> tuple[str, str]:
    """Return the outcome of a payment that is added to those before it."""
    decimals = minor_units(attempt.currency)
    if amount != round(amount, decimals):
        return "unclear", f"amounts in {attempt.currency} have {decimals} decimals: see what was paid"
    total = attempt.paid + amount
    if total < attempt.amount:
        return "short_paid", f"{money_text(attempt.amount - total, attempt.currency)} is still outstanding"
    if total > attempt.amount:
        return "over_paid", f"{money_text(total - attempt.amount, attempt.currency)} more than the payout"
    return "paid", "in full"
