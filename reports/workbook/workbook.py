"""Workbooks: sheets of typed cells, with filters and frozen headers, in as many parts as the rows need.

A figure is written as a number if a spreadsheet can hold it, which is to fifteen digits, else as text: never rounded.
Texts are texts, whatever they begin with: no cell of an extract becomes a formula or a link.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, TYPE_CHECKING

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_575
"""Rows of a sheet below its header: the limit of the format."""
MOST_DIGITS = 15
"""Digits that every spreadsheet keeps of a number."""

_LITERALLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_WIDEST, _LOOKED_AT = 48, 200


@dataclass(frozen=True)
class Sheet:
    """A table of the workbook: its name, its rows, and its columns of money, each in the currency of its row."""

    name: str
    rows: pl.DataFrame
    money: tuple[str, ...] = ()

    def parts(self, most: int = MOST_ROWS) -> list[Sheet]:
        """Return the sheets it takes, numbered from the second on."""
        starts = range(0, max(self.rows.height, 1), most)
        return [
            Sheet(self.name if not start else f"{self.name} {place}", self.rows.slice(start, most), self.money)
            for place, start in enumerate(starts, 1)
        ]


@dataclass(frozen=True)
class Tie:
    """A line of the control sheet: what the books say, and the sums of sheets that must add up to it.

    sums: (sheet, column, sign); only the rows in `currency` are added up, or all where it is "": counts have none.
    """

    what: str
    currency: str
    amount: Decimal
    sums: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class About:
    """What the workbook is of: lines above the control sheet, the day of the books, and each currency's decimals.

    The file says that it was made on that day, so that the same books give the same bytes.
    """

    lines: Mapping[str, str]
    as_of: date
    digits: Mapping[str, int]


def render_workbook(target: IO[bytes], sheets: Sequence[Sheet], ties: Sequence[Tie], about: About) -> None:
    """Write an XLSX file to `target`: the sheet Control, then `sheets`, in parts where they are too long for one."""
    book = xlsxwriter.Workbook(target, {"in_memory": True, **_LITERALLY})
    book.set_properties({"created": datetime.combine(about.as_of, datetime.min.time())})
    writer = _Writer(book, about.digits)
    parts = {sheet.name: sheet.parts() for sheet in sheets}
    control = book.add_worksheet("Control")
    for part in (part for of_sheet in parts.values() for part in of_sheet):
        writer.write(part)
    writer.write_control(control, ties, about.lines, parts)
    book.close()


class _Writer:
    """Writes cells by their type, each kind of number with one format."""

    def __init__(self, book: xlsxwriter.Workbook, digits: Mapping[str, int]) -> None:
        self._book, self._digits = book, digits
        self._formats: dict[str, Format] = {}
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})

    def format_of(self, pattern: str) -> Format:
        if pattern not in self._formats:
            self._formats[pattern] = self._book.add_format({"num_format": pattern})
        return self._formats[pattern]

    def money_format(self, currency: object) -> Format:
        places = self._digits.get(str(currency), 2)
        return self.format_of("#,##0" + ("." + "0" * places if places else ""))

    def write(self, sheet: Sheet) -> None:
        target = self._book.add_worksheet(sheet.name)
        columns = sheet.rows.columns
        for column, name in enumerate(columns):
            target.write_string(0, column, _heading(name), self.head)
            target.set_column(column, column, _width(sheet.rows[name], name))
        currency = columns.index("currency") if "currency" in columns else None
        for place, row in enumerate(sheet.rows.iter_rows(), 1):
            of_row = row[currency] if currency is not None else None
            for column, value in enumerate(row):
                kind = self.money_format(of_row) if columns[column] in sheet.money else None
                self.cell(target, place, column, value, kind)
        target.freeze_panes(1, 0)
        if columns:
            target.autofilter(0, 0, max(sheet.rows.height, 1), len(columns) - 1)

    def cell(self, target: Worksheet, row: int, column: int, value: object, kind: Format | None = None) -> None:
        if value is None:
            return
        if isinstance(value, bool):
            target.write_boolean(row, column, value)
        elif isinstance(value, int | Decimal) and _fits(value):
            target.write_number(row, column, value, kind)
        elif isinstance(value, datetime):
            target.write_datetime(row, column, value, self.format_of("yyyy-mm-dd hh:mm:ss"))
        elif isinstance(value, date):
            target.write_datetime(row, column, value, self.format_of("yyyy-mm-dd"))
        else:
            target.write_string(row, column, f"{value:f}" if isinstance(value, Decimal) else str(value))

    def write_control(
        self, target: Worksheet, ties: Sequence[Tie], about: Mapping[str, str], parts: Mapping[str, list[Sheet]]
    ) -> None:
        for row, (name, text) in enumerate(about.items()):
            target.write_string(row, 0, name, self.head)
            target.write_string(row, 1, text)
        top = len(about) + 1
        for column, name in enumerate(("What must tie", "Currency", "In the books", "On the sheets", "Difference")):
            target.write_string(top, column, name, self.head)
        target.set_column(0, 0, 52)
        target.set_column(1, 4, 18)
        for row, tie in enumerate(ties, top + 1):
            kind = self.money_format(tie.currency) if tie.currency else self.format_of("#,##0")
            target.write_string(row, 0, tie.what)
            target.write_string(row, 1, tie.currency)
            self.cell(target, row, 2, tie.amount, kind)
            target.write_formula(row, 3, "=" + "".join(_sum_of(tie, parts)), kind, tie.amount)
            target.write_formula(row, 4, f"=ROUND(C{row + 1}-D{row + 1},4)", kind, 0)
        target.freeze_panes(top + 1, 0)


def _sum_of(tie: Tie, parts: Mapping[str, list[Sheet]]) -> list[str]:
    """Return the terms of the formula that adds up what `tie` names, over all parts of a sheet."""
    return [
        f"{'+' if sign > 0 else '-'}{_part_sum(part, column, tie.currency)}"
        for name, column, sign in tie.sums
        for part in parts[name]
    ]


def _part_sum(part: Sheet, column: str, currency: str) -> str:
    """Return the formula that adds up a column of a sheet: of the rows in a currency, or of all where it is ""."""
    columns, last, sheet = part.rows.columns, part.rows.height + 1, f"'{part.name}'!"
    amount = _letter(columns.index(column))
    if not currency:
        return f"SUM({sheet}{amount}2:{amount}{last})"
    own = _letter(columns.index("currency"))
    return f'SUMIFS({sheet}{amount}2:{amount}{last},{sheet}{own}2:{own}{last},"{currency}")'


def _letter(column: int) -> str:
    """Return the letters of a column, counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _heading(name: str) -> str:
    return name.replace("_", " ")


def _width(values: pl.Series, name: str) -> int:
    """Return the width of a column that shows its heading and the first values."""
    longest = max((len(str(value)) for value in values.head(_LOOKED_AT)), default=0)
    return min(max(longest, len(name)) + 3, _WIDEST)


def _fits(value: int | Decimal) -> bool:
    """Return whether a spreadsheet keeps every digit of a number."""
    return len(Decimal(value).normalize().as_tuple().digits) <= MOST_DIGITS
