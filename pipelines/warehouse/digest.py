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
    """Return the digest (SHA-256, hexadecimal) of the rows of the query `rows`, whatever their order."""
    names = _columns(connection, rows, parameters)
    [found] = connection.execute(f"SELECT {_measures(names)} FROM ({rows})", parameters).fetchall()  # noqa: S608 - a query from code
    return sha256_of(_part(names, found))


def digests(connection: duckdb.DuckDBPyConnection, rows: str, by: str) -> dict[int, list[object]]:
    """Return the content of the digest over the other columns of `rows`, by each value of the column `by`.

    Columns that are empty in all rows of a value are left out: a column added to a table later does not change the
    digests of earlier rows.
    """
    names = [name for name in _columns(connection, rows) if name != by]
    query = f"SELECT {quoted(by)}, {_measures(names)} FROM ({rows}) GROUP BY 1"  # noqa: S608 - a query from code
    return {key: _part(names, found) for key, *found in connection.execute(query).fetchall()}


def sha256_of(content: object) -> str:
    """Return the SHA-256 (hexadecimal) of the compact JSON text of `content`."""
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def _columns(
    connection: duckdb.DuckDBPyConnection, rows: str, parameters: Mapping[str, object] | None = None
) -> list[str]:
    """Return the column names of the query `rows`, sorted: their order in a table must not change a digest."""
    described = connection.execute(f"DESCRIBE {rows}", parameters).fetchall()
    return sorted(name for name, *_ in described)


def _measures(names: Iterable[str]) -> str:
    """Return the SQL of the sums a digest is made of: rows, the XOR of their MD5, and the values per column.

    Values are joined by chr(31), which no text of a table may hold; the counts distinguish an empty value from its
    neighbour, since concat_ws leaves NULL out.
    """
    columns = [quoted(name) for name in names]
    text = f"concat_ws(chr(31), {', '.join(columns)})"
    counts = "".join(f", COUNT({column})" for column in columns)
    # XOR does not depend on the order of rows. Two equal rows would cancel out: rows digested here are distinct.
    return f"COUNT(*), bit_xor(md5_number({text})){counts}"


def _part(names: Sequence[str], found: Sequence[Any]) -> list[object]:
    rows, mixed, *counts = found
    # bit_xor is NULL over no rows.
    return [rows, f"{mixed or 0:032x}", {name: count for name, count in zip(names, counts, strict=True) if count}]
