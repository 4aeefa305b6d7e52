from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

import duckdb
import polars as pl
import pytest

from pipelines.intake.suspect_rows import is_suspect
from pipelines.intake.validation import _failures
from pipelines.warehouse.frames import registered
from schemas.catalogue import DATA_SETS

VALUES = {
    pl.String: ("sale", "return", "credit", "adjustment", "USD", "usd", "USDX", "number", "1/12", "0", "", "true"),
    pl.Date: (date(1899, 12, 31), date(1900, 1, 1), date(2026, 3, 1), date(2199, 12, 31), date(2200, 1, 1)),
    pl.Decimal: tuple(map(Decimal, ("-200", "-1", "0", "0.5", "1", "200"))),
    pl.Int32: (-1, 0, 1),
    pl.Boolean: (True, False),
    pl.Datetime: (date(2026, 3, 1), date(2026, 3, 2)),
}
"""Values on both sides of what the models allow."""
PLAIN = {
    pl.String: "USD", pl.Date: date(2026, 3, 1), pl.Decimal: Decimal(1), pl.Int32: 1, pl.Boolean: True,
    pl.Datetime: date(2026, 3, 1),
}  # fmt: skip
ROWS = 1_000


@pytest.mark.parametrize("name", list(DATA_SETS))
def test_a_row_that_is_not_suspect_is_refused_by_no_check_of_its_model(name: str) -> None:
    data_set, chance = DATA_SETS[name], Random(7)
    columns = {
        column.name: pl.Series(chance.choices([*VALUES[type(column.dtype)], None], k=ROWS), strict=False).cast(
            column.dtype
        )
        for column in data_set.columns
    }
    # Most values are those of a plain row, so that rows with a single fault are there too.
    plain = {
        column.name: pl.Series([PLAIN[type(column.dtype)]] * ROWS).cast(column.dtype) for column in data_set.columns
    }
    is_odd = {column: pl.Series(chance.choices([True, *[False] * 9], k=ROWS)) for column in columns}
    rows = pl.DataFrame({column: columns[column].zip_with(is_odd[column], plain[column]) for column in columns})
    rows = rows.with_row_index("line").with_columns(pl.col("line").cast(pl.Int64))
    with duckdb.connect() as connection, registered(connection, doors=rows):
        found = connection.execute(f"SELECT line FROM doors WHERE {is_suspect(data_set)}").fetchall()
    failures = _failures(rows, data_set)
    assert failures is not None
    assert set(failures["line"]) <= {line for (line,) in found}


@pytest.mark.parametrize("name", ["transactions", "members", "targets"])
def test_a_plain_row_is_not_suspect(name: str) -> None:
    data_set = DATA_SETS[name]
    row = {column.name: pl.Series([PLAIN[type(column.dtype)]]).cast(column.dtype) for column in data_set.columns}
    with duckdb.connect() as connection, registered(connection, doors=pl.DataFrame(row)):
        assert connection.execute(f"SELECT {is_suspect(data_set)} FROM doors").fetchall() == [(False,)]
