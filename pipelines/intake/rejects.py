"""Rejects: every refused row, kept in the warehouse and written as a CSV that can be corrected."""

# Names are quoted and texts escaped by data_tables, values are bound: nothing in an extract can reach the SQL.
# ruff: noqa: S608

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from pipelines.intake.hints import hint, shape
from pipelines.intake.input_sql import PLACE
from pipelines.intake.reject_reasons import todo
from pipelines.sources.column_mapping import REJECT_ID, own_columns
from pipelines.warehouse.frames import read, with_arrow
from pipelines.warehouse.quoting import literal, quoted
from pipelines.workspace.files import make_private_folder, write_whole
from schemas.output_columns import OutputColumn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb

    from pipelines.intake.input_sql import Input
    from schemas.source import Source

# Characters of a value kept in a problem; the whole row is kept as `original`.
_LONGEST_VALUE = 200
_SHAPE = shape("reason", "value")

COLUMNS: Mapping[str, OutputColumn] = MappingProxyType(
    {
        "rebatch_original": OutputColumn(
            "text", "the whole line, where it does not fit the header; only then is the column there", "T-0098,D-001"
        ),
        "rebatch_reject_id": OutputColumn(
            "text", "id of the reject: leave it, it closes the reject", "7e6662d8a7cd6d1b-9"
        ),
        "rebatch_line": OutputColumn("whole", "line of the row in its extract", "9"),
        "rebatch_reason": OutputColumn("text", "column and reason of every problem", "amount: not_a_number"),
        "rebatch_todo": OutputColumn("text", "what to do", "write digits and one decimal mark"),
    }
)
"""What a file of rejects has behind the extract's own columns."""


@dataclass(frozen=True)
class Rejected:
    """What the rejects of a file have in common; `columns` is its header."""

    data_set: str
    path: str
    sha256: str
    columns: tuple[str, ...]

    @property
    def id_prefix(self) -> str:
        """Return the beginning of the id of each of its rejects; the line is the end."""
        return f"{self.sha256[:16]}-"


def describe_problems(
    connection: duckdb.DuckDBPyConnection, found: Input, rejected: Rejected, *, source: Source
) -> None:
    """Write the tables `refused`, of the records as they came, and `described`, of their problems.

    described: per problem id, line, column_name, reason, value, todo and original text.
    """
    place = quoted(PLACE)
    # Once: the file is not read again for each of the two.
    records = f"SELECT * FROM {found.rows} WHERE {place} IN (SELECT line FROM problems)"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE refused AS {records}")
    kinds = read(connection, f"SELECT DISTINCT reason, column_name, {_SHAPE} AS shape FROM problems")
    todos = [
        todo(reason, column, rejected.data_set, hint(reason, column, shape, source) if shape else None)
        for reason, column, shape in kinds.iter_rows()
    ]
    with_arrow(
        connection,
        kinds.with_columns(todo=pl.Series(todos, dtype=pl.String)),
        "CREATE OR REPLACE TEMP TABLE todos AS SELECT * FROM incoming",
    )
    ragged = f"UNION ALL SELECT {place}, rebatch_ragged FROM {found.ragged}" if found.ragged else ""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE described AS
        SELECT $prefix || CAST(p.line AS VARCHAR) AS reject_id, p.line, p.column_name, p.reason,
            left(p.value, {_LONGEST_VALUE}) AS value, t.todo, o.original
        FROM (SELECT *, {_SHAPE} AS shape FROM problems) AS p JOIN todos AS t
            ON t.reason = p.reason AND t.column_name = p.column_name AND t.shape IS NOT DISTINCT FROM p.shape
        JOIN (
            SELECT {place} AS line, {_csv_record(own_columns(rejected.columns))} AS original FROM refused {ragged}
        ) AS o ON o.line = p.line
        ORDER BY p.line, p.column_name, p.reason
        """,
        {"prefix": rejected.id_prefix},
    )


def keep_rejects(connection: duckdb.DuckDBPyConnection, rejected: Rejected, *, load_seq: int) -> None:
    """Record the described rejects in the warehouse."""
    connection.execute(
        "INSERT INTO rejects BY NAME SELECT *, $seq AS load_seq, $data_set AS data_set, $path AS path FROM described",
        {"seq": load_seq, "data_set": rejected.data_set, "path": rejected.path},
    )


def resolve(connection: duckdb.DuckDBPyConnection, found: Input, rejected: Rejected, *, load_seq: int) -> None:
    """Record as resolved the rejects that a file of corrected rows answers.

    A row that is refused again has opened a new reject.
    """
    column = next((name for name in found.types if name.casefold().strip() == REJECT_ID), None)
    if column is None:
        return
    connection.execute(
        f"""UPDATE rejects SET resolved_seq = $seq WHERE resolved_seq IS NULL AND data_set = $data_set
        AND load_seq < $seq AND reject_id IN (SELECT trim({quoted(column)}) FROM {found.rows})""",
        {"seq": load_seq, "data_set": rejected.data_set},
    )


def is_correction(columns: tuple[str, ...]) -> bool:
    """Return whether a file was made from a file of rejects."""
    return any(name.casefold().strip() == REJECT_ID for name in columns)


def write_rejects(
    connection: duckdb.DuckDBPyConnection, found: Input, rejected: Rejected, *, source: Source, target: Path
) -> None:
    """Write the described rows as the extract has them, each with its id, line, reasons and advice."""
    names, place = own_columns(rejected.columns), quoted(PLACE)
    cells = ", ".join(f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" for name in names)
    rows = read(connection, f"SELECT {place}, {cells} FROM refused").select(PLACE, *names)
    if found.ragged:
        ragged = read(connection, f"SELECT {place}, rebatch_ragged AS text FROM {found.ragged}")
        rows = pl.concat([rows, _ragged_rows(ragged, names, source.delimiter)], how="diagonal")
    why = read(
        connection,
        f"""
        SELECT line AS "{PLACE}", any_value(reject_id) AS rebatch_reject_id, any_value(line) AS rebatch_line,
            string_agg(CASE WHEN column_name = '' THEN reason ELSE column_name || ': ' || reason END, '; '
                ORDER BY column_name, reason) AS rebatch_reason,
            string_agg(DISTINCT todo, '; ' ORDER BY todo) AS rebatch_todo
        FROM described GROUP BY line
        """,
    )
    page = rows.join(why, on=PLACE, how="inner").sort(PLACE).drop(PLACE)
    text = page.write_csv(separator=source.delimiter)
    # The rows came in this encoding; only Rebatch's own texts could have a character that it lacks.
    make_private_folder(target.parent)
    write_whole(target, text.encode(source.encoding, "replace"))


def _ragged_rows(ragged: pl.DataFrame, names: list[str], delimiter: str) -> pl.DataFrame:
    """Return the values of records that do not fit the header, placed under its columns as far as they go."""
    # 64 MiB: more than the longest record that lands; the default of 128 KiB would fail on an unclosed quote.
    csv.field_size_limit(1 << 26)
    rows = []
    for line, text in ragged.iter_rows():
        values = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        padded = [*values, *[""] * len(names)][: len(names)]
        rows.append((line, *padded, text))
    schema = {PLACE: pl.Int64, **dict.fromkeys(names, pl.String), "rebatch_original": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _csv_record(names: list[str]) -> str:
    """Return the SQL that joins values to a CSV record.

    One expression for all columns: DuckDB takes longer to parse many than to evaluate them.
    """
    values = ", ".join(f"CAST({quoted(name)} AS VARCHAR)" for name in names)
    special = literal('["\r\n,]')
    in_quotes = """'"' || replace(value, '"', '""') || '"'"""
    cell = f"CASE WHEN regexp_matches(value, {special}) THEN {in_quotes} ELSE COALESCE(value, '') END"
    return f"array_to_string(list_transform([{values}], lambda value: {cell}), ',')"
