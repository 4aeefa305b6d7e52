"""Frames in and out of DuckDB by way of Arrow: types are kept, nothing is written row by row."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.warehouse.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb


def in_memory() -> pl.Config:
    """Collect lazy frames in one piece, as a context.

    Polars streams by default: that costs each of many small questions more than its answer, and a chain of joins over
    a million sums a quarter more time.
    """
    return pl.Config(engine_affinity="in-memory")


def read(connection: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object] = ()) -> pl.DataFrame:
    """Return the rows of `query` as a frame, with decimals as decimals and in the order the query gives."""
    frame: pl.DataFrame = connection.sql(query, params=list(parameters)).pl()
    return frame


def read_row(connection: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object] = ()) -> tuple[Any, ...]:
    """Return the only row of `query`; an unfinished result would block the connection, so it is fetched whole."""
    (row,) = connection.execute(query, list(parameters)).fetchall()
    return tuple(row)


def has_work(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Say whether a run came far enough to leave the `work` table of this name."""
    return _has(connection, "work", name)


def has_table(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Say whether the table of this data set was made yet."""
    return _has(connection, "main", name)


def _has(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> bool:
    tables = """
        SELECT COUNT(*) FROM (
            SELECT database_name, schema_name, table_name FROM duckdb_tables()
            UNION ALL
            SELECT database_name, schema_name, view_name FROM duckdb_views()  -- of a past that is looked back at
        )
        WHERE database_name = current_database() AND schema_name = ? AND table_name = ?
    """
    return read_row(connection, tables, [schema, name]) == (1,)


def read_work(connection: duckdb.DuckDBPyConnection, name: str) -> pl.DataFrame:
    """Return the `work` table of this name, as the run that was computed last left it."""
    return read(connection, f"SELECT * FROM work.{quoted(name)}")  # noqa: S608 - a quoted name


def write(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pl.DataFrame]) -> None:
    """Put each frame in the place of the `work` table of its name."""
    for name, frame in tables.items():
        with_arrow(connection, frame, f'CREATE OR REPLACE TABLE work."{name}" AS SELECT * FROM incoming')  # noqa: S608 - names come from code


def append(connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    """Add the rows of `frame` to `table`, column by name."""
    if not frame.is_empty():
        with_arrow(connection, frame, f'INSERT INTO "{table}" BY NAME SELECT * FROM incoming')  # noqa: S608 - names come from code


def with_arrow(connection: duckdb.DuckDBPyConnection, frame: pl.DataFrame, statement: str) -> None:
    """Run `statement`, in which `frame` is the table `incoming`."""
    with registered(connection, incoming=frame):
        connection.execute(statement)


@contextmanager
def registered(connection: duckdb.DuckDBPyConnection, **frames: pl.DataFrame) -> Iterator[None]:
    """Let queries see each frame as the table of its name, as a context."""
    for name, frame in frames.items():
        connection.register(name, frame.to_arrow())
    try:
        yield
    finally:
        for name in frames:
            connection.unregister(name)
