"""Approvals: who may decide what, and how many people it takes, on both sides of every limit."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from rules.ledger.approvals import Verdict, judge, redrafted, status_of_drafts
from rules.ledger.decisions import DECISIONS, RECORD, STEPS, Decision
from rules.ledger.payouts import PAYOUTS
from rules.ledger.requests import SUBJECTS

LIMIT = Decimal(10000)


def subject(
    status: str = "draft", amount: str = "100", author: str = "", kind: str = "payout", drafted_seq: int = 0
) -> pl.DataFrame:
    row = {"subject": "S", "kind": kind, "status": status, "amount": Decimal(amount), "author": author}
    return pl.DataFrame([{**row, "drafted_seq": drafted_seq}], schema=SUBJECTS)


def record(*steps: tuple[str, str], run_id: str | None = None) -> pl.DataFrame:
    """Give a record of (kind, person) about one subject."""
    rows = [
        asdict(Decision(kind, "S", "", person))
        | {"run_id": run_id, "decided_at": datetime.fromisoformat("2026-05-01T09:00")}
        for kind, person in steps
    ]
    typed = pl.DataFrame(rows, schema={name: DECISIONS[name] for name in DECISIONS.names()[1:-2]})
    return RECORD.link(typed)


def outcome(subjects: pl.DataFrame, decisions: pl.DataFrame, kind: str = "approve", person: str = "ann") -> str:
    judged, problems = judge(subjects, decisions, Verdict(kind, person, LIMIT))
    return problems["S"].found if problems else judged["becomes"][0]


@pytest.mark.parametrize(
    ("amount", "becomes"),
    [("10000", "approved"), ("10000.01", "in_review"), ("-10000", "approved"), ("-10000.01", "in_review")],
)
def test_it_takes_two_people_above_the_limit_only(amount: str, becomes: str) -> None:
    assert outcome(subject(amount=amount), record()) == becomes
    judged, _ = judge(subject(amount=amount), record(), Verdict("approve", "ann", None))
    assert judged["becomes"].to_list() == ["approved"]


def test_the_second_person_must_be_another_one_however_the_name_is_typed() -> None:
    large, begun = subject("in_review", "20000"), record(("approve", "ann"))
    assert outcome(large, begun, person="bob") == "approved"
    for same in ("ann", "Ann", " ANN ", "ａｎｎ"):  # noqa: RUF001 - full-width letters are letters
        assert "has approved it already" in outcome(large, begun, person=same)


def test_a_name_that_only_looks_like_another_is_no_second_person() -> None:
    large, begun = subject("in_review", "20000"), record(("approve", "ann"))
    for same in ("\u0430nn", "an\u200bn", "ann\u3164"):
        assert "has approved it already" in outcome(large, begun, person=same)
    asked = subject("in_review", author="ann", kind="adjustment")
    assert "asked for this adjustment" in outcome(asked, record(("adjust", "ann")), person="\u0430nn")


def test_programs_are_nobodys_second_person() -> None:
    large = subject("in_review", "20000")
    assert "is a program's name" in outcome(large, record(("approve", "ann")), person="system")
    # One that was recorded before, without a run, does not count either.
    assert outcome(large, record(("approve", "schedule")), person="ann") == "in_review"
    asked = subject("in_review", author="cron", kind="adjustment")
    assert outcome(asked, record(("adjust", "cron")), person="ann") == "in_review"
    assert outcome(asked, record(("adjust", "cron"), ("approve", "ann")), person="bob") == "approved"


@pytest.mark.parametrize("step", ["submit", "refused"])
def test_an_approval_counts_until_something_else_happens(step: str) -> None:
    large = subject("in_review", "20000")
    assert outcome(large, record(("approve", "ann"), (step, "cho")), person="ann") == "in_review"
    assert outcome(large, record((step, "cho"), ("approve", "ann")), person="bob") == "approved"


def test_an_approval_of_an_earlier_draft_or_by_a_run_does_not_count() -> None:
    begun = record(("approve", "ann"))
    assert outcome(subject(amount="20000", drafted_seq=1), begun, person="bob") == "in_review"
    assert outcome(subject(amount="20000"), record(("approve", "rebatch"), run_id="run"), person="bob") == "in_review"


def test_nobody_approves_what_they_asked_for_but_may_withdraw_it() -> None:
    asked = subject("in_review", author="ann", kind="adjustment")
    decisions = record(("adjust", "ann"))
    assert outcome(asked, decisions, person="Ann") == "S: Ann asked for this adjustment"
    assert outcome(asked, decisions, person="bob") == "approved"
    assert outcome(asked, decisions, "reject", "ann") == "rejected"


def test_an_adjustment_that_is_approved_may_be_posted_any_time_and_is_not_rejected_any_more() -> None:
    asked = subject("approved", author="ann", kind="adjustment")
    assert outcome(asked, record(("adjust", "ann"), ("approve", "bob")), "reject") == "S: the adjustment is approved"
    assert outcome(subject("approved"), record(("approve", "bob")), "reject") == "rejected"


@pytest.mark.parametrize(
    ("kind", "status", "todo"),
    [
        ("payout", "rejected", "the next run drafts it anew"),
        ("adjustment", "rejected", "ask for it anew: `rebatch adjust`"),
        ("exclusion", "rejected", "ask for it anew: `rebatch adjust --exclude`"),
        ("inclusion", "rejected", "ask for it anew: `rebatch adjust --include`"),
        ("adjustment", "approved", "ask for the opposite adjustment"),
        ("exclusion", "approved", "let it count again: `rebatch adjust --include`"),
        ("inclusion", "approved", "take it out again: `rebatch adjust --exclude`"),
    ],
)
def test_what_to_do_instead_can_be_done(kind: str, status: str, todo: str) -> None:
    _, problems = judge(subject(status, kind=kind), record(), Verdict("approve", "bob"))
    assert problems["S"].todo == todo


@pytest.mark.parametrize("kind", list(STEPS))
def test_every_step_has_the_steps_before_it(kind: str) -> None:
    for status in [
        "draft",
        "in_review",
        "approved",
        "exported",
        "paid",
        "short_paid",
        "refused",
        "rejected",
        "carried_forward",
    ]:
        found = outcome(subject(status), record(), kind)
        assert ("S: the payout is" in found) is (status not in STEPS[kind])


def drafted(amount: str, kind: str = "payout") -> pl.DataFrame:
    row = {"payout_id": "P", "kind": kind, "amount": Decimal(amount), "due_on": date(2026, 6, 30)}
    return pl.DataFrame([row], schema=PAYOUTS)


@pytest.mark.parametrize(
    ("amount", "kind", "rejected", "status"),
    [
        ("99.99", "payout", [], "approved"),
        ("100", "payout", [], "draft"),
        ("0", "payout", [], "carried_forward"),
        ("50", "payout", ["P"], "draft"),
        ("50", "payout", ["Q"], "approved"),
        ("-50", "invoice", [], "draft"),
    ],
)
def test_small_payouts_pass_unless_a_person_rejected_them(
    amount: str, kind: str, rejected: list[str], status: str
) -> None:
    frame = drafted(amount, kind)
    assert frame.select(status_of_drafts(Decimal(100), rejected)).item() == status
    assert frame.select(status_of_drafts(None, rejected)).item() in {"draft", "carried_forward"}


@pytest.mark.parametrize("change", [{"amount": Decimal(51)}, {"due_on": date(2026, 7, 1)}, {"status": "rejected"}, {}])
def test_only_what_changed_is_drafted_anew(change: dict[str, object]) -> None:
    drafts = drafted("50").with_columns(status=pl.lit("draft"))
    changed = drafts.with_columns(**{name: pl.lit(value) for name, value in change.items()})
    assert redrafted(drafts, changed.cast(dict(drafts.schema))).height == bool(change)  # type: ignore[arg-type]
