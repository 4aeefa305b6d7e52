"""What a command shows: named tables, the same for a terminal, for JSON and for a run's artifacts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.console.figures import as_figure, decimals_of, in_sentence, in_unit, is_money, spare_decimals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import polars as pl

PLACES = ("seq", "line", "sequence", "attempt", "tier")
"""Whole numbers that are names or places, not counts: written as they came."""


SENTENCES = ("note", "reason")
"""Texts of the books that state amounts in the currency of their row."""


@dataclass(frozen=True)
class Table:
    """A frame, the heading above it, and its name in JSON.

    `records` replace the frame's rows in JSON where people read sentences and programs need figures. `units` names for
    a column of figures that with their units, row by row (see pipelines.console.figures.in_unit); where the name of
    that ends in _unit, people read the two as one.
    """

    name: str
    title: str
    frame: pl.DataFrame
    records: Sequence[Mapping[str, object]] | None = None
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """Return the columns that people are shown."""
        return [name for name in self.frame.columns if not (name.endswith("_unit") and name in self.units.values())]

    @property
    def numeric(self) -> list[bool]:
        """Return for each of these columns whether it holds figures."""
        types = self.frame.schema
        return [types[name].is_numeric() for name in self.columns]

    @property
    def unbroken(self) -> list[bool]:
        """Return for each of these columns whether its cells stay on one line: figures, dates, ids and files."""
        types = self.frame.schema
        return [
            types[name].is_numeric() or types[name].is_temporal() or name.endswith("_id") or name == "file"
            for name in self.columns
        ]

    def texts(self) -> list[list[str]]:
        """Return the cells as people read them: thousands separated, money with the decimals of its currency."""
        digits = {name: decimals_of(self.frame[name]) for name in self.columns}
        # Asked once: a frame makes its schema anew each time.
        types = self.frame.schema
        rows = self.frame.iter_rows(named=True)
        return [[self._text(row, name, types[name], places) for name, places in digits.items()] for row in rows]

    def rows(self) -> list[dict[str, object]]:
        """Return the rows as JSON carries them: decimals as exact text, dates in ISO 8601."""
        records = self.frame.iter_rows(named=True) if self.records is None else self.records
        return [{name: _json(value) for name, value in record.items()} for record in records]

    def _text(self, row: Mapping[str, object], name: str, kind: pl.DataType, digits: int) -> str:
        value, currency = row[name], row.get("currency")
        if isinstance(value, str) and name in SENTENCES and currency is not None:
            return in_sentence(value, str(currency), unit=str(row.get(self.units.get(name, "")) or ""))
        if not isinstance(value, Decimal):
            return _word(value, is_count=name not in PLACES and not name.endswith(("_seq", "_line")))
        if name in self.units:
            is_amount = self.units[name] == "currency"
            spare = spare_decimals(kind, is_amount=is_amount)
            return in_unit(value, str(row[self.units[name]] or ""), is_named=not is_amount, spare=spare)
        if currency is not None and is_money(kind):
            return in_unit(value, str(currency), is_named=False)
        return as_figure(value, digits)


def to_json(tables: Iterable[Table]) -> str:
    """Return `tables` as the text of one JSON object, each under its name."""
    return json.dumps({table.name: table.rows() for table in tables}, ensure_ascii=False, indent=2)


def _word(value: object, *, is_count: bool) -> str:
    if value is None:
        return ""
    # Before int: in Python a bool is an int.
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) and is_count else str(value)


def _json(value: object) -> object:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        # As text: a JSON number would be read as a float. `f` avoids exponents such as 1E+3.
        return f"{value:f}"
    if isinstance(value, list):
        return [_json(item) for item in value]
    return str(value)
