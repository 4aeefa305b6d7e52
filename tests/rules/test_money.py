from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.money import MINOR_UNITS, minor_units, round_decimal, round_money, round_value
from schemas.errors import RuleError
from schemas.types import EXACT, VALUE

WIDE = Context(prec=60, rounding=ROUND_HALF_UP)
exact = st.decimals(-(10**15), 10**15, places=18)


def test_minor_units() -> None:
    figures = {"JPY": 0, "KRW": 0, "USD": 2, "EUR": 2, "HUF": 2, "KWD": 3, "BHD": 3, "CLF": 4, "UYW": 4}
    assert {currency: minor_units(currency) for currency in figures} == figures
    assert all(len(currency) == 3 and currency.isupper() for currency in MINOR_UNITS)
    assert len(MINOR_UNITS) == 17 + 145 + 7 + 2


@pytest.mark.parametrize("currency", ["", "usd", "XXX", "XAU", "US$"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(RuleError, match="is not known"):
        minor_units(currency)


@pytest.mark.parametrize(
    ("amount", "digits", "paid"),
    [
        ("0.005", 2, "0.01"), ("-0.005", 2, "-0.01"), ("0.004999999999999999", 2, "0.00"), ("0.5", 0, "1"),
        ("1.5", 0, "2"), ("2.5", 0, "3"), ("-2.5", 0, "-3"), ("2.0005", 3, "2.001"), ("1.00005", 4, "1.0001"),
    ],
)  # fmt: skip
def test_halves_go_away_from_zero(amount: str, digits: int, paid: str) -> None:
    frame = pl.DataFrame({"amount": [Decimal(amount)], "digits": [digits]}, schema_overrides={"amount": EXACT})
    assert frame.select(round_money(pl.col("amount"), digits)).item() == Decimal(paid)
    assert frame.select(round_money(pl.col("amount"), pl.col("digits"))).item() == Decimal(paid)


@settings(deadline=None)
@given(st.lists(st.tuples(exact, st.integers(0, 10)), max_size=20))
def test_rounding_row_by_row_is_decimal_rounding(rows: list[tuple[Decimal, int]]) -> None:
    frame = pl.DataFrame(rows, schema={"amount": EXACT, "digits": pl.Int32}, orient="row")
    rounded = frame.select(round_decimal(pl.col("amount"), pl.col("digits"))).to_series()
    assert rounded.dtype == EXACT
    assert rounded.to_list() == [value.quantize(Decimal(1).scaleb(-digits), context=WIDE) for value, digits in rows]


@settings(deadline=None)
@given(exact)
def test_a_value_has_ten_decimals(value: Decimal) -> None:
    frame = pl.DataFrame({"value": [value]}, schema={"value": EXACT}).select(round_value(pl.col("value")))
    assert frame.schema == {"value": VALUE}
    assert frame.item() == value.quantize(Decimal("1E-10"), context=WIDE)


def test_unknown_digits_give_nothing() -> None:
    frame = pl.DataFrame({"amount": [Decimal(1)], "digits": [None]}, schema={"amount": EXACT, "digits": pl.Int32})
    assert frame.select(round_decimal(pl.col("amount"), pl.col("digits"))).item() is None
