from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.ledger.reconciliation import ACCEPTED, RECORDED, Answer, Attempt, reconcile

FIRST, SECOND = Attempt("P", 1, Decimal(100), "USD"), Attempt("P", 2, Decimal(100), "USD")
DOCUMENTS = {"P": ("P", 1), "s-1": ("P", 1), "P-2": ("P", 2)}
DAY = date(2026, 12, 28)


def paid(amount: str, reference: str = "T-1", **more: Any) -> Answer:
    said = Answer("P", "paid", "paid", DAY, Decimal(amount), reference=reference)
    return replace(said, **more)


def refused(document: str = "P", **more: Any) -> Answer:
    return Answer(document, "rejected", "refused", **more)


def outcomes(*answers: Answer, attempts: tuple[Attempt, ...] = (FIRST,)) -> list[str]:
    return [outcome.outcome for outcome in reconcile(answers, attempts, DOCUMENTS)]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([paid("100")], ["paid"]),
        ([paid("100", currency="USD")], ["paid"]),
        ([paid("100", document="s-1")], ["paid"]),
        ([paid("99.99")], ["short_paid"]),
        ([paid("100.01")], ["over_paid"]),
        ([paid("60"), paid("40", "T-2")], ["short_paid", "paid"]),
        ([paid("60"), paid("39.99", "T-2")], ["short_paid", "short_paid"]),
        ([paid("60"), paid("41", "T-2")], ["short_paid", "over_paid"]),
        ([paid("100"), paid("100", "T-2")], ["paid", "over_paid"]),
        ([paid("100"), paid("100")], ["paid", "duplicate"]),
        ([paid("100.00"), paid("100.0000")], ["paid", "duplicate"]),
        ([paid("60"), paid("100")], ["short_paid", "conflict"]),
        ([paid("60"), paid("60", paid_on=None)], ["short_paid", "conflict"]),
        ([paid("60", ""), paid("40", "")], ["short_paid", "conflict"]),
        ([paid("100", currency="EUR")], ["wrong_currency"]),
        ([refused(currency="EUR")], ["wrong_currency"]),
        ([paid("100", document="Q")], ["unknown"]),
        ([paid("100", document="P-2")], ["unknown"]),
        ([refused()], ["refused"]),
        ([refused(), refused(message="closed account")], ["refused", "duplicate"]),
        ([refused(), paid("100")], ["refused", "conflict"]),
        ([paid("60"), refused()], ["short_paid", "conflict"]),
        ([paid("100", means="pending", status="open"), paid("100")], ["pending", "paid"]),
        ([paid("100", means=None, status="cleared")], ["unclear"]),
        ([Answer("P", "paid", "paid", DAY)], ["unclear"]),
        ([paid("0")], ["unclear"]),
        ([paid("-100")], ["unclear"]),
        ([paid("100.001")], ["unclear"]),
        ([paid("60.000", "T-1"), paid("39.995", "T-2")], ["short_paid", "unclear"]),
    ],
)
def test_what_an_answer_comes_to(answers: list[Answer], expected: list[str]) -> None:
    assert outcomes(*answers) == expected


def test_an_answer_is_about_the_attempt_it_names() -> None:
    tried = (Attempt("P", 1, Decimal(100), "USD", answers=(refused(),)), SECOND)
    assert outcomes(refused(), attempts=tried) == ["duplicate"]
    assert outcomes(paid("100", document="P-2"), attempts=tried) == ["paid"]
    # The first attempt is said to be paid after all: both could be.
    assert outcomes(paid("100"), attempts=tried) == ["conflict"]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (refused(), "it was refused before; P-2 has replaced this attempt"),
        (paid("100"), "the ERP refused it, and P-2 has replaced it: see that not both are paid"),
        (paid("100", means="pending"), "not decided yet; P-2 has replaced this attempt"),
        (paid("100", document="P-2"), "in full"),
    ],
)
def test_an_answer_to_a_replaced_attempt_names_what_replaced_it(answer: Answer, found: str) -> None:
    first = Attempt("P", 1, Decimal(100), "USD", document_id="P", answers=(refused(),))
    second = Attempt("P", 2, Decimal(100), "USD", document_id="P-2")
    [outcome] = reconcile([answer], (second, first), DOCUMENTS)
    assert outcome.found == found


def test_the_same_answer_has_the_same_id_wherever_it_stands() -> None:
    said = paid("100", currency="USD", message="ok", place="a.csv:2")
    assert said.answer_id == replace(said, amount=Decimal("100.0000"), place="b.csv:9", means=None).answer_id
    others: list[dict[str, Any]] = [
        *({name: "x"} for name in ("document", "status", "currency", "reference", "message")),
        {"amount": None}, {"paid_on": None}, {},
    ]  # fmt: skip
    assert len({replace(said, **changed).answer_id for changed in others}) == len(others)


def test_what_is_dismissed_says_nothing() -> None:
    answers = [paid("60"), paid("100"), paid("40", "T-2")]
    found = reconcile(answers, [FIRST], DOCUMENTS, {answers[0].answer_id: "by ann: because"})
    assert [outcome.outcome for outcome in found] == ["dismissed", "paid", "over_paid"]
    assert found[0].found == "by ann: because"


def test_what_was_recorded_before_counts() -> None:
    known = (Attempt("P", 1, Decimal(100), "USD", answers=(paid("60"),)),)
    assert outcomes(paid("60"), paid("40", "T-2"), attempts=known) == ["duplicate", "paid"]


def test_how_much_is_missing_is_said() -> None:
    (short,) = reconcile([paid("99.99")], [FIRST], DOCUMENTS)
    (over,) = reconcile([paid("100.01")], [FIRST], DOCUMENTS)
    assert (short.found, over.found) == ("0.01 is still outstanding", "0.01 more than the payout")


def test_payments_without_a_reference_cannot_be_told_apart_and_it_is_said_what_helps() -> None:
    first, again, other = paid("60", ""), paid("60", ""), paid("40", "")
    _, same, conflict = reconcile([first, again, other], [FIRST], DOCUMENTS)
    todo = "; if this is another payment, give it a reference of its own and reconcile it again"
    assert (same.outcome, same.found) == ("duplicate", f"the same answer was recorded before{todo}")
    assert conflict.found == f"without a reference a payment of 60.00 on {DAY} is recorded{todo}"
    assert outcomes(first, other, paid("40", "T-2")) == ["short_paid", "conflict", "paid"]


ANY = st.builds(
    lambda means, amount, reference, document, currency: Answer(
        document, means or "?", means, DAY, amount, currency, reference
    ),
    st.sampled_from(["paid", "refused", "pending", None]),
    st.none() | st.decimals(-10, 150, places=2),
    st.sampled_from(["", "T-1", "T-2", "T-3"]),
    st.sampled_from(["P", "P-2", "s-1", "Q"]),
    st.sampled_from([None, "USD", "EUR"]),
)


@settings(deadline=None)
@given(st.lists(ANY, max_size=12))
def test_saying_it_all_again_changes_nothing(answers: list[Answer]) -> None:
    once = reconcile(answers, [FIRST, SECOND], DOCUMENTS)
    twice = reconcile([*answers, *answers], [FIRST, SECOND], DOCUMENTS)
    assert twice[: len(answers)] == once
    assert not {outcome.outcome for outcome in twice[len(answers) :]} & RECORDED


@settings(deadline=None)
@given(st.lists(ANY, max_size=12))
def test_what_is_recorded_adds_up_to_what_was_said(answers: list[Answer]) -> None:
    judged = reconcile(answers, [FIRST, SECOND], DOCUMENTS)
    for attempt in (FIRST, SECOND):
        mine = [o for o in judged if o.attempt and o.attempt.attempt == attempt.attempt and o.outcome in RECORDED]
        paid_parts = [o.answer.amount for o in mine if o.outcome != "refused"]
        assert not (paid_parts and any(o.outcome == "refused" for o in mine))
        total = sum(filter(None, paid_parts), Decimal(0))
        if mine and paid_parts:
            last = mine[-1].outcome
            assert last == ("short_paid" if total < 100 else "paid" if total == 100 else "over_paid")
    assert all(o.outcome in ACCEPTED for o in judged if o.outcome in RECORDED)
