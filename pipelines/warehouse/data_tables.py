"""The table of a data set: created from its model, and widened when an extract brings more columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.warehouse.quoting import quoted
from pipelines.warehouse.transaction import transaction
from schemas.catalogue import DATA_SETS, DataSet

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

_SQL_TYPES = {
    pl.String: "VARCHAR",
    pl.Date: "DATE",
    pl.Datetime: "TIMESTAMP",
    pl.Boolean: "BOOLEAN",
    pl.Int32: "INTEGER",
}

_OF_UNIQUE_TEXT = " USING COMPRESSION zstd"
"""Half the work of what DuckDB would choose, which looks for texts that repeat, and no more bytes."""


def sql_type(dtype: pl.DataType) -> str:
    """Return the DuckDB type of a model's column type; decimals keep their precision and scale."""
    if isinstance(dtype, pl.Decimal):
        return f"DECIMAL({dtype.precision}, {dtype.scale})"
    return _SQL_TYPES[type(dtype)]


def table_sql(data_set: DataSet) -> str:
    """Return the CREATE TABLE statement of `data_set`: the model's columns, then the bookkeeping columns."""
    unique = {*data_set.key} if len(data_set.key) == 1 else set()
    columns = [
        f"{quoted(column.name)} {sql_type(column.dtype)}{_OF_UNIQUE_TEXT if column.name in unique else ''}"
        for column in data_set.columns
    ]
    # Which load a version of a row came from, on which line, and which later load replaced it (NULL: none so far).
    columns += ["source VARCHAR NOT NULL", f"row_key VARCHAR NOT NULL{_OF_UNIQUE_TEXT}", "load_seq INTEGER NOT NULL"]
    columns += ["line BIGINT NOT NULL", "superseded_seq INTEGER"]
    if data_set.has_receipt:
        # The day the correction was received: as of an earlier day the version it replaces still counts.
        columns.append("superseded_on DATE")
    return f"CREATE TABLE IF NOT EXISTS {quoted(data_set.name)} ({', '.join(columns)})"


def make_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table of every data set that has none yet, in one transaction."""
    with transaction(connection):
        connection.execute("; ".join(map(table_sql, DATA_SETS.values())))


def add_columns(connection: duckdb.DuckDBPyConnection, table: str, names: Iterable[str]) -> None:
    """Add the extra columns `names` to `table`, as text; columns that exist are left alone."""
    for name in names:
        connection.execute(f"ALTER TABLE {quoted(table)} ADD COLUMN IF NOT EXISTS {quoted(name)} VARCHAR")
