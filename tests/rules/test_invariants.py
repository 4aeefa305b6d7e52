"""Invariants: sound books break none, and each finds the one fault it is there for."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

from rules.compiled.provision_table import PROVISIONS
from rules.invariants import INVARIANTS, Books, broken
from rules.ledger.decisions import DECISIONS, RECORD, Decision
from rules.ledger.payouts import PAYOUTS, assign, draft
from rules.ledger.postings import CONTENT, LEDGER, chain
from schemas.types import EXACT, MONEY, VALUE

if TYPE_CHECKING:
    from collections.abc import Callable

ENTITLED: dict[str, pl.DataType] = {
    **dict.fromkeys(("program", "rebate", "member_id", "period", "node_id", "currency"), pl.String()),
    "days": pl.Int32(), "period_days": pl.Int32(), "amount": MONEY, "node_amount": MONEY,
}  # fmt: skip
OUTCOMES = {"read": 4, "loaded": 1, "duplicate": 1, "superseded": 1, "rejected": 1}


def posting(**changes: object) -> dict[str, object]:
    return {
        "run_id": "run", "posted_on": date(2026, 4, 1), "kind": "rebate", "program": "p", "rebate": "r",
        "member_id": "A", "payee_id": "A", "period": "2026-Q1", "settled_through": date(2026, 3, 31),
        "payout_period": "2026-04", "currency": "USD", "amount": Decimal("10.50"), "measure": Decimal(0),
        "qualifier": None, "tier": 1, "rule_version": "v", "reason": "settled", "author": "rebatch", **changes,
    }  # fmt: skip


def ledger(*rows: dict[str, object]) -> pl.DataFrame:
    schema = {name: LEDGER[name] for name in ("run_id", "posted_on", *CONTENT)}
    return chain(pl.DataFrame(list(rows), schema=schema), pl.DataFrame(schema=LEDGER))


ASKED = Decision(
    "adjust", "ADJ-1", "in_review", "ann", "goodwill", program="p", member_id="A", payee_id="A", period="2026-Q1",
    currency="USD", amount=Decimal(2),
)  # fmt: skip


def decisions(*made: Decision) -> pl.DataFrame:
    rows = [
        asdict(decision) | {"run_id": None, "decided_at": datetime.fromisoformat("2026-04-02T09:00")}
        for decision in made
    ]
    typed = pl.DataFrame(rows, schema={name: DECISIONS[name] for name in rows[0]})
    return RECORD.link(typed)


def sound_books() -> Books:
    postings = ledger(
        posting(),
        posting(kind="adjustment", rebate="", amount=Decimal(2), reason="ADJ-1 goodwill", author="ann"),
        posting(kind="carry_forward", amount=Decimal(5), rebate="", member_id="", period="2026-03"),
        posting(
            kind="carry_forward", amount=Decimal(-5), rebate="", member_id="", period="2026-03", payout_period="2026-05"
        ),
    )  # fmt: skip
    due = postings.filter(payout_period="2026-04")
    assigned = assign(due, pl.DataFrame(schema=PAYOUTS), [])
    drafts = draft(assigned, pl.DataFrame(schema=PAYOUTS), "2026-04", date(2026, 5, 30))
    counts = {"transactions": 2, "amount": Decimal(9), "quantity": Decimal(3)}
    return Books(
        loads=pl.DataFrame({f"{what}_{name}": [n] for what in ("rows", "amount") for name, n in OUTCOMES.items()}),
        control=pl.DataFrame({f"{side}_{name}": [n] for side in ("expected", "scanned") for name, n in counts.items()}),
        participants=pl.DataFrame(
            {"program": ["p", "p"], "member_filter": ["", ""], "is_baseline": [False, True], "span": [1, 1]}
        ),
        terms=pl.DataFrame({"term": ["t", "t base"], "is_baseline": [False, True]}),
        windows=pl.DataFrame(
            {"horizon": "settled", "term": ["t", "t base", "t base"], "period": ["2026-Q1", "2026-Q1", "2026-Q2"],
             "segment": 1}
        ),
        entitlements=pl.DataFrame(
            [("p", "r", "A", "2026-Q1", "A", "USD", None, None, Decimal("10.5"), Decimal("10.5"))],
            schema=ENTITLED, orient="row",
        ),
        provisions=pl.DataFrame([{"program": "p", "rebate": "r", "cap": Decimal("10.5")}], schema=PROVISIONS),
        settled=pl.DataFrame({"program": ["p"], "rebate": ["r"], "period": ["2026-Q1"]}),
        ledger=postings,
        payouts=drafts.with_columns(status=pl.lit("approved"), is_frozen=pl.lit(value=True)),
        lines=assigned.select("seq", "payout_id"),
        payout_period="2026-04",
        decisions=decisions(
            ASKED,
            replace(ASKED, kind="approve", status="approved", person="bob"),
            Decision("approve", drafts["payout_id"][0], "approved", "bob", amount=drafts["amount"][0]),
            Decision("export", drafts["payout_id"][0], "exported", "bob", amount=drafts["amount"][0]),
        ),
        decision_seq=3,
        rule_versions=pl.DataFrame({"rule_version": ["v"]}),
    )  # fmt: skip


def forecast(*, amount: str, so_far: str, expected: str) -> pl.DataFrame:
    """Forecast what A will earn in the quarter after."""
    row = {"program": "p", "rebate": "r", "member_id": "A", "period": "2026-Q2", "payee_id": "A", "currency": "USD"}
    figures = {"so_far": so_far, "expected": expected, "measure": expected, "qualifier": expected}
    return pl.DataFrame(
        [
            row
            | {"amount": Decimal(amount), "tier": 1, "foreseen_by": "run rate"}
            | {n: Decimal(v) for n, v in figures.items()}
        ],
        schema_overrides={"amount": MONEY, "tier": pl.Int32()} | dict.fromkeys(figures, VALUE),
    )


def again(books: Books, kind: str) -> Books:
    """Repeat a decision of this kind at the end of the record."""
    rows = books.decisions.filter(kind=kind).drop("decision_seq", "previous_hash", "hash")
    return replace(books, decisions=pl.concat([books.decisions, RECORD.link(rows, RECORD.head(books.decisions))]))


def another_cent(books: Books) -> Books:
    return replace(books, payouts=books.payouts.with_columns((pl.col("amount") + Decimal("0.01")).cast(MONEY)))


FAULTS: dict[str, Callable[[Books], Books]] = {
    "every_row_is_accounted_for": lambda b: replace(b, loads=b.loads.with_columns(rows_rejected=pl.lit(0))),
    "the_scan_saw_every_transaction_once": lambda b: replace(
        b, control=b.control.with_columns(scanned_amount=pl.lit(Decimal(10)))
    ),
    "no_transaction_counts_twice": lambda b: replace(
        b, windows=pl.concat([b.windows, b.windows.filter(term="t").with_columns(period=pl.lit("2026-Q2"))])
    ),
    "entitlements_equal_their_postings": lambda b: replace(b, entitlements=b.entitlements.clear()),
    "shares_equal_what_their_group_earned": lambda b: replace(
        b, entitlements=b.entitlements.with_columns(node_amount=pl.lit(Decimal("10.51")).cast(MONEY))
    ),
    "no_payout_is_above_its_limit": lambda b: replace(
        b, provisions=b.provisions.with_columns(cap=pl.lit(Decimal("10.49")).cast(EXACT))
    ),
    "every_posting_is_in_one_payout": lambda b: replace(b, lines=b.lines.head(1)),
    "payouts_equal_their_postings": another_cent,
    "no_payout_is_negative": lambda b: replace(b, payouts=b.payouts.with_columns((-pl.col("amount")).cast(MONEY))),
    "no_payout_changes_once_people_decided": another_cent,
    "no_payout_is_sent_twice": lambda b: again(b, "export"),
    "requests_are_posted_as_approved": lambda b: replace(b, ledger=b.ledger.filter(pl.col("kind") != "adjustment")),
    "carried_amounts_cancel": lambda b: replace(b, ledger=b.ledger.head(3)),
    "accruals_are_what_was_earned": lambda b: replace(
        b, ledger=pl.concat([b.ledger, b.ledger.tail(1).with_columns(kind=pl.lit("accrual_reversal"))])
    ),
    "the_journal_balances": lambda b: replace(
        b, ledger=b.ledger.with_columns(kind=pl.col("kind").replace("rebate", "gift"))
    ),
    "every_posting_has_its_rule_text": lambda b: replace(b, rule_versions=b.rule_versions.clear()),
    "the_chain_is_whole": lambda b: replace(b, ledger=b.ledger.with_columns(reason=pl.lit("changed"))),
    "the_record_is_whole": lambda b: replace(b, decisions=b.decisions.with_columns(person=pl.lit("changed"))),
}


def test_sound_books_break_nothing() -> None:
    assert broken(sound_books()) == {}


def test_a_day_lies_in_the_baselines_of_several_periods_but_in_each_once() -> None:
    books = sound_books()
    twice = pl.concat([books.windows, books.windows.filter(term="t base", period="2026-Q2")])
    assert list(broken(replace(books, windows=twice))) == ["no_transaction_counts_twice"]


def test_what_is_forecast_is_accrued_to_the_cent() -> None:
    books = replace(sound_books(), forecast=forecast(amount="100", so_far="1", expected="4"))
    found = broken(books)["accruals_are_what_was_earned"]
    assert found.select("member_id", "period", "amount").rows() == [("A", "2026-Q2", Decimal(25))]
    accrued = posting(kind="accrual", period="2026-Q2", amount=Decimal(25))
    assert "accruals_are_what_was_earned" not in broken(replace(books, ledger=ledger(posting(), accrued)))


def test_every_invariant_has_a_fault_that_it_finds() -> None:
    assert list(FAULTS) == [invariant.__name__ for invariant in INVARIANTS]


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_fault_is_found_by_its_invariant(name: str) -> None:
    found = broken(FAULTS[name](sound_books()))
    assert name in found
    assert not found[name].is_empty()
