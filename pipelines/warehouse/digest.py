"""Digests: one short text over many rows that changes when any value, row or column of them does."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from pipelines.warehouse.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    import duckdb


def digest(connection: duckdb.DuckDBPyConnection, rows: str, parameters: Mapping[str, object] | None = None) -> str:
    """Return the digest of the rows of the query `rows`, whatever their order."""
    names = _columns(connection, rows, parameters)
    [found] = connection.execute(f"SELECT {_measures(names)} FROM ({rows})", parameters).fetchall()  # noqa: S608 - a query from code
    return sha256_of(_part(names, found))


def digests(connection: duckdb.DuckDBPyConnection, rows: str, by: str) -> dict[int, list[object]]:
    """Return what a digest is made of for each value of the column `by`, over the other columns of the query `rows`.

    Columns that are empty in all rows of a value count as if they were not there: one that is added to a table later
    changes nothing about the rows before it.
    """
    names = [name for name in _columns(connection, rows) if name != by]
    query = f"SELECT {quoted(by)}, {_measures(names)} FROM ({rows}) GROUP BY 1"  # noqa: S608 - a query from code
    return {key: _part(names, found) for key, *found in connection.execute(query).fetchall()}


def sha256_of(content: object) -> str:
    """Return the SHA-256 of what JSON can hold."""
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def _columns(
    connection: duckdb.DuckDBPyConnection, rows: str, parameters: Mapping[str, object] | None = None
) -> list[str]:
    described = connection.execute(f"DESCRIBE {rows}", parameters).fetchall()
    return sorted(name for name, *_ in described)


def _measures(names: Iterable[str]) -> str:
    """Give the sums a digest is made of: rows, the sum without carry of their MD5, and the values of each column.

    Values are joined by a character that no text of a table may hold; the counts tell an empty one from its neighbour.
    """
    columns = [quoted(name) for name in names]
    text = f"concat_ws(chr(31), {', '.join(columns)})"
    counts = "".join(f", COUNT({column})" for column in columns)
    return f"COUNT(*), bit_xor(md5_number({text})){counts}"


def _part(names: Sequence[str], found: Sequence[Any]) -> list[object]:
    rows, mixed, *counts = found
    return [rows, f"{mixed or 0:032x}", {name: count for name, count in zip(names, counts, strict=True) if count}]
