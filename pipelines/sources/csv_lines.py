"""The line on which each CSV record begins, exact also after values that contain line breaks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl
import pyarrow.compute as pc

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa
    import pyarrow.csv as pa_csv


_NO_RAGGED = pl.DataFrame(schema={"line": pl.Int64, "text": pl.String})


@dataclass
class LineCounter:
    """Counts records and line breaks of one file, batch by batch; `header_lines` come before the first record."""

    header_lines: int
    ragged: list[tuple[int, str]] = field(default_factory=list)
    """Number and text of records with too few or too many cells; pyarrow leaves them out of its batches."""
    last_ragged_line: int = 0
    _next: int = 1
    _breaks: int = 0
    _taken: int = 0

    def note_ragged(self, row: pa_csv.InvalidRow) -> Literal["skip"]:
        """Record a row that does not fit the header, and tell pyarrow to skip it."""
        self.ragged.append((row.number, row.text))
        return "skip"

    def place(self, batch: pa.RecordBatch) -> tuple[npt.NDArray[np.int64], pl.DataFrame]:
        """Return the line of each record of `batch`, and line and text of the ragged records before its last."""
        numbers = self._numbers(batch.num_rows)
        last = int(numbers[-1]) if len(numbers) else self._next - 1
        ragged = self._take_ragged(last)
        self._next = last + 1
        return self._lines(numbers, _line_breaks(batch), ragged)

    def rest(self) -> pl.DataFrame:
        """Return line and text of the ragged records after the last batch."""
        ragged = self._take_ragged(None)
        return self._lines(np.empty(0, np.int64), np.empty(0, np.int64), ragged)[1]

    def _numbers(self, count: int) -> npt.NDArray[np.int64]:
        """Return the record numbers of the next `count` records, leaving out those of ragged ones.

        pyarrow reports the ragged records of a batch before it hands out the batch.
        """
        ragged = np.array([number for number, _ in self.ragged[self._taken :]], np.int64)
        numbers = np.arange(self._next, self._next + count + len(ragged), dtype=np.int64)
        return np.setdiff1d(numbers, ragged, assume_unique=True)[:count]

    def _take_ragged(self, last: int | None) -> list[tuple[int, str]]:
        begin = self._taken
        while self._taken < len(self.ragged) and (last is None or self.ragged[self._taken][0] <= last):
            self._taken += 1
        return self.ragged[begin : self._taken]

    def _lines(
        self, numbers: npt.NDArray[np.int64], breaks: npt.NDArray[np.int64], ragged: list[tuple[int, str]]
    ) -> tuple[npt.NDArray[np.int64], pl.DataFrame]:
        """Return the lines of `numbers`, and line and text of `ragged`, in one count over both in file order."""
        all_numbers = np.concatenate([numbers, np.array([number for number, _ in ragged], np.int64)])
        all_breaks = np.concatenate([breaks, np.array([text.count("\n") for _, text in ragged], np.int64)])
        order = np.argsort(all_numbers, kind="stable")
        # Line breaks inside the values of all earlier records, ragged ones included: each shifts the records after it.
        before = np.empty(len(order), np.int64)
        before[order] = self._breaks + np.cumsum(all_breaks[order]) - all_breaks[order]
        self._breaks += int(all_breaks.sum())
        lines = self.header_lines + all_numbers + before
        if not ragged:
            return lines, _NO_RAGGED
        self.last_ragged_line = int(lines[-1])
        texts = pl.DataFrame(
            {"line": lines[len(numbers) :], "text": [text for _, text in ragged]}, schema=_NO_RAGGED.schema
        )
        return lines[: len(numbers)], texts.filter(pl.col("text").str.strip_chars() != "")


def _line_breaks(batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    """Return the number of line breaks inside the values of each record."""
    total = np.zeros(batch.num_rows, np.int64)
    for column in batch.columns:
        text = column.buffers()[2]
        # Searching the bytes of the whole column is fast, and rules out most columns.
        if text is not None and b"\n" in text.to_pybytes():
            total += pc.count_substring(column, "\n").to_numpy(zero_copy_only=False)
    return total
