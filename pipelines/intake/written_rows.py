"""Written rows: what of a file is written to its table, in the order of its lines; a long one is not sorted again."""

# Names are quoted, numbers are our own: nothing in an extract can reach the SQL.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipelines.warehouse.parsed import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb
    import pyarrow as pa

_PART, _BATCH = 1 << 20, 1 << 16
"""Lines asked for at a time, and rows read at a time."""
_SHORT = 100_000
"""Up to so many rows, sorting them is less work than looking at the order in which they lie."""


@dataclass(frozen=True)
class Written:
    """The rows of `door` as they are written: SQL of `rows`, and of the lines among them that are `left_out`, if any.

    `count`: about how many they are.
    """

    rows: str
    left_out: str | None
    count: int


def written_batches(connection: duckdb.DuckDBPyConnection, written: Written) -> Iterator[pa.RecordBatch]:
    """Yield the written rows in the order of their lines, some at a time; their columns are sorted by name."""
    rows = f"SELECT * FROM ({written.rows})"
    if written.count <= _SHORT:
        condition = f" WHERE line NOT IN ({written.left_out})" if written.left_out else ""
        yield from _batches(connection, f"{rows}{condition} ORDER BY line")
        return
    left_out = np.empty(0, np.int64)
    if written.left_out:
        left_out = np.sort(connection.sql(written.left_out).to_arrow_table().column(0).to_numpy())
    last, is_in_order = _lines(connection)
    for first in range(0, last + 1, _PART):
        query = f"{rows} WHERE line >= {first} AND line < {first + _PART}"
        of_part = left_out[np.searchsorted(left_out, first) : np.searchsorted(left_out, first + _PART)] - first
        bits = {"left_out": np.packbits(np.isin(np.arange(_PART), of_part)).tobytes()} if len(of_part) else {}
        if bits:  # a join with the lines would take the rows out of their order
            query += f" AND get_bit(CAST($left_out AS BIT), CAST(line - {first} AS INTEGER)) = 0"
        query += "" if is_in_order else " ORDER BY line"
        yield from _batches(connection, query, bits)


def _batches(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Mapping[str, bytes] | None = None
) -> Iterator[pa.RecordBatch]:
    [statement] = parsed(connection, query)
    found = connection.sql(statement, params=parameters)
    names = sorted(found.columns)
    for batch in found.to_arrow_reader(_BATCH):
        yield batch.select(names)


def _lines(connection: duckdb.DuckDBPyConnection) -> tuple[int, bool]:
    """Return the last line of `door`, and whether its rows lie in the order of their lines, as they mostly do."""
    last, is_in_order = 0, True
    for batch in connection.sql("SELECT line FROM door").to_arrow_reader(_BATCH):
        lines = batch.column(0).to_numpy()
        is_in_order = is_in_order and bool((np.diff(lines, prepend=last) > 0).all())
        last = max(last, int(lines.max(initial=0)))
    return last, is_in_order
