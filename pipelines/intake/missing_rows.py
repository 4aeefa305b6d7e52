"""Missing rows: rows that earlier files brought and that this one does not have; where it is everything, they end."""

# Names are quoted and come from the catalogue, numbers are our own.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pipelines.intake.reject_reasons import RAGGED, REPEATED_KEY
from pipelines.intake.rejects import is_correction
from pipelines.warehouse.frames import read
from pipelines.warehouse.quoting import literal, quoted
from pipelines.workspace.files import make_private_folder, write_whole
from schemas.catalogue import BOOKKEEPING, DATA_SETS
from schemas.errors import ExtractError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from pathlib import Path

    import duckdb

    from pipelines.intake.extract_list import Extract
    from pipelines.intake.load_history import Before
    from schemas.source import Source
    from schemas.workspace import WorkspaceConfig

MOST_NAMED = 3
"""So many missing rows are named where a delivery is refused."""


@dataclass(frozen=True)
class Delivery:
    """A file whose rows were just written to their table by the load `load_seq`.

    is_everything: what it does not have is no more. It is of a source of snapshots, is no file of corrected rows, and
    every record of it has a key.
    """

    extract: Extract
    source: Source
    before: Before
    load_seq: int
    is_everything: bool


@dataclass(frozen=True)
class Missing:
    """How many rows of earlier contents of the path are missing and go on counting, and how many rows ended.

    told: those that went missing with this file and go on counting.
    """

    still_in_force: int
    withdrawn: int = 0
    told: int = 0


def says_everything(
    connection: duckdb.DuckDBPyConnection, extract: Extract, source: Source, *, has_rejects: bool
) -> bool:
    """Return whether rows that the file does not have are no more: see Delivery."""
    if source.delivery != "snapshot" or is_correction(extract.columns):
        return False
    if not has_rejects:
        return True
    key = ", ".join(map(literal, source.key or DATA_SETS[source.data_set].key))
    keyless = f"SELECT 1 FROM problems WHERE column_name IN ({key}) AND reason <> ? OR reason = ? LIMIT 1"
    return not connection.execute(keyless, [REPEATED_KEY, RAGGED]).fetchall()


def end_missing(connection: duckdb.DuckDBPyConnection, delivery: Delivery, config: WorkspaceConfig) -> Missing:
    """Return what a file does not have, after ending the rows that it takes back.

    A file that is read again by another recipe takes back what it was misread for: rows under keys that it no longer
    has. A file that is everything takes back all rows of its source that it does not have.

    Raises:
        ExtractError: which rows were misread cannot be told, or more rows would end than the workspace allows.
    """
    before, data_set, ended = delivery.before, delivery.source.data_set, 0
    is_missing = _is_missing(before.earlier)
    missing = _count(connection, data_set, is_missing) if before.earlier else 0
    if before.rereads is not None and missing > before.missing:
        if not before.missing:
            ended = _withdraw(connection, delivery, is_missing)
        elif not delivery.is_everything:
            raise ExtractError(_ambiguous(delivery, missing))
    if delivery.is_everything:
        loads = _of_source(connection, delivery.source, config)
        _refuse_if_above(connection, delivery, loads, config.max_withdrawn)
        ended += _withdraw(connection, delivery, _may_end(data_set, loads))
    missing = _count(connection, data_set, is_missing) if ended else missing
    told = missing - before.missing if before.rereads is None and _has_any(connection, delivery) else 0
    return Missing(missing, ended, max(told, 0))


def _of_source(connection: duckdb.DuckDBPyConnection, source: Source, config: WorkspaceConfig) -> list[int]:
    """Return the loads of a source, but for files that another entry of the same source brings."""
    others = [
        other.path
        for other in config.sources
        if (other.data_set, other.source) == (source.data_set, source.source) and other != source
    ]
    loads = "SELECT load_seq, path FROM loads WHERE data_set = ? AND source = ?"
    return [
        load_seq
        for load_seq, path in connection.execute(loads, [source.data_set, source.source]).fetchall()
        if _matches(path, source.path) or not any(_matches(path, other) for other in others)
    ]


def _matches(path: str, pattern: str) -> bool:
    """Return whether the files of `pattern` may lie at `path`: * and ** are any part of a path."""
    return fnmatchcase(path, pattern.replace("**/", "*"))


def _refuse_if_above(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, loads: Sequence[int], allowed: Decimal
) -> None:
    """Refuse a delivery that has lost a large part of the rows in force; a single row is never a large part.

    Raises:
        ExtractError: the share of rows that would end is above `max_withdrawn`.
    """
    share = allowed if delivery.source.max_withdrawn is None else delivery.source.max_withdrawn
    table, may_end = quoted(delivery.source.data_set), _may_end(delivery.source.data_set, loads)
    count = _count(connection, delivery.source.data_set, may_end)
    known = f"""
        SELECT COUNT(*) FROM {table}
        WHERE load_seq IN ({_listed(loads)}) AND (superseded_seq IS NULL OR superseded_seq = {delivery.load_seq})
    """
    [(rows,)] = connection.execute(known).fetchall()
    if count <= share * rows or count == 1 < rows:
        return
    first = quoted(DATA_SETS[delivery.source.data_set].key[0])
    named = f"SELECT {first} FROM {table} WHERE {may_end} ORDER BY load_seq, line LIMIT {MOST_NAMED}"
    ids = ", ".join(str(name) for (name,) in connection.execute(named).fetchall())
    found = (
        f"{count:,} of {rows:,} rows in force are not in this delivery, such as {ids}: {count / rows:.2%}, above "
        f"`max_withdrawn` ({share:.2%}): nothing of it is loaded"
    )
    todo = (
        "deliver it again, whole; or, if these rows are no more, allow more in rebatch.yaml; or, if a file of this "
        "source is only a part, say `delivery: additive`"
    )
    raise ExtractError(Problem(found, todo, at=Place(delivery.extract.path)))


def _ambiguous(delivery: Delivery, missing: int) -> Problem:
    found = (
        f"read as the source says now, the file names its rows otherwise, and {missing:,} rows in force of what this "
        "path held cannot be told from those it misread: they would count twice"
    )
    todo = "leave what names a row (`key:`, its columns, `ids:`) as it was"
    return Problem(found, todo, at=Place(delivery.extract.path))


def _has_any(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> bool:
    """Return whether the file has any row that its path held before; a file of new rows alone misses none."""
    if not delivery.before.earlier:
        return False
    table, loads = quoted(delivery.source.data_set), _listed(delivery.before.earlier)
    query = f"""
        SELECT 1 FROM {table} WHERE load_seq IN ({loads}) AND (superseded_seq IS NULL OR superseded_seq = ?)
            AND row_key IN (SELECT row_key FROM door) LIMIT 1
    """
    return bool(connection.execute(query, [delivery.load_seq]).fetchall())


def _count(connection: duckdb.DuckDBPyConnection, data_set: str, condition: str) -> int:
    query = f"SELECT COUNT(*) FROM {quoted(data_set)} WHERE {condition}"
    return int(connection.execute(query).fetchall()[0][0])


def _withdraw(connection: duckdb.DuckDBPyConnection, delivery: Delivery, condition: str) -> int:
    """Return how many rows end, at once and without a day: no later row says when."""
    data_set = DATA_SETS[delivery.source.data_set]
    ends = ", superseded_on = NULL" if data_set.has_receipt else ""
    query = f"UPDATE {quoted(data_set.name)} SET superseded_seq = {delivery.load_seq}{ends} WHERE {condition}"
    return int(connection.execute(query).fetchall()[0][0])


def write_withdrawn(connection: duckdb.DuckDBPyConnection, delivery: Delivery, target: Path) -> None:
    """Write the rows that ended with a file and have no successor in it, each with the file and line it came from."""
    data_set = DATA_SETS[delivery.source.data_set]
    ours = ", ".join(name for name in BOOKKEEPING if name != "superseded_on" or data_set.has_receipt)
    ended = f"""
        SELECT l.path AS file, t.line, t.* EXCLUDE ({ours})
        FROM {quoted(data_set.name)} AS t JOIN loads AS l USING (load_seq)
        WHERE superseded_seq = ? AND t.load_seq < ? AND row_key NOT IN (SELECT row_key FROM door)
        ORDER BY t.load_seq, t.line
    """
    rows = read(connection, ended, [delivery.load_seq, delivery.load_seq])
    make_private_folder(target.parent)
    write_whole(target, rows.write_csv().encode())


def _is_missing(loads: Sequence[int]) -> str:
    """Return the SQL condition for rows in force of `loads` that are not at the door; a rejected row is there."""
    return f"superseded_seq IS NULL AND load_seq IN ({_listed(loads)}) AND row_key NOT IN (SELECT row_key FROM door)"


def _may_end(data_set: str, loads: Sequence[int]) -> str:
    """Return the SQL condition for missing rows of `loads` that end where a file is everything.

    The last row of an id that rows of other data sets refer to does not end: what they refer to would be gone.
    """
    own_id = quoted(DATA_SETS[data_set].key[0])
    referring = [
        f"SELECT {quoted(column)} FROM {quoted(other.name)} "
        f"WHERE superseded_seq IS NULL AND {quoted(column)} IS NOT NULL"
        for other in DATA_SETS.values()
        for column, referred in other.references.items()
        if referred == data_set
    ]
    if not referring:
        return _is_missing(loads)
    at_door = f"SELECT {own_id} FROM door WHERE {own_id} IS NOT NULL"
    is_free = f"{own_id} IN ({at_door}) OR {own_id} NOT IN ({' UNION ALL '.join(referring)})"
    return f"{_is_missing(loads)} AND ({is_free})"


def _listed(loads: Sequence[int]) -> str:
    return ", ".join(map(str, loads)) or "NULL"
