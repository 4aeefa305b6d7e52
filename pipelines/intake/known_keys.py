"""Known keys: where the rows of a table lie, by the hash of their key, so that no file has to read them all again."""

# Names are quoted and come from the catalogue.
# ruff: noqa: S608

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.warehouse.quoting import quoted

if TYPE_CHECKING:
    import duckdb

_HASH = "CAST(hash(row_key) >> 32 AS UINTEGER)"
"""Half of a hash: of twenty million keys a few thousand share theirs with another, for half of the memory."""


def find_known(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Write the table `known` (place): the rows of `table` whose key may be one of `door`.

    All rows in force with such a key are there, and some others: whoever reads it compares the keys.
    """
    known = quoted(f"keys of {table}")
    connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS {known} (hash UINTEGER, place UINTEGER)")
    # Rows are only ever added at the end of a table. Those that ended since stay: a place too many does no harm.
    [(last,)] = connection.execute(f"SELECT COALESCE(MAX(place), -1) FROM {known}").fetchall()
    connection.execute(
        f"""
        INSERT INTO {known} SELECT {_HASH}, rowid FROM {quoted(table)}
        WHERE rowid > {last} AND superseded_seq IS NULL;
        CREATE OR REPLACE TEMP TABLE known AS
        SELECT place FROM {known} WHERE hash IN (SELECT {_HASH} FROM door)
        """
    )
