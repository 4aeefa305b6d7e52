"""Loads: which files are in the warehouse, and the control totals that prove that no row was lost."""

# Names are quoted and texts escaped by data_tables, values are bound: nothing in an extract can reach the SQL.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.warehouse.quoting import quoted
from schemas.errors import InvariantError, Place, Problem
from schemas.types import ZERO

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    import duckdb

    from pipelines.intake.row_versions import Verdict
    from schemas.catalogue import DataSet


@dataclass(frozen=True)
class Counted:
    """A number of rows and the sum of their money; None where the data set has none."""

    rows: int
    amount: Decimal | None


OUTCOMES = ("loaded", "duplicate", "superseded", "rejected")
"""The possible outcomes of a row: it has exactly one of them."""


def count_outcomes(
    connection: duckdb.DuckDBPyConnection, data_set: DataSet, verdict: Verdict, *, rows: int, load_seq: int
) -> tuple[Counted, dict[str, Counted]]:
    """Return what was read and how many rows had each outcome, counted where each row now is.

    Read are the `rows` of the file, and the money of those whose amount can be read.

    Raises:
        InvariantError: the outcomes do not add up to what was read.
    """
    loaded, superseded = _count(
        connection,
        data_set,
        ("superseded_seq IS NULL", "superseded_seq = load_seq"),
        f"{quoted(data_set.name)} WHERE load_seq = {load_seq}",
    )
    duplicates = _DUPLICATE if verdict.has_contest else "false"
    rejects = _REJECTED if verdict.has_rejects else "false"
    at_door, duplicate, rejected = _count(connection, data_set, ("true", duplicates, rejects), "door")
    if verdict.has_rejects:  # ragged records are rejected before they reach `door`
        [(all_rejected,)] = connection.execute("SELECT COUNT(*) FROM rejected").fetchall()
        rejected = Counted(int(all_rejected), rejected.amount)
    read = Counted(rows, at_door.amount)
    counts = dict(zip(OUTCOMES, (loaded, duplicate, superseded, rejected), strict=True))
    accounted = sum(count.rows for count in counts.values())
    amount = sum((count.amount or ZERO for count in counts.values()), ZERO)
    # Rows and money both: rows could be swapped with equal counts.
    if accounted != read.rows or amount != (read.amount or ZERO):
        found = f"{read.rows} rows ({read.amount}) were read, but {accounted} ({amount}) are accounted for"
        todo = "this is a fault of Rebatch: report it with the extract; nothing of it was loaded"
        raise InvariantError(Problem(found, todo, at=Place(data_set.name)))
    return read, counts


_DUPLICATE = "line IN (SELECT line FROM outcomes WHERE is_new AND outcome = 'duplicate')"
_REJECTED = "line IN (SELECT line FROM rejected)"


def record_load(
    connection: duckdb.DuckDBPyConnection, load: dict[str, object], read: Counted, counts: dict[str, Counted]
) -> None:
    """Record a file as loaded, with its control totals."""
    row = dict(load)
    for name, count in {"read": read, **counts}.items():
        row[f"rows_{name}"], row[f"amount_{name}"] = count.rows, count.amount
    names = ", ".join(row)
    places = ", ".join(f"${name}" for name in row)
    connection.execute(f"INSERT INTO loads ({names}) VALUES ({places})", row)


def _count(connection: duckdb.DuckDBPyConnection, data_set: DataSet, kinds: Sequence[str], rows: str) -> list[Counted]:
    """Return rows and money of those of `rows` that satisfy each condition of `kinds`."""
    money = f"SUM({data_set.money})" if data_set.money else "SUM(0)"
    figures = ", ".join(f"COUNT(*) FILTER ({kind}), {money} FILTER ({kind})" for kind in kinds)
    [found] = connection.execute(f"SELECT {figures} FROM {rows}").fetchall()
    return [
        Counted(int(count), (amount or ZERO) if data_set.money else None)
        for count, amount in zip(found[::2], found[1::2], strict=True)
    ]
