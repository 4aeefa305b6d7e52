"""Parquet extracts: they carry types, so they are only checked and read in place."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.sources.column_mapping import map_columns, own_columns
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
    for ours, theirs in {**mapping.columns, **mapping.extras}.items():
        if theirs in own_columns(names) and schema.names.count(theirs) == 1:
            problems += _type_problems(schema.field(theirs), ours, source=source, file=file)
    if problems:
        raise ExtractError(*problems)
    return names


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


def _type_problems(field: pa.Field, ours: str, *, source: Source, file: str) -> list[Problem]:
    target = {column.name: column.dtype for column in DATA_SETS[source.data_set].columns}.get(ours, pl.String())
    fault = None if _is_text(field.type) else _type_fault(field.type, target, ours, source)
    if fault is None:
        return []
    return [Problem(f"the column {field.name!r} is {field.type}", fault, at=Place(file))]


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
