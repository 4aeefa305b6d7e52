"""Lists of transactions: complete while somebody can read them, added up by day beyond."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from reports.language import Language
from reports.listing import COLUMNS, LISTED_MOST, Transaction, condense, transactions_view
from schemas.types import MONEY, QUANTITY


def sales(count: int, payee: str) -> pl.DataFrame:
    rows = [
        (payee, date(2026, 1, 1 + n % 2), f"T{n}", "P", "Pad", "sale", Decimal("0.5"), "each", Decimal("0.01"), "USD")
        for n in range(count)
    ]
    types = {"activity_date": pl.Date(), "quantity": QUANTITY, "amount": MONEY}
    schema = {name: types.get(name, pl.String()) for name in ("payee_id", *COLUMNS)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def view(transactions: pl.DataFrame) -> dict[str, object]:
    rows = condense(transactions, ["payee_id"]).select(Transaction._fields).sort("activity_date")
    return transactions_view([Transaction._make(row) for row in rows.iter_rows()], Language("en", {"USD": 2}))


def test_a_list_that_can_be_read_is_complete() -> None:
    shown = view(sales(LISTED_MOST, "A"))
    assert (len(shown["rows"]), shown["note"]) == (LISTED_MOST, "")  # type: ignore[arg-type]


def test_a_longer_one_is_added_up_by_day_and_says_so() -> None:
    shown = view(sales(LISTED_MOST + 1, "A"))
    days = [(row.day, row.id, row.quantity, row.amount) for row in shown["rows"]]  # type: ignore[attr-defined]
    assert days == [
        ("Jan 1, 2026", "Transactions: 501", "250.5 pieces", "5.01"),
        ("Jan 2, 2026", "Transactions: 500", "250 pieces", "5.00"),
    ]
    assert shown["title"] == "Transactions that count: 1,001"
    assert shown["total"] == "10.01 USD"
    assert shown["note"] == "There are many, so they are added up by day."


def test_one_partners_many_leave_anothers_few_alone() -> None:
    condensed = condense(pl.concat([sales(LISTED_MOST + 1, "A"), sales(3, "B")]), ["payee_id"])
    assert condensed.group_by("payee_id").len().sort("payee_id").rows() == [("A", 2), ("B", 3)]
