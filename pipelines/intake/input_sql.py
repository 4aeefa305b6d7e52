"""Inputs: the SQL that reads an extract, or several with the same columns, with the place of every record."""

# Names are quoted and texts escaped, numbers are our own: nothing in an extract can reach the SQL.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.sources.column_mapping import normal_name
from pipelines.sources.csv_landing import LINE, RAGGED
from pipelines.sources.parquet_source import instants_of_96_bits
from pipelines.warehouse.quoting import literal, pattern, quoted
from schemas.errors import ExtractError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

PLACE = "place of the record"
"""The column with the place at which a record begins; a name that no extract is likely to use."""

LINES = 1 << 40
"""More lines than a file can have: where several are read together, the nth begins at n times this number."""


@dataclass(frozen=True)
class Input:
    """What is read: the SQL of its rows, with PLACE, and the SQL types of its own columns.

    `ragged`: the SQL of records that do not fit the header, as text. `count`: all records, ragged ones included.
    """

    rows: str
    types: dict[str, str]
    count: int
    ragged: str | None = None
    has_ragged: bool = False
    footer: str | None = None
    """The SQL of the lines below the rows that are no rows, where the source has such."""


def landed_input(path: str) -> Input:
    """Return the input over the landed text of a CSV file."""
    metadata = pq.read_metadata(path)
    names = metadata.schema.names[:-2]
    # Parquet's own statistics tell whether any record is ragged, without reading the rows.
    groups = (metadata.row_group(n) for n in range(metadata.num_row_groups))
    has_ragged = any(group.column(len(names) + 1).statistics.num_values for group in groups)
    rows = f"SELECT *, {LINE} AS {quoted(PLACE)} FROM {_parquet(path)}"
    return Input(
        f"({rows} WHERE {RAGGED} IS NULL)" if has_ragged else f"({rows})",
        dict.fromkeys(names, "VARCHAR"),
        metadata.num_rows,
        f"({rows} WHERE {RAGGED} IS NOT NULL)",
        has_ragged,
    )


def typed_input(connection: duckdb.DuckDBPyConnection, path: str) -> Input:
    """Return the input over a Parquet extract in place; its line is the number of the row."""
    metadata = pq.read_metadata(path)
    types, number = _types(connection, path), "file_row_number"
    place, extract = f"{number} + 1", _parquet(path, f", {number} = true")
    # DuckDB's own would take the place of a column of the extract.
    if number in map(str.lower, types):
        place, extract = "row_number() OVER ()", _parquet(path)
    # Without a type of its own nothing is in a column: as a text it becomes whatever is needed.
    empty = [field.name for field in metadata.schema.to_arrow_schema() if pa.types.is_null(field.type)]
    cast = {name: ("VARCHAR", f"CAST({quoted(name)} AS VARCHAR)") for name in empty}
    instants = instants_of_96_bits(metadata) & types.keys()
    cast |= {name: ("TIMESTAMP WITH TIME ZONE", f"timezone('UTC', {quoted(name)})") for name in instants}
    columns = ", ".join(f"{sql} AS {quoted(name)}" for name, (_, sql) in cast.items())
    replaced = f" REPLACE ({columns})" if cast else ""
    rows = f"(SELECT *{replaced}, {place} AS {quoted(PLACE)} FROM {extract})"
    return Input(rows, types | {name: kind for name, (kind, _) in cast.items()}, metadata.num_rows)


def with_path_values(
    connection: duckdb.DuckDBPyConnection, found: Input, values: Mapping[str, str], *, file: str
) -> Input:
    """Return an input with a column of text for each of `values`, which the path of its file holds.

    Raises:
        ExtractError: the file has such a column too, and its values are others.
    """
    own = {normal_name(name): name for name in found.types}
    for name in values.keys() & own.keys():
        text = f"trim(CAST({quoted(own[name])} AS VARCHAR))"
        differing = f"SELECT {text} FROM {found.rows} WHERE {text} <> {literal(values[name])} LIMIT 1"
        for (other,) in connection.execute(differing).fetchall():
            what = f"the path says {name} is {values[name]!r}, but the file has a row with {other!r}"
            todo = "export the file again, or take the column out of the `path:` of its source"
            raise ExtractError(Problem(what, todo, at=Place(file)))
    added = {name: value for name, value in values.items() if name not in own}
    if not added:
        return found
    more = ", ".join(f"{literal(value)} AS {quoted(name)}" for name, value in added.items())
    types = found.types | dict.fromkeys(added, "VARCHAR")
    return replace(found, rows=f"(SELECT *, {more} FROM {found.rows})", types=types)


def together(inputs: Sequence[Input]) -> Input:
    """Return several inputs of the same columns as one, the records of the nth from place n * LINES on."""
    ragged = [(n, found.ragged) for n, found in enumerate(inputs) if found.ragged and found.has_ragged]
    return Input(
        _stacked([(n, found.rows) for n, found in enumerate(inputs)]),
        inputs[0].types,
        sum(found.count for found in inputs),
        _stacked(ragged) if ragged else None,
        bool(ragged),
    )


def _stacked(parts: Sequence[tuple[int, str]]) -> str:
    place = quoted(PLACE)
    moved = (f"SELECT * REPLACE ({place} + {n * LINES} AS {place}) FROM {rows}" for n, rows in parts)
    return f"({' UNION ALL '.join(moved)})"


def _parquet(path: str, more: str = "") -> str:
    return f"read_parquet({literal(pattern(path))}, hive_partitioning = false{more})"


def _types(connection: duckdb.DuckDBPyConnection, path: str) -> dict[str, str]:
    rows = connection.execute(f"DESCRIBE SELECT * FROM {_parquet(path)}").fetchall()
    # DuckDB reads a dictionary column as an ENUM; its values are text.
    return {name: "VARCHAR" if kind.startswith("ENUM") else kind for name, kind, *_ in rows}
