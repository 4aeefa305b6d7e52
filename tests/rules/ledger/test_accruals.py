"""Accruals: the earned part of a forecast, less what was posted, as the difference to what is accrued."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.ledger.accruals import accrue, accrued, below_zero, not_as_earned
from rules.ledger.settlement import payable
from rules.money import MINOR_UNITS
from schemas.types import MONEY, VALUE

AS_OF = date(2026, 1, 31)
TEXTS = ("program", "rebate", "member_id", "period", "payee_id", "currency", "foreseen_by")
LEDGER: dict[str, Any] = dict.fromkeys(
    ("program", "rebate", "member_id", "period", "kind", "payee_id", "currency"), pl.String
) | {"amount": MONEY}


def forecast(*rows: tuple[str, str, str, str], currency: str = "USD") -> pl.DataFrame:
    """Forecast (member, payout, so far, expected) for the first quarter."""
    made = [
        {
            "program": "p", "rebate": "r", "member_id": member, "period": "2026-Q1", "payee_id": f"{member} Ltd",
            "currency": currency, "foreseen_by": "run rate", "tier": 2,
            **dict(zip(("amount", "so_far", "expected", "measure", "qualifier"),
                       map(Decimal, (amount, so_far, expected, expected, expected)), strict=True)),
        }
        for member, amount, so_far, expected in rows
    ]  # fmt: skip
    figures = dict.fromkeys(("so_far", "expected", "measure", "qualifier"), VALUE)
    schema: dict[str, Any] = dict.fromkeys(TEXTS, pl.String) | {"amount": MONEY, "tier": pl.Int32} | figures
    return pl.DataFrame(made, schema=schema)


def ledger(*rows: tuple[str, str, str], payee: str = "first", currency: str = "USD") -> pl.DataFrame:
    """Give postings of (member, kind, amount) in this order."""
    made = [("p", "r", m, "2026-Q1", kind, payee, currency, Decimal(amount)) for m, kind, amount in rows]
    return pl.DataFrame(made, schema=LEDGER, orient="row")


def posted(found: pl.DataFrame) -> list[tuple[str, str, Decimal]]:
    return found.select("member_id", "kind", "amount").rows()


def test_the_part_that_is_there_is_accrued() -> None:
    found = accrue(forecast(("A", "100", "30", "120")), ledger(), AS_OF)
    assert found.drop("program", "rebate").row(0, named=True) == {
        "member_id": "A", "period": "2026-Q1", "payee_id": "A Ltd", "kind": "accrual", "currency": "USD",
        "amount": Decimal(25), "measure": Decimal(120), "qualifier": Decimal(120), "tier": 2,
        "reason": "by 2026-01-31: 25 earned of 100 forecast (run rate), 0 of it posted",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("currency", "amount", "so_far", "expected", "earned"),
    [
        ("USD", "100", "1", "3", "33.33"),
        ("USD", "0.01", "1", "2", "0.01"),
        ("USD", "0.01", "0.4999999999", "1", "0"),
        ("JPY", "101", "1", "2", "51"),
        ("JPY", "100", "1", "3", "33"),
        ("KWD", "1", "1", "3", "0.333"),
        ("USD", "77.77", "5", "5", "77.77"),
    ],
)
def test_it_is_rounded_to_the_minor_unit_halves_up(
    currency: str, amount: str, so_far: str, expected: str, earned: str
) -> None:
    found = accrue(forecast(("A", amount, so_far, expected), currency=currency), ledger(currency=currency), AS_OF)
    assert found["amount"].to_list() == ([Decimal(earned)] if Decimal(earned) else [])


def test_only_the_difference_is_posted() -> None:
    seen = forecast(("A", "100", "30", "120"))
    assert posted(accrue(seen, ledger(("A", "accrual", "10")), AS_OF)) == [("A", "accrual", Decimal(15))]
    assert posted(accrue(seen, ledger(("A", "accrual", "25")), AS_OF)) == []
    more = ledger(("A", "accrual", "40"), ("A", "accrual_reversal", "-5"))
    assert posted(accrue(seen, more, AS_OF)) == [("A", "accrual_reversal", Decimal(-10))]


@pytest.mark.parametrize("kind", ["rebate", "restatement"])
def test_what_was_paid_on_account_is_not_accrued_again(kind: str) -> None:
    seen = forecast(("A", "100", "30", "120"))
    assert posted(accrue(seen, ledger(("A", kind, "20")), AS_OF)) == [("A", "accrual", Decimal(5))]
    assert posted(accrue(seen, ledger(("A", "accrual", "12"), ("A", kind, "20")), AS_OF)) == [
        ("A", "accrual_reversal", Decimal(-7))
    ]


@pytest.mark.parametrize("kind", ["adjustment", "carry_forward", "write_off"])
def test_what_is_not_of_the_rules_takes_nothing_off(kind: str) -> None:
    assert posted(accrue(forecast(("A", "100", "30", "120")), ledger(("A", kind, "20")), AS_OF)) == [
        ("A", "accrual", Decimal(25))
    ]


def test_less_than_nothing_is_not_accrued() -> None:
    seen = forecast(("A", "100", "30", "120"))
    assert posted(accrue(seen, ledger(("A", "rebate", "60")), AS_OF)) == []
    assert posted(accrue(seen, ledger(("A", "accrual", "3"), ("A", "rebate", "60")), AS_OF)) == [
        ("A", "accrual_reversal", Decimal(-3))
    ]


def test_a_settled_period_gives_its_accrual_back_for_whom_it_was_posted() -> None:
    found = accrue(forecast(), ledger(("A", "accrual", "25"), ("A", "rebate", "90")), AS_OF)
    assert posted(found) == [("A", "accrual_reversal", Decimal(-25))]
    assert found.select("payee_id", "currency", "measure", "reason").row(0) == (
        "first", "USD", None, "nothing of the period is open any more"
    )  # fmt: skip


def test_the_first_payee_stays() -> None:
    found = accrue(forecast(("A", "100", "30", "120")), ledger(("A", "accrual", "10")), AS_OF)
    assert found["payee_id"].to_list() == ["first"]


def test_a_member_with_two_groups_is_one_key() -> None:
    found = accrue(forecast(("A", "100", "1", "3"), ("A", "50", "1", "2")), ledger(), AS_OF)
    assert posted(found) == [("A", "accrual", Decimal("58.33"))]
    assert found["measure"].to_list() == [None]


def test_what_is_accrued_is_told_from_what_is_payable() -> None:
    postings = ledger(("A", "accrual", "3"), ("A", "rebate", "60"), ("A", "accrual_reversal", "-1"))
    assert payable(postings)["kind"].to_list() == ["rebate"]
    assert accrued(postings)["accrued"].to_list() == [Decimal(2)]


def test_an_accrual_below_zero_is_found() -> None:
    assert below_zero(ledger(("A", "accrual", "3"), ("A", "accrual_reversal", "-3"))).is_empty()
    assert below_zero(ledger(("A", "accrual", "3"), ("A", "accrual_reversal", "-3.01")))["amount"].to_list() == [
        Decimal("-0.01")
    ]


def test_without_a_forecast_nothing_must_be_accrued() -> None:
    postings = ledger(("A", "accrual", "3"))
    assert not_as_earned(pl.DataFrame(), postings).is_empty()
    assert not_as_earned(forecast(("A", "3", "1", "1")), postings).is_empty()
    assert not_as_earned(forecast(("A", "3.01", "1", "1")), postings)["amount"].to_list() == [Decimal("0.01")]


AMOUNTS = st.integers(0, 10**17)
PARTS = st.tuples(st.integers(1, 10**26), st.integers(1, 10**26)).map(sorted)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(AMOUNTS, PARTS), min_size=1, max_size=12), st.sampled_from(["USD", "JPY", "KWD", "CLF"]))
def test_what_is_earned_is_the_fraction_rounded_once(rows: list[tuple[int, list[int]]], currency: str) -> None:
    digits = MINOR_UNITS[currency]
    amounts = [Decimal(units).scaleb(-digits) for units, _ in rows]
    seen = forecast(
        *(
            (f"M{n:02}", str(amount), f"{Decimal(so_far).scaleb(-10):f}", f"{Decimal(expected).scaleb(-10):f}")
            for n, (amount, (_, (so_far, expected))) in enumerate(zip(amounts, rows, strict=True))
            if amount < 10**14
        ),
        currency=currency,
    )
    found = dict(accrue(seen, ledger(), AS_OF).select("member_id", "amount").rows())
    for n, (amount, (_, (so_far, expected))) in enumerate(zip(amounts, rows, strict=True)):
        units = int(Fraction(amount) * Fraction(so_far, expected) * 10**digits + Fraction(1, 2))
        if amount < 10**14:
            assert found.get(f"M{n:02}", Decimal(0)) == Decimal(units).scaleb(-digits)
