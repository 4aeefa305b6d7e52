"""Parquet extracts: they carry types, so they are only checked and read in place."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.sources.column_mapping import map_columns, own_columns
from pipelines.sources.float_ids import FloatIds
from pipelines.sources.header import read_header
from pipelines.sources.limits import (
    most_unpacked,
    refuse_too_many_columns,
    refuse_too_many_rows,
    unpacked_problem,
)
from pipelines.workspace.regular_files import require_regular
from schemas.catalogue import DATA_SETS
from schemas.errors import ExtractError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from schemas.source import Source


def check_parquet(path: Path, *, source: Source, file: str) -> list[str]:
    """Check that the Parquet file at `path` is whole and fits the data set; return its column names.

    Raises:
        ExtractError: it is cut off, or no Parquet, or every problem of its columns.
    """
    try:
        require_regular(path)
        with pq.ParquetFile(path) as parquet:
            schema, metadata = parquet.schema_arrow, parquet.metadata
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        found = f"this cannot be read as Parquet ({str(error).splitlines()[0]})"
        todo = "copy or export it again: it is cut off, damaged or of another format"
        raise ExtractError(Problem(found, todo, at=Place(file))) from error
    _refuse_beyond_limits(metadata, path.stat().st_size, source, file)
    header, problems = read_header(schema.names, source, file=file, place=lambda _: (0, 0))
    names = header.names
    problems += [
        Problem(f"column {n + 1} has no name", "give it a name, or export without it", at=Place(file))
        for n in header.unnamed
        if not pa.types.is_null(schema.field(n).type)
    ]
    mapping, missing = map_columns(source, names, file, 0)
    problems += missing
    old = instants_of_96_bits(metadata)
    for ours, theirs in {**mapping.columns, **mapping.extras}.items():
        if theirs in own_columns(names) and schema.names.count(theirs) == 1:
            field = schema.field(theirs)
            field = field.with_type(pa.timestamp("ns", "UTC")) if theirs in old else field
            problems += _type_problems(field, ours, source=source, file=file)
    if problems:
        raise ExtractError(*problems)
    _refuse_float_ids(path, [name for name in own_columns(names) if _is_text(schema.field(name).type)], source, file)
    return names


def instants_of_96_bits(metadata: pq.FileMetaData) -> set[str]:
    """Return the columns of timestamps as Spark wrote them for long: instants in UTC, though nothing says so."""
    columns = (metadata.schema.column(n) for n in range(metadata.num_columns))
    return {column.path for column in columns if column.physical_type == "INT96"}


def _refuse_float_ids(path: Path, names: list[str], source: Source, file: str) -> None:
    float_ids = FloatIds({name: n for n, name in enumerate(names)}, source, file)
    row = 0
    # What is damaged is named where the file is read to its end.
    with suppress(pa.ArrowException, OSError), pq.ParquetFile(path) as parquet:
        for batch in parquet.iter_batches(_FEW_ROWS, columns=names):
            if not float_ids.note(batch.select(names), np.arange(row + 1, row + 1 + batch.num_rows)):
                return
            row += batch.num_rows
    float_ids.refuse()


_FEW_ROWS = 1000
"""Rows read at a time: hardly any file needs more than the first."""


def _refuse_beyond_limits(metadata: pq.FileMetaData, size: int, source: Source, file: str) -> None:
    """Refuse a file by what its metadata claims, before any of it is read."""
    refuse_too_many_columns(metadata.schema.names, source, file)
    refuse_too_many_rows(metadata.num_rows, file)
    groups = (metadata.row_group(n).total_byte_size for n in range(metadata.num_row_groups))
    if sum(groups) > most_unpacked(size):
        raise ExtractError(unpacked_problem(size, file))


def find_damage(path: Path) -> str | None:
    """Read the Parquet file at `path` to its end and return what is wrong with it; None if nothing is."""
    try:
        require_regular(path)
        with pq.ParquetFile(path) as parquet:
            for _ in parquet.iter_batches():
                pass
    except (pa.ArrowException, OSError) as error:
        return str(error).splitlines()[0]
    return None


_MOST_DIGITS = 38
"""Digits of a decimal that is read as it is: DuckDB makes a float of one that has more."""


def _type_problems(field: pa.Field, ours: str, *, source: Source, file: str) -> list[Problem]:
    target = {column.name: column.dtype for column in DATA_SETS[source.data_set].columns}.get(ours, pl.String())
    # Where a column has no type, nothing was in it when it was written.
    is_plain = _is_text(field.type) or pa.types.is_null(field.type)
    fault = None if is_plain else _too_wide(field.type) or _type_fault(field.type, target, ours, source)
    if fault is None:
        return []
    return [Problem(f"the column {field.name!r} is {field.type}", fault, at=Place(file))]


def _too_wide(found: pa.DataType) -> str | None:
    is_wide = pa.types.is_decimal(found) and found.precision > _MOST_DIGITS
    return f"write it as a decimal of at most {_MOST_DIGITS} digits, or as text" if is_wide else None


def _type_fault(found: pa.DataType, target: pl.DataType, ours: str, source: Source) -> str | None:
    """Return what to do about a column of type `found` that is to become `target`; None if it fits."""
    fits: Callable[[pa.DataType], bool]
    if isinstance(target, pl.Decimal):
        if pa.types.is_floating(found) and ours not in source.round:
            return f"floats are not exact: state how they become decimals, such as `round: {{{ours}: 2}}`"
        fits, wanted = _is_number, "a number"
    elif isinstance(target, pl.Date | pl.Datetime):
        if pa.types.is_timestamp(found) and found.tz is not None:
            zone = (
                "say where an instant becomes a day, such as `time_zone: Asia/Tokyo`, or write local times without one"
            )
            return None if source.time_zone else zone
        is_stated = source.date_formats.get(ours, source.date_format) != "%Y-%m-%d"
        fits, wanted = partial(_is_day, is_stated=is_stated), "a date"
    elif isinstance(target, pl.Boolean):
        fits, wanted = pa.types.is_boolean, "a boolean"
    elif target.is_integer():
        fits, wanted = pa.types.is_integer, "an integer"
    elif pa.types.is_floating(found) and ours in DATA_SETS[source.data_set].ids:
        todo = f"ids are text (1.0 is not an id): write them as text, or say `whole_numbers: [{ours}]`"
        return None if ours in source.whole_numbers else todo
    elif not _is_named(ours, source):
        return None  # a column that nobody uses never stops a file
    else:
        fits, wanted = _is_plain, "text"
    return None if fits(found) else f"write it as {wanted} or as text"


def _is_named(ours: str, source: Source) -> bool:
    return ours in {column.name for column in DATA_SETS[source.data_set].columns} | {*source.key, *source.signs}


def _is_day(kind: pa.DataType, *, is_stated: bool) -> bool:
    # Whole numbers such as 20260131 are days where the source says how they are written.
    return pa.types.is_date(kind) or pa.types.is_timestamp(kind) or (is_stated and pa.types.is_integer(kind))


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return any((pa.types.is_string(kind), pa.types.is_large_string(kind), pa.types.is_string_view(kind)))


def _is_number(kind: pa.DataType) -> bool:
    return any((pa.types.is_decimal(kind), pa.types.is_integer(kind), pa.types.is_floating(kind)))


def _is_plain(kind: pa.DataType) -> bool:
    """Return whether values of this type have one obvious text."""
    kinds = (pa.types.is_date, pa.types.is_timestamp, pa.types.is_boolean, pa.types.is_null, _is_number)
    return any(is_kind(kind) for is_kind in kinds)
