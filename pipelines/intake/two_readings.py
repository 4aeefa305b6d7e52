"""Numbers that can be read in two ways: 1.612 is one and a half, or sixteen hundred, and only the source can say."""

# Names are quoted and texts escaped: nothing in an extract can reach the SQL.
# ruff: noqa: S608

from __future__ import annotations

import mmap
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from pipelines.intake.cast_text import BLANKS
from pipelines.intake.extract_list import Extract
from pipelines.intake.file_input import file_input, file_mapping
from pipelines.intake.input_sql import PLACE
from pipelines.intake.number_text import NUMBER, plain_number
from pipelines.sources.csv_landing import land
from pipelines.sources.parquet_source import check_parquet
from pipelines.warehouse.quoting import literal, quoted
from schemas.catalogue import DATA_SETS
from schemas.errors import ExtractError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.intake.input_sql import Input
    from pipelines.workspace.configuration import Workspace
    from schemas.source import Source

_TWO_WAYS = "-?[1-9][0-9]{0,2}[.][0-9]{3}"
_LIKELY = re.compile(rb"(?<![0-9])[1-9][0-9]{0,2}[.][0-9]{3}(?![0-9])")
_ANSWERS = frozenset({"decimal_mark", "thousands_mark"})


def two_readings(workspace: Workspace) -> list[Problem]:
    """Return a problem for each source that has a number with a point before its last three digits.

    It is asked about while the source states no mark, unless the column shows by its other values that its points stand
    before decimals; money that has decimals of other lengths shows nothing, since it has as many everywhere. Files that
    cannot be read are passed over: a run names what is wrong with them.
    """
    problems = []
    for position, source in enumerate(workspace.config.sources):
        if source.model_fields_set & _ANSWERS or not _numbers(source):
            continue
        found = next(_asked(workspace, position, source), None)
        problems += [] if found is None else [found]
    return problems


def _asked(workspace: Workspace, position: int, source: Source) -> Iterator[Problem]:
    for path in sorted(workspace.root.glob(source.pattern)):
        # What cannot be read is named by a run, which reads it anyway.
        with suppress(ExtractError, OSError, duckdb.Error):
            if path.is_file() and (source.format != "csv" or _is_likely(path, source)):
                yield from _in_file(path, source, position=position, file=path.relative_to(workspace.root).as_posix())


def _in_file(path: Path, source: Source, *, position: int, file: str) -> Iterator[Problem]:
    with (
        tempfile.TemporaryDirectory(prefix="rebatch-", ignore_cleanup_errors=True) as folder,
        duckdb.connect() as connection,
    ):
        if source.format == "parquet":
            landed, columns = path, check_parquet(path, source=source, file=file)
        else:
            landed = Path(folder) / "text.parquet"
            columns = land(path, landed, source=source, file=file)
        extract = Extract(position, file, "", 0, tuple(columns))
        found = file_input(connection, extract, source, landed)
        ours = file_mapping(extract, source).columns
        texts = [(each, ours[each]) for each in _numbers(source) if found.types.get(ours.get(each, "")) == "VARCHAR"]
        for column, theirs in texts:
            yield from _of_column(connection, found, source, column=column, theirs=theirs, file=file)


def _of_column(
    connection: duckdb.DuckDBPyConnection, found: Input, source: Source, *, column: str, theirs: str, file: str
) -> Iterator[Problem]:
    number = plain_number(f"trim({quoted(theirs)}, {literal(BLANKS)})", source)
    # Other decimals than three, none or four digits before them: such a point stands before decimals.
    shows = f"contains(n, '.') AND regexp_full_match(n, '{NUMBER}') AND NOT regexp_full_match(n, '{_TWO_WAYS}')"
    never = DATA_SETS[source.data_set].money == column
    query = f"""
        SELECT arg_min(n, place) FILTER (two_ways), min(place) FILTER (two_ways) FROM (
            SELECT {number} AS n, {quoted(PLACE)} AS place, regexp_full_match(n, '{_TWO_WAYS}') AS two_ways,
                {"false" if never else shows} AS shows
            FROM {found.rows})
        HAVING NOT bool_or(COALESCE(shows, false))
    """
    for value, line in connection.execute(query).fetchall():
        if value is not None:
            what = f"{value} in {column} can be read as {value} or as {value.replace('.', '')}"
            todo = (
                'say for its source what its points stand before: `decimal_mark: "."` if decimals, or '
                '`thousands_mark: "."` and `decimal_mark: ","` if thousands'
            )
            yield Problem(f"{what}: its source does not say which", todo, at=Place(file, line))


def _numbers(source: Source) -> list[str]:
    """Return the columns whose decimals reach three digits, so that such a number would be taken without a word."""
    return [
        column.name
        for column in DATA_SETS[source.data_set].columns
        if isinstance(column.dtype, pl.Decimal) and column.name not in source.implied_decimals
    ]


def _is_likely(path: Path, source: Source) -> bool:
    """Return whether the bytes of a file hold such a number anywhere; most files do not, and need not be parsed."""
    with path.open("rb") as file:
        begins = file.read(2)
        if not begins or begins == b"\x1f\x8b" or source.encoding.lower().startswith(("utf-16", "utf-32")):
            return bool(begins)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _LIKELY.search(content) is not None
