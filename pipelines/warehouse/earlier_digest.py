"""The digests of warehouses up to version 9, to verify what was sealed by them; nothing new is sealed so.

Someone who may write the warehouse can make up for the change of one row by that of another: the next run seals the
same rows once more, by `warehouse.digest`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.warehouse.digest import columns_of, sha256_of
from pipelines.warehouse.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    import duckdb


def digest(connection: duckdb.DuckDBPyConnection, rows: str, parameters: Mapping[str, object] | None = None) -> str:
    """Return the digest (SHA-256, hexadecimal) of the rows of the query `rows`, whatever their order."""
    names = columns_of(connection, rows, parameters)
    [found] = connection.execute(f"SELECT {_measures(names)} FROM ({rows})", parameters).fetchall()  # noqa: S608 - a query from code
    return sha256_of(_part(names, found))


def digests(
    connection: duckdb.DuckDBPyConnection, rows: str, by: str, _order: Sequence[str] = ()
) -> dict[int, list[object]]:
    """Return the content of the digest over the other columns of `rows`, by each value of the column `by`."""
    names = [name for name in columns_of(connection, rows) if name != by]
    query = f"SELECT {quoted(by)}, {_measures(names)} FROM ({rows}) GROUP BY 1"  # noqa: S608 - a query from code
    return {key: _part(names, found) for key, *found in connection.execute(query).fetchall()}


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
