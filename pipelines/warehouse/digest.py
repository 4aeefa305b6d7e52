"""Digests: one short text over many rows that changes when any value, row or column of them does.

Rows are put in order and each column is read as up to three streams of bytes: which rows have a value, how long each
text is, and the values themselves. Every stream has a SHA-256 of its own, so nothing can move from one value, column or
row into another, and no change of one row can make up for that of another.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.warehouse.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import duckdb

_BATCH = 1 << 16
"""Rows read at a time."""


def digest(connection: duckdb.DuckDBPyConnection, rows: str, parameters: Mapping[str, object] | None = None) -> str:
    """Return the digest (SHA-256, hexadecimal) of the rows of the query `rows`, whatever their order."""
    names = columns_of(connection, rows, parameters)
    whole = _Streams()
    for batch in _batches(connection, f"SELECT {_list(names)} FROM ({rows}) ORDER BY ALL", parameters):  # noqa: S608 - a query from code
        whole.add(batch)
    return sha256_of(whole.content())


def digests(
    connection: duckdb.DuckDBPyConnection, rows: str, by: str, order: Sequence[str] = ()
) -> dict[int, list[object]]:
    """Return the content of the digest over the other columns of `rows`, by each value of the column `by`.

    `order` names columns by which no two rows with the same `by` are equal; without it rows are put in order by all.
    Columns that are empty in all rows of a value are left out: a column added to a table later does not change the
    digests of earlier rows.
    """
    names = [name for name in columns_of(connection, rows) if name != by]
    query = f"SELECT {_list([by, *names])} FROM ({rows}) ORDER BY {_list([by, *(order or names)])}"  # noqa: S608 - a query from code
    found: dict[int, _Streams] = {}
    for batch in _batches(connection, query):
        for key, part in _parted(batch):
            found.setdefault(key, _Streams()).add(part)
    return {key: streams.content() for key, streams in found.items()}


def digest_in_order(batches: Iterable[pa.RecordBatch]) -> list[object]:
    """Return the content of the digest over rows that come in their order, with columns sorted by name."""
    streams = _Streams()
    for batch in batches:
        streams.add(batch)
    return streams.content()


def sha256_of(content: object) -> str:
    """Return the SHA-256 (hexadecimal) of the compact JSON text of `content`."""
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


class _Streams:
    """The streams of one set of rows, as far as they were read."""

    def __init__(self) -> None:
        self._rows = 0
        self._columns: dict[str, _Column] = {}

    def add(self, batch: pa.RecordBatch) -> None:
        self._rows += batch.num_rows
        for name, values in zip(batch.schema.names, batch.columns, strict=True):
            self._columns.setdefault(name, _Column(values.type)).add(values)

    def content(self) -> list[object]:
        return [self._rows, {name: column.content() for name, column in self._columns.items() if column.is_used}]


class _Column:
    """The streams of one column: which rows have a value, how long each text is, and the values."""

    def __init__(self, kind: pa.DataType) -> None:
        self._kind = kind
        self._is_there, self._lengths, self._values = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()
        self.is_used = False

    def add(self, values: pa.Array) -> None:
        self.is_used = self.is_used or values.null_count < len(values)
        if values.null_count:
            self._is_there.update(_bytes(pc.is_valid(values)))
            # What lies in the place of a missing value is left to whoever made the array.
            values = values.drop_null()
        else:
            self._is_there.update(b"\1" * len(values))
        if pa.types.is_string(self._kind) or pa.types.is_binary(self._kind):
            self._add_texts(values)
        else:
            self._values.update(_bytes(values))

    def _add_texts(self, values: pa.Array) -> None:
        if len(values) == 0:
            return
        _, places, texts = values.buffers()
        bounds = np.frombuffer(places, np.int32, len(values) + 1, values.offset * 4)
        self._lengths.update(np.diff(bounds).tobytes())
        if texts is not None:
            self._values.update(texts[bounds[0] : bounds[-1]])

    def content(self) -> list[str]:
        return [str(self._kind), *(stream.hexdigest() for stream in (self._is_there, self._lengths, self._values))]


def _bytes(values: pa.Array) -> pa.Buffer | bytes:
    """Return the values of a column without missing ones, each in as many bytes as its type has."""
    if len(values) == 0:
        return b""
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.uint8())  # else bits, which begin anywhere in a byte
    width = values.type.bit_width // 8
    return values.buffers()[1].slice(values.offset * width, len(values) * width)


def _batches(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Mapping[str, object] | None = None
) -> Iterator[pa.RecordBatch]:
    yield from connection.sql(query, params=parameters).to_arrow_reader(_BATCH)


def _parted(batch: pa.RecordBatch) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield each value of the first column, by which the batch is ordered, with the other columns of its rows."""
    keys, others = batch.column(0).to_numpy(), batch.drop_columns(batch.schema.names[0])
    starts = [0, *(np.flatnonzero(np.diff(keys)) + 1).tolist(), len(keys)]
    for start, end in itertools.pairwise(starts):
        if end > start:
            yield int(keys[start]), others.slice(start, end - start)


def _list(names: Sequence[str]) -> str:
    return ", ".join(quoted(name) for name in names)


def columns_of(
    connection: duckdb.DuckDBPyConnection, rows: str, parameters: Mapping[str, object] | None = None
) -> list[str]:
    """Return the column names of the query `rows`, sorted: their order in a table must not change a digest."""
    return sorted(connection.sql(rows, params=parameters).columns)
