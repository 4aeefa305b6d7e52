"""Missing rows: rows that earlier contents of a path brought, and that the file there now does not have."""

# Names are quoted and come from the catalogue, numbers are our own.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.warehouse.quoting import quoted
from schemas.catalogue import DATA_SETS
from schemas.errors import ExtractError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pipelines.intake.extract_list import Extract
    from pipelines.intake.load_history import Before
    from schemas.catalogue import DataSet
    from schemas.source import Source


@dataclass(frozen=True)
class Missing:
    """How many rows of earlier contents are missing: those that go on counting, and those that ended with this file.

    told: those that went missing with this file and go on counting.
    """

    still_in_force: int
    withdrawn: int = 0
    told: int = 0


def end_missing(
    connection: duckdb.DuckDBPyConnection, extract: Extract, source: Source, before: Before, *, load_seq: int
) -> Missing:
    """End the rows that the file of `load_seq` takes back, and count those of earlier contents that it does not have.

    A file that is read again by another recipe takes back what it was misread for: rows under keys that it no longer
    has.

    Raises:
        ExtractError: which rows it takes back cannot be told.
    """
    data_set = DATA_SETS[source.data_set]
    missing = _count(connection, data_set, before.earlier)
    if before.rereads is None:
        return Missing(missing, told=max(missing - before.missing, 0))
    if missing <= before.missing:
        return Missing(missing)
    if before.missing:
        raise ExtractError(_ambiguous(extract, missing))
    return Missing(0, _withdraw(connection, data_set, before.earlier, load_seq=load_seq))


def _ambiguous(extract: Extract, missing: int) -> Problem:
    found = (
        f"read as the source says now, the file names its rows otherwise, and {missing:,} rows in force of what this "
        "path held cannot be told from those it misread: they would count twice"
    )
    todo = "leave what names a row (`key:`, its columns, `ids:`) as it was"
    return Problem(found, todo, at=Place(extract.path))


def _count(connection: duckdb.DuckDBPyConnection, data_set: DataSet, loads: Sequence[int]) -> int:
    if not loads:
        return 0
    query = f"SELECT COUNT(*) FROM {quoted(data_set.name)} WHERE {_is_missing(loads)}"
    return int(connection.execute(query).fetchall()[0][0])


def _withdraw(connection: duckdb.DuckDBPyConnection, data_set: DataSet, loads: Sequence[int], *, load_seq: int) -> int:
    """End the missing rows of `loads` at once, without a day: no later row says when."""
    ends = ", superseded_on = NULL" if data_set.has_receipt else ""
    query = f"UPDATE {quoted(data_set.name)} SET superseded_seq = {load_seq}{ends} WHERE {_is_missing(loads)}"
    return int(connection.execute(query).fetchall()[0][0])


def _is_missing(loads: Sequence[int]) -> str:
    """Return the SQL condition for rows in force of `loads` that are not at the door; a rejected row is there."""
    listed = ", ".join(map(str, loads))
    return f"superseded_seq IS NULL AND load_seq IN ({listed}) AND row_key NOT IN (SELECT row_key FROM door)"
