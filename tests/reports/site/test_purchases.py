"""The rows of transactions on a payee's page."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from reports.page.language import Language
from reports.site.purchases import page_rows, purchase_cells
from rules.money import MINOR_UNITS

BOUGHT = {
    "activity_date": [date(2026, 10, 6), date(2026, 10, 5), date(2026, 10, 4)],
    "transaction_id": ["T-3", "T-2", "T-1"],
    "member_id": ["D-1", "D-2", "D-3"],
    "member_name": ["Own", "Northside", None],
    "product_id": ["P-1", "P-1", "P-2"],
    "product_name": ["Brake pad", "Brake pad", None],
    "type": ["sale", "return", "barter"],
    "quantity": [Decimal("10.5"), Decimal(-1), Decimal(1)],
    "unit": ["case", "case", "case"],
    "amount": [Decimal(16), Decimal("-1.5"), Decimal(3)],
    "currency": ["USD", "USD", "JPY"],
}
KINDS = {"quantity": pl.Decimal(38, 8), "amount": pl.Decimal(38, 8)}


def test_rows_name_the_buyer_the_type_and_the_unit_as_a_reader_says_them() -> None:
    cells = purchase_cells(pl.DataFrame(BOUGHT, schema_overrides=KINDS), MINOR_UNITS)

    assert page_rows(cells, Language("en", MINOR_UNITS), "D-1") == [
        ("2026-10-06", "T-3", "", "Brake pad P-1", "sale", "10.5", "cases", "16.00", "USD"),
        ("2026-10-05", "T-2", "Northside", "Brake pad P-1", "return", "-1", "case", "-1.50", "USD"),
        # No name, no translation: as it came.
        ("2026-10-04", "T-1", "D-3", "P-2", "barter", "1", "case", "3", "JPY"),
    ]


def test_who_bought_nothing_has_no_rows() -> None:
    nothing = pl.DataFrame(BOUGHT, schema_overrides=KINDS).clear()

    assert page_rows(purchase_cells(nothing, MINOR_UNITS), Language("de", MINOR_UNITS), "D-1") == []
