"""Row hashes: what every load did to its table, so that no row is changed, removed or added unnoticed."""

# Names are quoted and come from the catalogue, numbers are our own.
# ruff: noqa: S608

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.intake.written_rows import written_batches
from pipelines.warehouse import digest, earlier_digest
from pipelines.warehouse.digest import sha256_of
from pipelines.warehouse.frames import read
from pipelines.warehouse.quoting import quoted
from schemas.catalogue import DATA_SETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import duckdb

    from pipelines.intake.written_rows import Written

    _Act = tuple[str, str, str, list[str]]
    _Digests = Callable[..., dict[int, list[object]]]

# What identifies a resolved reject; the other columns are covered by the load that rejected it.
_MENDED = "resolved_seq, reject_id, line, column_name, reason"
FOUND = {"load_seq": pl.Int32, "data_set": pl.String, "path": pl.String, "found": pl.String}
"""Columns of a finding about a load."""


def hash_rows(connection: duckdb.DuckDBPyConnection, data_set: str, load_seq: int) -> str:
    """Return the hash of what the load did: rows added, ended, rejected and resolved."""
    return dict(_hashes(connection, data_set, f"= {load_seq}")).get(load_seq, _NOTHING)


def hash_written(
    connection: duckdb.DuckDBPyConnection, data_set: str, load_seq: int, written: Written, *, only_adds: bool
) -> str:
    """Return the hash of what the load did, as `hash_rows`, but over the rows that it was to add, not those added.

    `only_adds`: it was to do nothing else.
    """
    added = digest.digest_in_order(written_batches(connection, written))
    others = _acts(data_set, f"= {load_seq}")[1:]
    done = [{} for _ in others] if only_adds else _digests(connection, others, digest.digests)
    parts = [{load_seq: added} if added[0] else {}, *done]
    return dict(_joined(parts)).get(load_seq, _NOTHING)


def fill_row_hashes(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the missing hashes of loads made before there were such hashes, from the rows as they are now.

    Not of a load whose rows are no longer what its hash of then says: `changed_rows` goes on telling that.
    """
    bare = connection.execute("SELECT data_set, LIST(load_seq) FROM loads WHERE rows_sha256 IS NULL GROUP BY 1")
    for data_set, numbers in bare.fetchall():
        changed = set(changed_rows(connection, data_set)["load_seq"])
        now = dict(_hashes(connection, data_set, "IS NOT NULL"))
        rows = [(now.get(number, _NOTHING), number) for number in numbers if number not in changed]
        if rows:
            connection.executemany("UPDATE loads SET rows_sha256 = ? WHERE load_seq = ?", rows)


def changed_rows(connection: duckdb.DuckDBPyConnection, only: str | None = None) -> pl.DataFrame:
    """Return the loads, of all data sets or `only` one, whose rows are no longer as the load left them: FOUND."""
    loads = read(connection, "SELECT load_seq, data_set, path, rows_sha256, rows_hash FROM loads ORDER BY load_seq")
    found: list[tuple[int, str, str, str]] = []
    for data_set in loads["data_set"].unique().sort() if only is None else [only]:
        now = dict(_hashes(connection, data_set, "IS NOT NULL"))
        of_set = loads.filter(data_set=data_set)
        then = now
        if not of_set.filter(pl.col("rows_sha256").is_null() & pl.col("rows_hash").is_not_null()).is_empty():
            then = dict(_hashes(connection, data_set, "IS NOT NULL", earlier_digest.digests))
        for load_seq, path, sha256, earlier in of_set.drop("data_set").iter_rows():
            kept, held = (earlier, then) if sha256 is None else (sha256, now)
            if kept is not None and held.get(load_seq, _NOTHING) != kept:
                found.append((load_seq, data_set, path, "rows were changed, removed or put in"))
        found += [(seq, data_set, "", "rows of no load") for seq in sorted(now.keys() - set(of_set["load_seq"]))]
    return pl.DataFrame(found, schema=FOUND, orient="row")


def _hashes(
    connection: duckdb.DuckDBPyConnection, data_set: str, loads: str, digests: _Digests = digest.digests
) -> Iterator[tuple[int, str]]:
    """Yield the hash of each load into the table of `data_set` whose number satisfies `loads`."""
    return _joined(_digests(connection, _acts(data_set, loads), digests))


def _digests(
    connection: duckdb.DuckDBPyConnection, acts: Sequence[_Act], digests: _Digests
) -> list[dict[int, list[object]]]:
    # Most loads only add rows, and testing for the rest costs less than a digest over nothing.
    seen = ", ".join(f"EXISTS (SELECT 1 FROM {rows})" for _, rows, *_ in acts)
    [are_there] = connection.execute(f"SELECT {seen}").fetchall()
    return [
        digests(connection, f"SELECT {columns} FROM {rows}", by, order) if is_there else {}
        for (columns, rows, by, order), is_there in zip(acts, are_there, strict=True)
    ]


def _joined(parts: Sequence[dict[int, list[object]]]) -> Iterator[tuple[int, str]]:
    for load_seq in sorted({number for part in parts for number in part}):
        yield load_seq, sha256_of([part.get(load_seq) for part in parts])


def _acts(data_set: str, loads: str) -> list[_Act]:
    """Return what a load can do: the columns and rows that show it, the column with its number, and their order."""
    table = quoted(data_set)
    until = ", superseded_on" if DATA_SETS[data_set].has_receipt else ""
    of_set = f"data_set = '{data_set}'"  # a name of the catalogue
    return [
        (f"* EXCLUDE (superseded_seq{until})", f"{table} WHERE load_seq {loads}", "load_seq", ["line"]),
        (
            f"superseded_seq, load_seq, line{until}",
            f"{table} WHERE superseded_seq {loads}",
            "superseded_seq",
            ["load_seq", "line"],
        ),
        ("* EXCLUDE (resolved_seq)", f"rejects WHERE {of_set} AND load_seq {loads}", "load_seq", []),
        (_MENDED, f"rejects WHERE {of_set} AND resolved_seq {loads}", "resolved_seq", []),
    ]


# The hash of a load that did nothing.
_NOTHING = sha256_of([None] * 4)
