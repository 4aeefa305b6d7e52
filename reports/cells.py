"""Cells of the files other systems read: exact amounts, and text that no program will run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schemas.errors import BooksError, InvariantError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MONEY_SCALE = 4
"""Decimals of an amount in the books."""

FORMULA = r"^\s*[=+\-@＝＋－＠]"  # noqa: RUF001  # spreadsheets take the full-width signs for formulas too
UNPRINTABLE = r"[\p{Cc}\p{Zl}\p{Zp}\u{202A}-\u{202E}\u{2066}-\u{2069}]"
"""Control characters, line and paragraph separators, and marks that turn the reading direction."""


def amount_text(amount: str, digits: str) -> pl.Expr:
    """Write the money column `amount` with as many decimals as the integer column `digits` says, unrounded.

    The text is null where the amount has more decimals than that; see `check_minor_units`.
    """
    text = pl.col(amount).cast(pl.Decimal(38, MONEY_SCALE)).cast(pl.String)
    spare = MONEY_SCALE - pl.col(digits).cast(pl.Int64)
    kept = text.str.len_bytes().cast(pl.Int64) - spare
    is_exact = text.str.slice(kept).str.strip_chars("0") == ""
    shown = text.str.slice(0, kept - (pl.col(digits) == 0).cast(pl.Int64))
    return pl.when(is_exact).then(shown).otherwise(None)


def value_text(column: str) -> pl.Expr:
    """Write the decimal column `column` without the zeros at the end of its decimals."""
    return pl.col(column).cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")


def with_digits(frame: pl.DataFrame, digits: Mapping[str, int]) -> pl.DataFrame:
    """Add the column digits: the decimals of each row's currency."""
    decimals = pl.col("currency").replace_strict(dict(digits), return_dtype=pl.Int32)
    return frame.with_columns(digits=decimals)


def check_minor_units(frame: pl.DataFrame, *, file: str, name: str) -> None:
    """Refuse amounts with more decimals than their currency has (frame: amount, currency, digits, `name`).

    Raises:
        InvariantError: naming every such row by its column `name`.
    """
    broken = frame.filter(pl.col("amount").is_not_null() & amount_text("amount", "digits").is_null())
    problems = [
        Problem(
            file,
            0,
            0,
            f"the amount {row['amount']} {row['currency']} of {row[name]} has more than {row['digits']} decimals",
            "report this: amounts are rounded before they are posted",
        )
        for row in broken.iter_rows(named=True)
    ]
    if problems:
        raise InvariantError(*problems)


def check_text(frame: pl.DataFrame, *, file: str, names: Sequence[str], todo: str) -> None:
    """Refuse text that a spreadsheet would run, or that would break or disguise a line; nothing is rewritten.

    `frame` is as it will be written, header apart, so that line numbers are those of the file; `names` are
    the columns that tell a person which row is meant.

    Raises:
        BooksError: naming every refused cell of every text column.
    """
    columns = [name for name, kind in frame.schema.items() if kind == pl.String]
    problems = [problem for column in columns for problem in _refused(frame, column, file, names, todo)]
    if problems:
        raise BooksError(*problems)


def control_totals(frame: pl.DataFrame) -> dict[str, str]:
    """Sum the amounts per currency, as text with the currency's own decimals (frame: amount, currency, digits)."""
    sums = frame.group_by("currency", "digits").agg(pl.col("amount").cast(pl.Decimal(38, MONEY_SCALE)).sum())
    texts = sums.sort("currency").select("currency", amount_text("amount", "digits"))
    return dict(texts.iter_rows())


def _refused(frame: pl.DataFrame, column: str, file: str, names: Sequence[str], todo: str) -> Iterator[Problem]:
    is_formula = pl.col(column).str.contains(FORMULA)
    cells = frame.with_row_index("file_line", 2).with_columns(is_formula=is_formula)
    for row in cells.filter(is_formula | pl.col(column).str.contains(UNPRINTABLE)).iter_rows(named=True):
        which = ", ".join(f"{name} {row[name]!r}" for name in names if name != column)
        fault = "would be run as a formula" if row["is_formula"] else "holds a character that is not text"
        found = f"{column} {row[column]!r} ({which}) {fault}"
        yield Problem(file, row["file_line"], frame.columns.index(column) + 1, found, todo)
