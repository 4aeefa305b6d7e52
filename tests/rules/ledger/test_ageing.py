from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

from rules.ledger.ageing import ORDER, aged, by_bracket
from schemas.types import MONEY

DUE = date(2026, 12, 30)


@pytest.mark.parametrize(
    ("days", "overdue", "bracket"),
    [
        (-1, None, "not due"),
        (0, 0, "0-30"),
        (30, 30, "0-30"),
        (31, 31, "31-60"),
        (60, 60, "31-60"),
        (61, 61, "61-90"),
        (90, 90, "61-90"),
        (91, 91, "90+"),
        (1000, 1000, "90+"),
    ],
)
def test_both_sides_of_every_bracket(days: int, overdue: int | None, bracket: str) -> None:
    found = aged(pl.DataFrame({"due_on": [DUE]}), DUE + timedelta(days))
    assert found.select("days_overdue", "bracket").rows() == [(overdue, bracket)]


def test_sums_by_currency_in_the_order_of_age() -> None:
    payouts = pl.DataFrame(
        {
            "currency": ["USD", "USD", "JPY", "USD"],
            "outstanding": [Decimal("1.50"), Decimal("2.25"), Decimal(7), Decimal("0.25")],
            "due_on": [DUE - timedelta(200), DUE + timedelta(1), DUE, DUE + timedelta(2)],
        }
    ).with_columns(pl.col("outstanding").cast(MONEY))
    assert by_bracket(aged(payouts, DUE)).rows() == [
        ("JPY", "0-30", 1, Decimal(7)),
        ("USD", "not due", 2, Decimal("2.50")),
        ("USD", "90+", 1, Decimal("1.50")),
    ]
    assert ORDER[0] == "not due"
