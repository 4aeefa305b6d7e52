"""Known keys: where the rows of a table lie, by the hash of their key, so that no file has to read them all again."""

# Names are quoted and come from the catalogue.
# ruff: noqa: S608

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.warehouse.quoting import quoted

if TYPE_CHECKING:
    import duckdb

_HASH = "hash(row_key)"
"""All 64 bits: with fewer, keys of other rows all over the table would have the hash of one that comes."""


def find_places(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Write the table `places`: where the rows of `table` lie whose key may be one of `door`; returns how many.

    All rows with such a key are there, and some others, which may have ended since.
    """
    known = quoted(f"keys of {table}")
    connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS {known} (hash UBIGINT, place UINTEGER)")
    # Rows are only ever added at the end of a table. Those that ended since stay: a place too many does no harm.
    [(last,)] = connection.execute(f"SELECT COALESCE(MAX(place), -1) FROM {known}").fetchall()
    [(found,)] = connection.execute(
        f"""
        INSERT INTO {known} SELECT {_HASH}, rowid FROM {quoted(table)}
        WHERE rowid > {last} AND superseded_seq IS NULL;
        CREATE OR REPLACE TEMP TABLE places AS SELECT place FROM {known} WHERE hash IN (SELECT {_HASH} FROM door)
        """
    ).fetchall()
    return int(found)


def show_in_force(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Write the table `in_force` (all columns, place): the rows in force of `table` at `places`.

    Some have other keys than those of `door`: whoever reads it compares the keys.
    """
    # One join alone: with a second one DuckDB no longer skips the stretches of the table that have none of the places.
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE in_force AS SELECT *, rowid AS place FROM {quoted(table)}
        WHERE superseded_seq IS NULL AND rowid IN (SELECT place FROM places)
        """
    )
