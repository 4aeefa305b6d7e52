"""What is not allowed in a cell of a file for others: each check yields the cells by row, column and owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schemas.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMULA = r"^\s*[=+\-@＝＋－＠]"  # noqa: RUF001  # spreadsheets take the full-width signs for formulas too
UNPRINTABLE = r"[\p{Cc}\p{Zl}\p{Zp}\u{202A}-\u{202E}\u{2066}-\u{2069}]"
"""Control characters, line and paragraph separators, and marks that change the reading direction."""


class Cells:
    """The cells of a file as they will be written, so that a problem can name its place."""

    def __init__(self, cells: pl.DataFrame, who: pl.Series, *, file: str, first_line: int, todo: str) -> None:
        """Hold `cells`, texts named by their headers; `who` names the owner of each row."""
        self._cells, self._who = cells, who
        self._file, self._first_line, self._todo = file, first_line, todo

    def would_run(self, column: str) -> Iterator[Problem]:
        """Yield text that a spreadsheet would run, or that would break or disguise a line; nothing is rewritten."""
        is_formula = self._cells[column].str.contains(FORMULA)
        yield from self._problems(column, is_formula, "would be run as a formula")
        is_broken = self._cells[column].str.contains(UNPRINTABLE) & ~is_formula
        yield from self._problems(column, is_broken, "holds a character that is not text")

    def not_in(self, column: str, encoding: str) -> Iterator[Problem]:
        """Yield text with characters that `encoding` does not have."""
        # Each distinct text is encoded once: names repeat in thousands of rows.
        texts = self._cells[column].unique().drop_nulls()
        found = {text: error for text in texts if (error := unencodable(text, encoding))}
        for text, character in found.items():
            fault = f"holds {character!r} (U+{ord(character):04X}), which the encoding {encoding} does not have"
            yield from self._problems(column, self._cells[column] == text, fault)

    def longer_than(self, column: str, most: int) -> Iterator[Problem]:
        """Yield text that is longer than its field."""
        is_long = self._cells[column].str.len_chars() > most
        yield from self._problems(column, is_long, f"is longer than the {most} characters that the field holds")

    def missing(self, column: str) -> Iterator[Problem]:
        """Yield rows that are empty where the ERP requires a value."""
        yield from self._problems(column, self._cells[column].fill_null("").str.strip_chars() == "", "is needed")

    def _problems(self, column: str, is_wrong: pl.Series, fault: str) -> Iterator[Problem]:
        rows = pl.DataFrame({"text": self._cells[column], "who": self._who, "is_wrong": is_wrong})
        position = self._cells.columns.index(column) + 1
        for number, text, who in rows.with_row_index("n", self._first_line).filter("is_wrong").drop("is_wrong").rows():
            cell = "an empty cell" if text is None else repr(text)
            yield Problem(f"{column} {cell} ({who}) {fault}", self._todo, at=Place(self._file, number, position))


def unencodable(text: str, encoding: str) -> str | None:
    """Return the first character of `text` that `encoding` does not have."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError as error:
        return text[error.start]
    return None
