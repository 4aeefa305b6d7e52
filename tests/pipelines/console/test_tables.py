from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from pipelines.console.tables import Table, to_json
from schemas.types import MONEY, VALUE


def _cell(value: object, dtype: pl.DataType, currency: str | None = None) -> str:
    columns = {"figure": pl.Series([value], dtype=dtype)}
    if currency:
        columns["currency"] = pl.Series([currency])
    return Table("name", "Title", pl.DataFrame(columns)).texts()[0][0]


@pytest.mark.parametrize(
    ("value", "dtype", "currency", "text"),
    [
        (Decimal("1234567.8900"), MONEY, "USD", "1,234,567.89"),
        (Decimal(1234), MONEY, "JPY", "1,234"),
        (Decimal("1.5"), MONEY, "KWD", "1.500"),
        (Decimal("-0.05"), MONEY, "USD", "-0.05"),
        (Decimal("7.4"), VALUE, "USD", "7.40"),
        (Decimal("0.0000000001"), VALUE, None, "0.0000000001"),
        (Decimal(100), VALUE, None, "100"),
        (Decimal(0), VALUE, None, "0"),
        (1234567, pl.Int64(), None, "1,234,567"),
        (None, MONEY, "USD", ""),
        (True, pl.Boolean(), None, "yes"),
        (date(2026, 11, 23), pl.Date(), None, "2026-11-23"),
        ("007", pl.String(), None, "007"),
    ],
)
def test_cells_read_well(value: object, dtype: pl.DataType, currency: str | None, text: str) -> None:
    assert _cell(value, dtype, currency) == text


def test_json_keeps_figures_exact_and_is_one_object() -> None:
    frame = pl.DataFrame({"amount": pl.Series([Decimal("0.1")], dtype=MONEY), "on": [date(2026, 1, 2)], "n": [3]})
    found = json.loads(to_json([Table("rows", "Rows", frame), Table("none", "None", frame.clear())]))
    assert found == {"rows": [{"amount": "0.1000", "on": "2026-01-02", "n": 3}], "none": []}


def test_records_stand_for_sentences_in_json() -> None:
    table = Table("run", "Run", pl.DataFrame({"what": ["read 3"]}), [{"read": 3}])
    assert table.texts() == [["read 3"]]
    assert json.loads(to_json([table])) == {"run": [{"read": 3}]}
