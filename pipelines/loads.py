"""Loads: which files are in the warehouse, and the sums that prove that nothing of them was lost."""

# Names are quoted and texts escaped by data_tables, values are bound: nothing in an extract can reach the SQL.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.sql_text import quoted
from pipelines.warehouse import connect
from schemas.errors import InvariantError, Problem

if TYPE_CHECKING:
    import duckdb

    from pipelines.workspace import Workspace
    from schemas.catalogue import DataSet


@dataclass(frozen=True)
class Counted:
    """A number of rows and the sum of their money; None where the data set has none."""

    rows: int
    amount: Decimal | None


def loaded_files(workspace: Workspace) -> set[tuple[str, str, str]]:
    """List data set, source and hash of every file that is in the warehouse."""
    if not workspace.warehouse_path.exists():
        return set()
    with connect(workspace) as connection:
        rows = connection.execute("SELECT data_set, source, sha256 FROM loads").fetchall()
    return {(data_set, source, sha256) for data_set, source, sha256 in rows}


OUTCOMES = ("loaded", "duplicate", "superseded", "rejected")
"""What becomes of a row: exactly one of these."""


def count_outcomes(
    connection: duckdb.DuckDBPyConnection, data_set: DataSet, *, read: Counted, load_seq: int
) -> dict[str, Counted]:
    """Count what became of the rows of the door, where each of them now is: in the table, or left out by name.

    Raises:
        InvariantError: the outcomes do not add up to what was read.
    """
    money = f"SUM({data_set.money})" if data_set.money else "NULL"
    table = quoted(data_set.name)
    rejected = "line IN (SELECT line FROM rejected)"
    counts = {
        "loaded": _count(connection, f"{money} FROM {table} WHERE load_seq = {load_seq} AND superseded_seq IS NULL"),
        "duplicate": _count(
            connection,
            f"{money} FROM door WHERE line IN (SELECT line FROM outcomes WHERE is_new AND outcome = 'duplicate')",
        ),
        "superseded": _count(
            connection, f"{money} FROM {table} WHERE load_seq = {load_seq} AND superseded_seq = {load_seq}"
        ),
        "rejected": _count(connection, f"{money} FROM door WHERE {rejected}"),
    }
    all_rejected = connection.execute("SELECT COUNT(*) FROM rejected").fetchall()[0][0]
    counts["rejected"] = Counted(int(all_rejected), counts["rejected"].amount)
    rows = sum(count.rows for count in counts.values())
    amount = sum((count.amount or Decimal(0) for count in counts.values()), Decimal(0))
    if rows != read.rows or amount != (read.amount or Decimal(0)):
        found = f"{read.rows} rows ({read.amount}) were read, but {rows} ({amount}) are accounted for"
        todo = "this is a fault of Rebatch: report it with the extract; nothing of it was loaded"
        raise InvariantError(Problem(data_set.name, 0, 0, found, todo))
    return counts


def count_door(connection: duckdb.DuckDBPyConnection, data_set: DataSet, *, rows: int) -> Counted:
    """Count what was read: `rows` of the file, and the money of those that have any that can be read."""
    money = f"SUM({data_set.money})" if data_set.money else "NULL"
    return Counted(rows, _count(connection, f"{money} FROM door").amount)


def record_load(
    connection: duckdb.DuckDBPyConnection, load: dict[str, object], read: Counted, counts: dict[str, Counted]
) -> None:
    """Write a file down as loaded, with its sums."""
    row = dict(load)
    for name, count in {"read": read, **counts}.items():
        row[f"rows_{name}"], row[f"amount_{name}"] = count.rows, count.amount
    names = ", ".join(row)
    places = ", ".join(f"${name}" for name in row)
    connection.execute(f"INSERT INTO loads ({names}) VALUES ({places})", row)


def _count(connection: duckdb.DuckDBPyConnection, rest: str) -> Counted:
    rows, amount = connection.execute(f"SELECT COUNT(*), {rest}").fetchall()[0]
    money = rest.partition(" FROM ")[0] != "NULL"
    return Counted(int(rows), (amount or Decimal(0)) if money else None)
