"""Amounts of files that people read."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from reports.erp.amounts import shown_amount
from rules.money import MINOR_UNITS


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("1600", "USD", "1600.00"),
        ("-0.5", "USD", "-0.50"),
        ("0", "USD", "0.00"),
        ("1.005", "USD", "1.0050"),
        ("-0.0001", "USD", "-0.0001"),
        ("99999999999999.99", "USD", "99999999999999.99"),
        ("1600", "JPY", "1600"),
        ("0.5", "JPY", "0.5000"),
        ("1.005", "BHD", "1.005"),
        ("1.0055", "BHD", "1.0055"),
        ("2", "POINTS", "2.0000"),
        ("2", None, "2.0000"),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency_or_all_it_needs(
    amount: str, currency: str | None, shown: str
) -> None:
    others = [(Decimal("1.25"), "EUR"), (Decimal(7), "JPY"), (Decimal("0.001"), "KWD")]
    schema = pl.Schema({"amount": pl.Decimal(18, 4), "currency": pl.String()})
    frame = pl.DataFrame([(Decimal(amount), currency), *others], schema, orient="row")
    few = {name: digits for name, digits in MINOR_UNITS.items() if name in {currency, "EUR"}}
    # The digits of all currencies, and of some that are there.
    for digits in (MINOR_UNITS, few):
        assert frame.select(shown_amount("amount", digits)).item(0, 0) == shown
