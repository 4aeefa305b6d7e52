"""The lines below the rows of a CSV file: no rows, but figures that the rows must add up to."""

# Names are quoted and texts escaped, numbers are our own: nothing in an extract can reach the SQL.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from pipelines.intake import cast_text
from pipelines.intake.input_sql import PLACE
from pipelines.sources.csv_landing import RAGGED
from pipelines.warehouse.quoting import literal, quoted
from schemas.catalogue import DATA_SETS
from schemas.errors import ExtractError, Place, Problem

if TYPE_CHECKING:
    from decimal import Decimal

    import duckdb

    from pipelines.intake.cast_text import Reading
    from pipelines.intake.input_sql import Input
    from pipelines.sources.column_mapping import ColumnMapping
    from schemas.source import Source


def without_footer(
    connection: duckdb.DuckDBPyConnection, found: Input, mapping: ColumnMapping, source: Source
) -> Input:
    """Return an input without the lines that its source calls a footer; they are its `footer`."""
    if source.footer is None:
        return found
    place = quoted(PLACE)
    if isinstance(source.footer, int):
        everything = f"SELECT {place} FROM {found.rows} UNION ALL SELECT {place} FROM {found.ragged}"
        last = f"(SELECT MIN({place}) FROM (FROM ({everything}) ORDER BY {place} DESC LIMIT {source.footer}))"
        is_row = is_ragged_row = f"{place} < {last}"
    else:
        [(name, text)] = source.footer.items()
        cell = quoted({**mapping.columns, **mapping.extras}[name])
        is_row = f"NOT COALESCE(lower(trim({cell})) GLOB lower({literal(text.strip())}), false)"
        cells = (
            f"list_transform(string_split({RAGGED}, {literal(source.delimiter)}), lambda x: lower(trim(x, ' \"\r\n')))"
        )
        is_ragged_row = f"NOT list_contains({cells}, lower({literal(text.strip())}))"
    rows = f"(SELECT * FROM {found.rows} WHERE {is_row})"
    ragged = f"(SELECT * FROM {found.ragged} WHERE {is_ragged_row})"
    counts = f"SELECT (SELECT COUNT(*) FROM {rows}), (SELECT COUNT(*) FROM {ragged})"
    [(good, bad)] = connection.execute(counts).fetchall()
    footer = f"(SELECT * FROM {found.rows} WHERE NOT ({is_row}))"
    return replace(found, rows=rows, ragged=ragged, count=good + bad, has_ragged=bad > 0, footer=footer)


def check_footer(
    connection: duckdb.DuckDBPyConnection, found: Input, mapping: ColumnMapping, *, reading: Reading, file: str
) -> None:
    """Compare the figures of the footer with the sums of the rows of one file, as they are written or as they count.

    A column with a figure that cannot be read is not compared: that is a reject of its own.

    Raises:
        ExtractError: they differ; the file is cut off, or counts something else.
    """
    if found.footer is None:
        return
    problems = []
    for column in DATA_SETS[reading.source.data_set].columns:
        theirs = mapping.columns.get(column.name)
        if theirs is None or not isinstance(column.dtype, pl.Decimal):
            continue
        sums = _sums(connection, found, _Figure(column.name, quoted(theirs), column.dtype), reading)
        for line, figure in sums.announced:
            if not sums.unread and figure not in {sums.written, sums.counted}:
                what = f"this line announces {figure:f} as the sum of {column.name}, but the rows make {sums.written:f}"
                todo = "export it again: it is cut off; or state the `footer:` of its source otherwise"
                problems.append(Problem(what, todo, at=Place(file, line)))
    if problems:
        raise ExtractError(*problems)


class _Figure(NamedTuple):
    name: str
    theirs: str
    dtype: pl.Decimal


class _Sums(NamedTuple):
    """What is announced, by line, and what the rows add up to as `written` and as `counted`."""

    announced: list[tuple[int, Decimal]]
    written: Decimal
    counted: Decimal
    unread: int


def _sums(connection: duckdb.DuckDBPyConnection, found: Input, figure: _Figure, reading: Reading) -> _Sums:
    name, scale = figure.name, figure.dtype.scale
    # The typing of column_sql, one value at a time: a footer is not worth a pass of its own over every column.
    raw = f"trim({figure.theirs}, {literal(cast_text.BLANKS)})"
    value = cast_text.typed("cell", name, figure.dtype, reading)
    cell = cast_text.filled(raw, name, reading.source)
    rows, footer = (
        f"SELECT line, cell, CAST({value} AS DECIMAL(38, {scale})) AS value "
        f"FROM (SELECT {quoted(PLACE)} AS line, {cell} AS cell FROM {part})"
        for part in (found.rows, found.footer)
    )
    announced = connection.execute(
        f"SELECT line, value FROM ({footer}) WHERE value IS NOT NULL ORDER BY line"
    ).fetchall()
    [(written, unread, counted)] = connection.execute(
        f"""SELECT COALESCE(SUM(value), 0), COUNT(*) FILTER (cell IS NOT NULL AND value IS NULL),
            (SELECT COALESCE(SUM({quoted(name)}), 0) FROM door) FROM ({rows})"""
    ).fetchall()
    return _Sums(announced, written, counted, unread)
