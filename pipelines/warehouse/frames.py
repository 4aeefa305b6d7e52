"""Frames in and out of DuckDB through Arrow: types are kept and no row is written one by one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from pipelines.warehouse.parsed import parsed
from pipelines.warehouse.quoting import quoted
from pipelines.warehouse.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def in_memory() -> pl.Config:
    """Return a context in which Polars collects lazy frames with its in-memory engine.

    The streaming engine, the default of Polars 2, costs many small queries more than they take, and a chain of joins
    over a million rows a quarter more time.
    """
    return pl.Config(engine_affinity="in-memory")


def read(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object] | Mapping[str, object] = ()
) -> pl.DataFrame:
    """Return the rows of `query`, one statement, as a frame, with exact decimals and in the order of the query."""
    [statement] = parsed(connection, query)
    frame: pl.DataFrame = connection.sql(statement, params=_given(parameters)).pl()
    return frame


def read_row(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object] | Mapping[str, object] = ()
) -> tuple[Any, ...]:
    """Return the only row of `query`.

    It is fetched whole: a result left unfinished would block the connection.

    Raises:
        duckdb.DataError: there is not exactly one.
    """
    [statement] = parsed(connection, query)
    rows = connection.execute(statement, _given(parameters)).fetchall()
    if len(rows) != 1:  # rather than taking the first
        message = f"of a table one row was needed, and {len(rows)} are there"
        raise duckdb.DataError(message)
    return tuple(rows[0])


def _given(parameters: Sequence[object] | Mapping[str, object]) -> list[object] | dict[str, object]:
    return dict(parameters) if isinstance(parameters, Mapping) else list(parameters)


def has_work(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Return whether the table `name` of the schema `work` exists: a run has come far enough to write it."""
    return _has(connection, "work", name)


def has_table(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Return whether the table of the data set `name` exists."""
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
    """Return the table `name` of the schema `work`, as the last computed run left it."""
    return read(connection, f"SELECT * FROM work.{quoted(name)}")  # noqa: S608 - a quoted name


def write(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pl.DataFrame]) -> None:
    """Write each frame as the table of its name in the schema `work`, replacing the one before: all of them, or none.

    Not inside a transaction.
    """
    made = (f'CREATE OR REPLACE TABLE work."{name}" AS FROM "new {name}"' for name in tables)  # names come from code
    # As one: each transaction is flushed to disk by itself.
    with registered(connection, **{f"new {name}": frame for name, frame in tables.items()}), transaction(connection):
        connection.execute("; ".join(made))


def write_in_order(
    connection: duckdb.DuckDBPyConnection, parts: Iterator[Mapping[str, pl.DataFrame]], key: Sequence[str]
) -> None:
    """Write tables that come in parts, each sorted by `key`, so that the whole tables are sorted by it.

    The tables before are replaced once the last part has come. Until then the parts are kept in temporary tables, which
    the database moves to disk where memory does not hold them.
    """
    first = next(parts)
    second = next(parts, None)
    if second is None:
        write(connection, first)
        return
    for name, frame in first.items():
        with_arrow(connection, frame, f'CREATE OR REPLACE TEMP TABLE "parts of {name}" AS FROM incoming')
    for part in chain([second], parts):
        for name, frame in part.items():
            with_arrow(connection, frame, f'INSERT INTO "parts of {name}" FROM incoming')
    for name in first:
        whole = f'SELECT * FROM "parts of {name}" ORDER BY {", ".join(key)}'  # noqa: S608 - names come from code
        connection.execute(f'CREATE OR REPLACE TABLE work."{name}" AS {whole}')
        connection.execute(f'DROP TABLE temp."parts of {name}"')


def append(connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    """Write the rows of `frame` at the end of `table`, matching columns by name."""
    if not frame.is_empty():
        with_arrow(connection, frame, f'INSERT INTO "{table}" BY NAME SELECT * FROM incoming')  # noqa: S608 - names come from code


def with_arrow(connection: duckdb.DuckDBPyConnection, frame: pl.DataFrame, statement: str) -> None:
    """Run `statement`, in which `frame` can be read as the table `incoming`."""
    with registered(connection, incoming=frame):
        connection.execute(statement)


@contextmanager
def registered(connection: duckdb.DuckDBPyConnection, **frames: pl.DataFrame) -> Iterator[None]:
    """Open each frame to queries as the table of its name, for as long as the block lasts."""
    for name, frame in frames.items():
        # As Arrow: DuckDB reads it without a copy, and decimals stay decimals.
        connection.register(name, frame.to_arrow())
    try:
        yield
    finally:
        for name in frames:
            # DuckDB would otherwise keep the Arrow table, and its memory, for as long as the connection lives.
            connection.unregister(name)
