"""The door: extracts, typed strictly into the table `doors`, and every fault in `faults`."""

# Names are quoted and texts escaped by data_tables, values are bound: nothing in an extract can reach the SQL.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandera.errors
import polars as pl

from pipelines.intake import cast_typed
from pipelines.intake.cast_text import folded
from pipelines.intake.column_sql import ColumnSql, columns_sql, joined, row_key
from pipelines.intake.input_sql import PLACE
from pipelines.intake.reject_reasons import MISSING, reason_of
from pipelines.intake.reject_reasons import RAGGED as RAGGED_REASON
from pipelines.intake.row_meaning import RowCheck, meant, row_checks
from pipelines.intake.suspect_rows import is_suspect
from pipelines.intake.typed_rows import Typing, any_fault, is_untyped, is_wrong, rounding_of, typed_rows
from pipelines.sources.csv_landing import RAGGED
from pipelines.warehouse.data_tables import sql_type
from pipelines.warehouse.frames import read, with_arrow
from pipelines.warehouse.quoting import literal, quoted
from rules.money import round_decimal
from schemas.catalogue import DATA_SETS, DataSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import duckdb
    import pyarrow as pa

    from pipelines.intake.cast_text import Reading
    from pipelines.intake.input_sql import Input
    from pipelines.sources.column_mapping import ColumnMapping
    from schemas.source import Source

CHUNK_ROWS = 250_000
"""Rows validated at once: enough to spread the fixed cost of a validation, few enough for memory."""

_FAULTS_SQL = "line BIGINT, column_name VARCHAR, reason VARCHAR, value VARCHAR"
_PROBLEMS = {"line": pl.Int64, "column_name": pl.String, "reason": pl.String, "value": pl.String}


def open_door(
    connection: duckdb.DuckDBPyConnection, found: Input, mapping: ColumnMapping, *, reading: Reading
) -> tuple[list[str], int]:
    """Write the tables `doors` (line, columns, row_key, is_faulty) and `faults` (line, column_name, reason, value).

    They are created in the connection's current schema and no other table is read: ids that refer to another data set
    are checked by `collect_unknown`. Returns the names of the extra columns and how many values the stated rounding
    changed.
    """
    data_set = DATA_SETS[reading.source.data_set]
    columns = columns_sql(mapping, found.types, reading)
    rounded = sum(_round(connection, found, column, data_set) for column in columns if column.rounding is not None)
    names = {column.name for column in columns} | ({mapping.derived} if mapping.derived else set())
    kept = [meant(column.name, reading.source, names) for column in columns]
    checks = [*row_checks(reading.source, names), *_header_again(columns, mapping, reading.source)]
    typing = Typing(columns, checks, reading.source)
    if mapping.derived:
        kept.append(f"{joined(mapping.key)} AS {quoted(mapping.derived)}")
    kept += [
        f"CAST(NULL AS {sql_type(column.dtype)}) AS {quoted(column.name)}"
        for column in data_set.columns
        if column.name not in names
    ]
    key = row_key(reading.source.source, mapping.key, there=names)
    connection.execute(
        f"CREATE OR REPLACE TABLE doors AS SELECT line, {', '.join(kept)}, {key} AS row_key, "
        f"{any_fault(typing)} AS is_faulty FROM {typed_rows(found, typing)}"
    )
    _collect_typing_problems(connection, found, typing)
    _collect_model_problems(connection, data_set)
    own = {column.name for column in data_set.columns}
    return [column.name for column in columns if column.name not in own], rounded


def _header_again(columns: Iterable[ColumnSql], mapping: ColumnMapping, source: Source) -> Iterator[RowCheck]:
    """Yield what shows that a line of CSV repeats the header: its texts are the names of their columns."""
    texts = {known.name for known in DATA_SETS[source.data_set].columns if isinstance(known.dtype, pl.String)}
    aliases = {column.name: column.alias for column in columns if column.name in texts & mapping.columns.keys()}
    first = DATA_SETS[source.data_set].key[0]
    if source.format == "csv" and first in aliases:
        same = [f"{folded(alias)} = {folded(literal(mapping.columns[name]))}" for name, alias in aliases.items()]
        yield RowCheck(first, "header_again", " AND ".join(same))


def _round(connection: duckdb.DuckDBPyConnection, found: Input, column: ColumnSql, data_set: DataSet) -> int:
    """Round the distinct values of a float column as its source states; returns how many rows that changes.

    A row is changed if the rounded value, as a float, is not the float that came.
    """
    target = next(known.dtype for known in data_set.columns if known.name == column.name)
    # Distinct values only: rounding happens in Polars, in the one place that rounds, and prices repeat.
    values = read(
        connection,
        f"SELECT {column.raw} AS came, TRY_CAST({column.raw} AS {sql_type(cast_typed.WIDE)}) AS value, COUNT(*) AS n "
        f"FROM {found.rows} GROUP BY ALL HAVING value IS NOT NULL",
    )
    rounded = values.with_columns(wide=round_decimal(pl.col("value"), column.rounding or 0)).with_columns(
        rounded=pl.col("wide").cast(target, strict=False)
    )
    with_arrow(
        connection,
        rounded.select("value", "rounded").unique(),
        f"CREATE OR REPLACE TEMP TABLE {rounding_of(column)} AS SELECT * FROM incoming",
    )
    return int(rounded.filter(pl.col("wide").cast(rounded.schema["came"]) != pl.col("came"))["n"].sum())


def _collect_typing_problems(connection: duckdb.DuckDBPyConnection, found: Input, typing: Typing) -> None:
    """Write `faults` anew with values that could not be typed, and records that do not fit the header."""
    connection.execute(f"CREATE OR REPLACE TABLE faults ({_FAULTS_SQL})")
    if found.has_ragged:
        ragged = f"{quoted(PLACE)}, '', {literal(RAGGED_REASON)}, {RAGGED} FROM {found.ragged}"
        connection.execute(f"INSERT INTO faults SELECT {ragged}")
    if not connection.execute("SELECT 1 FROM doors WHERE is_faulty LIMIT 1").fetchall():
        return
    # Only the faulty rows are typed once more, for their reasons: naming them for every row would be slow.
    is_faulty = f"{quoted(PLACE)} IN (SELECT line FROM doors WHERE is_faulty)"
    typed = typed_rows(replace(found, rows=f"(SELECT * FROM {found.rows} WHERE {is_faulty})"), typing)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE faulty AS SELECT * FROM {typed}")
    faults = [
        f"SELECT line, {literal(column.name)}, {column.reason}, CAST({column.alias} AS VARCHAR) "
        f"FROM faulty WHERE {is_untyped(column)}"
        for column in typing.columns
    ]
    aliases = {column.name: column.alias for column in typing.columns}
    faults += [
        f"SELECT line, {literal(check.column)}, {literal(check.reason)}, "
        f"CAST({_shown(check, aliases)} AS VARCHAR) FROM faulty WHERE {is_wrong(check)}"
        for check in typing.checks
    ]
    connection.execute(f"INSERT INTO faults {' UNION ALL '.join(faults)}")
    connection.execute("DROP TABLE faulty")


def _shown(check: RowCheck, aliases: Mapping[str, str]) -> str:
    """Return the SQL of the value that a check refuses: as it was written; what is out of range, as it was read."""
    return quoted(check.column) if check.reason == "out_of_range" else aliases.get(check.column, "NULL")


def _collect_model_problems(connection: duckdb.DuckDBPyConnection, data_set: DataSet) -> None:
    """Validate the suspect rows of `doors` against the model, chunk by chunk, and add the failures to `faults`."""
    names = ", ".join(quoted(column.name) for column in data_set.columns)
    suspects = f"SELECT line, {names} FROM doors WHERE {is_suspect(data_set)}"
    batches = connection.sql(suspects).to_arrow_reader(CHUNK_ROWS)
    failures = [failed for chunk in _chunks(batches) if (failed := _failures(chunk, data_set)) is not None]
    if not failures:
        return
    with_arrow(
        connection,
        pl.concat(failures),
        # A value that could not be typed is empty now, which is not a second fault.
        f"""INSERT INTO faults SELECT f.* FROM incoming AS f WHERE f.reason <> {literal(MISSING)} OR NOT EXISTS (
            SELECT 1 FROM faults AS p WHERE p.line = f.line AND p.column_name = f.column_name)""",
    )


def _chunks(batches: Iterable[pa.RecordBatch]) -> Iterator[pl.DataFrame]:
    """Yield batches joined to chunks worth validating: a validation has a fixed cost, whatever its rows."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(part.num_rows for part in waiting) >= CHUNK_ROWS:
            yield pl.DataFrame(pl.from_arrow(waiting))
            waiting = []
    if waiting:
        yield pl.DataFrame(pl.from_arrow(waiting))


def _failures(chunk: pl.DataFrame, data_set: DataSet) -> pl.DataFrame | None:
    """Return the failed checks of a chunk by line; None if all rows are valid."""
    try:
        data_set.model.validate(chunk.drop("line"), lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
        # A failure without a row is a fault of the model, not of the data.
        if cases["index"].null_count():
            raise
        row_check = pl.col("schema_context") != "Column"
        named = cases.select(
            index=pl.col("index").cast(pl.UInt32),
            column_name=pl.when(row_check).then(pl.col("check").str.extract(":(.*)$")).otherwise("column"),
            reason=pl.col("check").replace_strict({check: reason_of(check) for check in cases["check"].unique()}),
            value=pl.when(pl.col("check") == "not_nullable")
            .then(None)
            .when(row_check)
            .then(_row_value(cases))
            .otherwise("failure_case"),
        )
        lines = chunk.select("line").with_row_index("index")
        placed: pl.DataFrame = named.join(lines, on="index", how="left")
        return placed.select(pl.col(name).cast(dtype) for name, dtype in _PROBLEMS.items())
    return None


def _row_value(cases: pl.DataFrame) -> pl.Expr:
    """Return the value of the column that a row check is named for, taken from the row, which Pandera gives as JSON."""
    row_checks = cases.filter(pl.col("schema_context") != "Column")["check"].unique().to_list()
    value = pl.lit(None, dtype=pl.String)
    for check in row_checks:
        found = pl.col("failure_case").str.json_path_match(f"$.{check.partition(':')[2]}")
        value = pl.when(pl.col("check") == check).then(found).otherwise(value)
    return value


def typed_column(found: Input, mapping: ColumnMapping, name: str, reading: Reading) -> str | None:
    """Return the SQL that reads one typed column of an extract, None if it has none of this name."""
    columns = [column for column in columns_sql(mapping, found.types, reading) if column.name == name]
    return f"SELECT {quoted(name)} FROM {typed_rows(found, Typing(columns, [], reading.source))}" if columns else None
