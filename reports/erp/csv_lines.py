"""CSV of many small files at once: one line a row, put together by file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_END = "\r\n"


class CsvFile(NamedTuple):
    """The content of a file, the value that it is about, and how many rows it has."""

    about: str
    content: bytes
    rows: int


def csv_files(cells: pl.DataFrame, by: str, columns: Sequence[str]) -> Iterator[CsvFile]:
    """Yield a CSV (RFC 4180, UTF-8, with a header) of every value of the column `by`, in the order of their rows.

    `cells`: texts and days. To write each with polars would cost more than all their cells.
    """
    line = pl.concat_str([_cell(pl.col(name).cast(pl.String)) for name in columns], separator=",")
    header = ",".join(columns) + _END
    files = cells.group_by(by, maintain_order=True).agg(text=line.str.join(_END), rows=pl.len())
    for about, text, rows in files.iter_rows():
        yield CsvFile(about, f"{header}{text}{_END}".encode(), rows)


def _cell(text: pl.Expr) -> pl.Expr:
    """Return a cell as CSV has it: in quotes where it holds a quote, a comma or the end of a line."""
    quoted = pl.concat_str(pl.lit('"'), text.str.replace_all('"', '""', literal=True), pl.lit('"'))
    return pl.when(text.str.contains(r'[",\r\n]')).then(quoted).otherwise(text.fill_null(""))
