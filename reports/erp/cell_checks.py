"""What is not allowed in a cell of a file for others: each check yields the cells by row, column and owner."""

from __future__ import annotations

from codecs import lookup
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from schemas.errors import Place, Problem
from schemas.invisible import INVISIBLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FORMULA = r"^\s*[=+\-@＝＋－＠]"  # noqa: RUF001  # spreadsheets take the full-width signs for formulas too
UNPRINTABLE = r"[\p{Cc}\p{Zl}\p{Zp}\u{202A}-\u{202E}\u{2066}-\u{2069}]"
"""Control characters, line and paragraph separators, and marks that change the reading direction."""


def safe(text: pl.Expr) -> pl.Expr:
    """Return a text as it can stand in a file that others open: nothing in it runs, breaks a line or disguises one.

    A text that a spreadsheet would run gets an apostrophe in front, a character that is none becomes a blank, and one
    that nobody sees goes. The books keep what came.
    """
    shown = text.str.replace_all(UNPRINTABLE, " ").str.replace_all(INVISIBLE, "")
    return pl.when(shown.str.contains(FORMULA)).then(pl.concat_str(pl.lit("'"), shown)).otherwise(shown)


class Check(NamedTuple):
    """What may not be in a column: an expression that is true where it is, and how to say so."""

    column: str
    is_wrong: pl.Expr
    fault: str


class Cells:
    """The cells of a file as they will be written, so that a problem can name its place."""

    def __init__(self, cells: pl.DataFrame, who: pl.Series, *, file: str, first_line: int, todo: str) -> None:
        """Look at `cells`, texts named by their headers; `who` says of each row whose it is."""
        self._cells, self._who = cells, who
        self._file, self.first_line, self._todo = file, first_line, todo

    def problems(self, checks: Iterable[Check]) -> list[Problem]:
        """Return a problem for each cell that fails one of `checks`, in their order."""
        asked = list(checks)
        if not asked:
            return []
        # All of them in one pass: most files are right, and have many columns.
        failed = self._cells.select(check.is_wrong.any().alias(f"{n}") for n, check in enumerate(asked))
        return [problem for check in compress(asked, failed.row(0)) for problem in self._listed(check)]

    def would_run(self, column: str) -> Iterator[Check]:
        """Look for text that a spreadsheet would run, or that would break or disguise a line; nothing is rewritten."""
        is_formula = self._text(column).str.contains(FORMULA)
        yield Check(column, is_formula, "would be run as a formula")
        is_broken = self._text(column).str.contains(f"{UNPRINTABLE}|{INVISIBLE}") & ~is_formula
        yield Check(column, is_broken, "holds a character that is not text")

    def not_in(self, column: str, encoding: str) -> Iterator[Check]:
        """Look for text with characters that `encoding` does not have."""
        if lookup(encoding).name.startswith("utf"):  # these have every character
            return
        texts = self._cells[column].unique().drop_nulls()
        found = {text: error for text in texts if (error := unencodable(text, encoding))}
        for text, character in found.items():
            fault = f"holds {character!r} (U+{ord(character):04X}), which the encoding {encoding} does not have"
            yield Check(column, self._text(column) == text, fault)

    def longer_than(self, column: str, most: int) -> Iterator[Check]:
        """Look for text that is longer than the field it goes to."""
        is_long = self._text(column).str.len_chars() > most
        yield Check(column, is_long, f"is longer than the {most} characters that the field holds")

    def missing(self, column: str) -> Iterator[Check]:
        """Look for rows that have nothing where the ERP needs something."""
        yield Check(column, self._text(column).fill_null("").str.strip_chars() == "", "is needed")

    def _text(self, column: str) -> pl.Expr:
        # By its place: a header that begins with "^" would be taken for a pattern.
        return pl.nth(self._cells.columns.index(column))

    def _listed(self, check: Check) -> Iterator[Problem]:
        column, position = check.column, self._cells.columns.index(check.column) + 1
        wrong = self._cells.select(text=self._text(column), is_wrong=check.is_wrong).with_columns(who=self._who)
        for number, text, who in wrong.with_row_index("n", self.first_line).filter("is_wrong").drop("is_wrong").rows():
            cell = "an empty cell" if text is None else repr(text)
            yield Problem(f"{column} {cell} ({who}) {check.fault}", self._todo, at=Place(self._file, number, position))


def unencodable(text: str, encoding: str) -> str | None:
    """Return the first character of `text` that `encoding` does not have."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError as error:
        return text[error.start]
    return None
