"""Swallowed records: a quote that is closed too late has made one value of the end of a record and of the next ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt
    import pyarrow as pa

_FEWEST = 4
"""Columns from which on the number of delimiters in the lines of a value tells records from prose."""


def swallowing(
    batch: pa.RecordBatch, lines: npt.NDArray[np.int64], delimiter: str
) -> tuple[npt.NDArray[np.bool_], pl.DataFrame]:
    """Return which records of `batch` hold others within a value, with their lines and texts.

    Such a value ends the record it stands in with its first line, and begins another with its last: its lines have
    exactly the delimiters of that.
    """
    found = np.zeros(batch.num_rows, np.bool_)
    if batch.num_columns >= _FEWEST:
        for position in range(batch.num_columns):
            found[[*_in_column(batch, position, delimiter)]] = True
    rows = np.flatnonzero(found)
    texts = [delimiter.join(_quoted(cell[n].as_py(), delimiter) for cell in batch.columns) for n in rows]
    return found, pl.DataFrame({"line": lines[rows], "text": texts}, schema={"line": pl.Int64, "text": pl.String})


def _in_column(batch: pa.RecordBatch, position: int, delimiter: str) -> Iterator[int]:
    column, others = batch.column(position), batch.num_columns - 1
    text = column.buffers()[2]
    # Searching the bytes of the whole column is fast, and rules out most columns.
    if text is None or b"\n" not in text.to_pybytes():
        return
    breaks = pc.count_substring(column, "\n")
    is_whole = pc.equal(pc.count_substring(column, delimiter), pc.multiply(breaks, others))
    for n in pc.indices_nonzero(pc.and_(pc.greater(breaks, 0), is_whole)).to_pylist():
        first, *between, last = (line.count(delimiter) for line in column[n].as_py().split("\n"))
        if (first, last) == (others - position, position) and set(between) <= {others}:
            yield n


def _quoted(text: str, delimiter: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ('"', "\n", delimiter)) else text
