from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from rules.compiled.provision_table import PROVISIONS
from rules.ledger.limit_checks import ABOVE, above_limits
from schemas.types import MONEY

OWED = {
    "program": pl.String(),
    "rebate": pl.String(),
    "period": pl.String(),
    "currency": pl.String(),
    "period_days": pl.Int32(),
    "days": pl.Int32(),
    "node_id": pl.String(),
    "member_id": pl.String(),
    "amount": MONEY,
    "node_amount": MONEY,
}


def above(provisions: dict[str, Any], *owed: tuple[str, str, str], days: int = 90, currency: str = "USD") -> list[Any]:
    """Look for limits that are passed by rebate, node and amount, all in one period; the rebates are a and b.

    What a node earns is shared by two members.
    """
    rows = [
        ("p", rebate, "2026-Q1", currency, 90, days, node, f"{node}{half}", Decimal(amount) / 2, Decimal(amount))
        for rebate, node, amount in owed
        for half in (1, 2)
    ]
    agreed = [{"program": "p", "rebate": rebate, **provisions} for rebate in "ab"]
    found = above_limits(pl.DataFrame(rows, schema=OWED, orient="row"), pl.DataFrame(agreed, schema=PROVISIONS))
    assert found.schema == ABOVE
    return found.select("rebate", "member_id", "amount", "most").rows()


def test_nothing_agreed_is_no_limit() -> None:
    assert above({}, ("a", "M", "99999999")) == []


@pytest.mark.parametrize(
    ("cap", "amount", "currency", "is_above"),
    [
        ("100", "100", "USD", False),
        ("100", "100.01", "USD", True),
        ("33.335", "33.34", "USD", False),
        ("33.335", "33.35", "USD", True),
        ("100", "101", "JPY", True),
        ("100.5", "101", "JPY", False),
    ],
)
def test_the_limit_of_a_rebate(cap: str, amount: str, currency: str, *, is_above: bool) -> None:
    expected = [("a", "M", Decimal(amount), Decimal(cap))] if is_above else []
    assert above({"cap": Decimal(cap)}, ("a", "M", amount), currency=currency) == expected


@pytest.mark.parametrize(("prorate", "most"), [("thresholds", "50"), ("payout", "100"), ("none", "100")])
def test_a_limit_counts_for_the_days_of_the_member(prorate: str, most: str) -> None:
    cents = Decimal("0.01")
    for provisions in (
        {"cap": Decimal(100), "prorate": prorate},
        {"program_cap": Decimal(100), "program_prorate": prorate},
    ):
        assert above(provisions, ("a", "M", most), days=45) == []
        [(_, member, amount, limit)] = above(provisions, ("a", "M", str(Decimal(most) + cents)), days=45)
        assert (member, amount, limit) == ("M", Decimal(most) + cents, Decimal(most))


def test_the_limit_of_a_program_is_on_the_sum_of_its_rebates() -> None:
    limit = {"program_cap": Decimal(100)}
    assert above(limit, ("a", "M", "60"), ("b", "M", "40"), ("a", "N", "60")) == []
    assert above(limit, ("a", "M", "60"), ("b", "M", "40.01"), ("a", "N", "60")) == [
        (None, "M", Decimal("100.01"), 100)
    ]


def test_a_budget_is_on_the_sum_of_everybody() -> None:
    limit = {"budget": Decimal(100)}
    assert above(limit, ("a", "M", "60"), ("b", "N", "40")) == []
    assert above(limit, ("a", "M", "60"), ("b", "N", "40.01")) == [(None, None, Decimal("100.01"), 100)]


def test_the_last_cents_of_a_budget_may_lift_each_rebate_by_less_than_one() -> None:
    limit = {"budget": Decimal(1000), "program_cap": Decimal(100)}
    assert above(limit, ("a", "M", "60"), ("b", "M", "40.01")) == []
    assert above(limit, ("a", "M", "60"), ("b", "M", "40.02")) == [(None, "M", Decimal("100.02"), 100)]
