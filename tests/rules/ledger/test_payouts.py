"""Payouts: what a run drafts of open postings, and how a payout keeps its name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from rules.ledger.payouts import PAYOUTS, assign, draft, payout_id
from schemas.types import MONEY

NAMES = ("program", "payee_id", "currency", "payout_period", "seq", "amount")
DUE = date(2026, 6, 30)


def postings(*rows: tuple[str, str, str]) -> pl.DataFrame:
    """Give open postings of A in USD as (program, payout period, amount)."""
    filled = [(program, "A", "USD", period, n, Decimal(amount)) for n, (program, period, amount) in enumerate(rows, 1)]
    frame = pl.DataFrame(filled, schema=list(NAMES), orient="row", infer_schema_length=None)
    return frame.with_columns(pl.col("amount").cast(MONEY))


def frozen(*sequences: int, kind: str = "payout") -> pl.DataFrame:
    rows = [(kind, number, "A", "USD", "2026-05", Decimal(100)) for number in sequences]
    names = ("kind", "sequence", "payee_id", "currency", "payout_period", "amount")
    return pl.DataFrame(rows, schema={name: PAYOUTS[name] for name in names}, orient="row")


def drafts(assigned: pl.DataFrame) -> list[tuple[str, int, str]]:
    made = draft(assigned, pl.DataFrame(schema=PAYOUTS), "2026-05", DUE)["kind", "sequence", "amount"]
    return [(kind, number, f"{amount.normalize():f}") for kind, number, amount in made.rows()]


def test_open_postings_of_a_payee_are_one_draft_per_period() -> None:
    assigned = assign(postings(("p", "2026-05", "10"), ("q", "2026-05", "5"), ("p", "2026-04", "1")), frozen(), [])
    made = draft(assigned, pl.DataFrame(schema=PAYOUTS), "2026-05", DUE)
    assert made["payout_period", "amount"].rows() == [("2026-04", Decimal(1)), ("2026-05", Decimal(15))]
    assert dict(made.schema) == dict(PAYOUTS)


def test_the_first_payout_of_a_period_is_named_as_it_always_was() -> None:
    assert payout_id("D-001", "USD", "2026-10") == "2026-10-USD-040975fe78ea"


def test_every_kind_and_sequence_has_a_name_of_its_own() -> None:
    names = [payout_id("A", "USD", "2026-05", kind, number) for kind in ("payout", "invoice") for number in (1, 2)]
    assert len(set(names)) == 4


def test_what_comes_later_is_a_further_payout() -> None:
    assert drafts(assign(postings(("p", "2026-05", "10")), frozen(1), [])) == [("payout", 2, "10")]
    assert drafts(assign(postings(("p", "2026-05", "10")), frozen(1, 2, 3), [])) == [("payout", 4, "10")]


def test_a_draft_takes_the_first_number_that_is_free() -> None:
    """The first payout was rejected, the second approved: the first is drafted anew."""
    assert drafts(assign(postings(("p", "2026-05", "10")), frozen(2), [])) == [("payout", 1, "10")]
    assert drafts(assign(postings(("p", "2026-05", "10")), frozen(1, 3), [])) == [("payout", 2, "10")]


def test_what_a_program_asks_back_is_an_invoice_and_not_taken_from_another_program() -> None:
    open_postings = postings(("p", "2026-05", "-10"), ("q", "2026-05", "4"), ("p", "2026-05", "3"))
    assert drafts(assign(open_postings, frozen(), ["p"])) == [("invoice", 1, "-7"), ("payout", 1, "4")]
    assert drafts(assign(open_postings, frozen(1), ["p"])) == [("invoice", 1, "-7"), ("payout", 2, "4")]
    assert drafts(assign(open_postings, frozen(1, kind="invoice"), ["p"])) == [("invoice", 2, "-7"), ("payout", 1, "4")]


def test_a_program_that_invoices_is_paid_like_any_other_above_zero() -> None:
    assert drafts(assign(postings(("p", "2026-05", "-10"), ("p", "2026-05", "10")), frozen(), ["p"])) == [
        ("payout", 1, "0")
    ]


def test_a_draft_of_an_earlier_period_keeps_its_day() -> None:
    assigned = assign(postings(("p", "2026-05", "10"), ("p", "2026-04", "1")), frozen(), [])
    before = draft(assigned, pl.DataFrame(schema=PAYOUTS), "2026-04", date(2026, 5, 30))
    assert draft(assigned, before, "2026-05", DUE)["due_on"].to_list() == [date(2026, 5, 30), DUE]
