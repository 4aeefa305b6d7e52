"""What a command shows: named tables, the same for a terminal, for JSON and for a run's artifacts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from rules.money import minor_units
from schemas.types import MONEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import polars as pl
    from polars.datatypes import DataType, DataTypeClass


@dataclass(frozen=True)
class Table:
    """A frame, the heading above it, and its name in JSON.

    `records` replace the frame's rows in JSON where people read sentences and programs need figures.
    """

    name: str
    title: str
    frame: pl.DataFrame
    records: Sequence[Mapping[str, object]] | None = None

    @property
    def numeric(self) -> list[bool]:
        """Return for each column whether it holds figures."""
        return [dtype.is_numeric() for dtype in self.frame.dtypes]

    def texts(self) -> list[list[str]]:
        """Return the cells as people read them: thousands separated, money with the decimals of its currency."""
        return [
            [_text(row[name], dtype, row.get("currency")) for name, dtype in self.frame.schema.items()]
            for row in self.frame.iter_rows(named=True)
        ]

    def rows(self) -> list[dict[str, object]]:
        """Return the rows as JSON carries them: decimals as exact text, dates in ISO 8601."""
        records = self.frame.iter_rows(named=True) if self.records is None else self.records
        return [{name: _json(value) for name, value in record.items()} for record in records]


def to_json(tables: Iterable[Table]) -> str:
    """Return `tables` as the text of one JSON object, each under its name."""
    return json.dumps({table.name: table.rows() for table in tables}, ensure_ascii=False, indent=2)


def _text(value: object, dtype: DataType | DataTypeClass, currency: str | None) -> str:
    if value is None:
        return ""
    # Before int: in Python a bool is an int.
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Decimal):
        if dtype == MONEY and currency is not None:
            return f"{value:,.{minor_units(currency)}f}"
        return _trim(f"{value:,f}")
    return str(value)


def _trim(figure: str) -> str:
    # 7.4000000000 is shown as 7.40, 12.0000 as 12: trailing zeros of the type's scale say nothing.
    whole, _, decimals = figure.partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole}.{decimals.ljust(2, '0')}" if decimals else whole


def _json(value: object) -> object:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        # As text: a JSON number would be read as a float. `f` avoids exponents such as 1E+3.
        return f"{value:f}"
    if isinstance(value, list):
        return [_json(item) for item in value]
    return str(value)
