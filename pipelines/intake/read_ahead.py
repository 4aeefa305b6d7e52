"""Reading ahead: short files are validated together and in the background, then handed out one by one.

Measured on 200 files of 20 rows, the whole run: 14.2 s one file at a time, 7.6 s together, 5.4 s together and in the
background (10.3, 6.2 and 5.8 CPU seconds). On the demo's 21 files no gain could be told from the noise.
"""

# Names are quoted and texts escaped, numbers are our own: nothing in an extract can reach the SQL.
# ruff: noqa: S608

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from pipelines.intake.cast_text import Reading
from pipelines.intake.extract_list import landing_path
from pipelines.intake.file_input import file_input, file_mapping
from pipelines.intake.input_sql import LINES, together
from pipelines.intake.look_alikes import collect_alike
from pipelines.intake.references import collect_unknown
from pipelines.intake.repeated_keys import collect_repeated
from pipelines.intake.validation import CHUNK_ROWS, open_door, typed_column
from pipelines.sources.parquet_source import find_damage
from pipelines.warehouse.background import Background
from schemas.catalogue import DATA_SETS
from schemas.errors import ExtractError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from pipelines.intake.extract_list import Extract
    from pipelines.intake.input_sql import Input
    from pipelines.sources.column_mapping import ColumnMapping
    from pipelines.workspace.configuration import Workspace
    from schemas.catalogue import DataSet
    from schemas.source import Source


MOST_FILES = 32
"""Files validated in one query: beyond that, planning the query takes longer than it saves."""

# An attached in-memory database with two schemas: one holds the files being loaded, the other those being read ahead.
_ROOM = "at_the_door"
_PLACES = (f"{_ROOM}.one", f"{_ROOM}.other")
# Everything that DuckDB and Arrow raise for a file damaged inside.
_UNREADABLE = (duckdb.Error, pa.ArrowException, OSError)


@dataclass(frozen=True)
class Opened:
    """A validated file of a source: what was read of it, and where the result is.

    `place`: the schema of its tables. `first`: the number at which its lines begin among those of the files validated
    with it. `extras`: its extra columns. `rounded`: how many values the stated rounding changed.
    """

    extract: Extract
    source: Source
    found: Input
    place: str
    first: int
    extras: list[str]
    rounded: int
    has_problems: bool


@dataclass(frozen=True)
class _Group:
    """Files validated together: their inputs, the schema of their tables, and the future result of open_door."""

    inputs: dict[Extract, Input]
    place: str
    result: Future[tuple[list[str], int]]


@contextmanager
def reading_ahead(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, extracts: Iterable[Extract], sources: Sequence[Source]
) -> Iterator[ReadAhead]:
    """Open the validation of `extracts` of `sources`, in the order of loading.

    The tables are in memory, like temporary tables, but visible to two connections.
    """
    schemas = "".join(f"; CREATE SCHEMA {place}" for place in _PLACES)
    connection.execute(f"ATTACH ':memory:' AS {_ROOM}{schemas}")
    try:
        with Background(connection) as beside:
            yield ReadAhead(beside, workspace, list(extracts), sources)
    finally:
        with suppress(duckdb.Error):  # after a fatal error the database is invalid and detaching fails too
            connection.execute(f"DETACH {_ROOM}")


class ReadAhead:
    """The files to be loaded, validated when they are asked for.

    Most of the cost of validating a short file does not depend on its rows, so the short files after it are validated
    with it. The next group is validated in the background while this one is loaded: only the check of references needs
    what is loaded before.
    """

    def __init__(
        self, beside: Background, workspace: Workspace, extracts: Sequence[Extract], sources: Sequence[Source]
    ) -> None:
        """Prepare; see `reading_ahead`."""
        self._beside = beside
        self._connection = beside.connection
        self._workspace = workspace
        self._extracts = extracts
        self._sources = sources
        self._opened: dict[Extract, Opened] = {}
        self._ahead: _Group | None = None

    def show(self, extract: Extract) -> Opened:
        """Create the views `door`, `earlier`, `problems` and `repeated` for one file, and return what was read of it.

        Raises:
            ExtractError: it is damaged.
        """
        if extract not in self._opened:
            self._opened = self._open(extract)
            self._open_ahead()
        opened = self._opened[extract]
        its_own = f"WHERE line BETWEEN {opened.first} AND {opened.first + LINES - 1}"
        views = {
            view: f"SELECT * REPLACE (line - {opened.first} AS line) FROM {opened.place}.{table} {its_own}"
            for view, table in (("door", "doors"), ("earlier", "earlier"), ("problems", "faults"))
        }
        views["repeated"] = f"SELECT row_key FROM {opened.place}.repeated WHERE file = {opened.first // LINES}"
        shown = (f"CREATE OR REPLACE TEMP VIEW {view} AS {rows}" for view, rows in views.items())
        self._connection.execute("; ".join(shown))
        return opened

    def source(self, extract: Extract) -> Source:
        """Return the source of a file."""
        return self._sources[extract.position]

    def path(self, extract: Extract) -> Path:
        """Return the path from which a file is read: its landed text, or the Parquet file itself."""
        if self._is_landed(extract):
            return landing_path(self._workspace, extract.sha256, self.source(extract))
        return self._workspace.root / extract.path

    def _open(self, extract: Extract) -> dict[Extract, Opened]:
        """Validate a file and those read together with it, or take over what was read ahead."""
        group, self._ahead = self._ahead, None
        try:
            if group is None or extract not in group.inputs:
                self._close()
                group = self._start(self._with_short_ones_after(extract))
            return self._looked_at(group, *group.result.result())
        except _UNREADABLE:  # the error does not say which file: each is then read alone
            return self._open_alone(extract)

    def _close(self) -> None:
        """Drop the tables of the files validated last, which may be large, before more are read."""
        for place in {opened.place for opened in self._opened.values()}:
            tables = ("doors", "faults", "repeated", "earlier")
            self._connection.execute("; ".join(f"DROP TABLE {place}.{table}" for table in tables))
        self._opened = {}

    def _open_alone(self, extract: Extract) -> dict[Extract, Opened]:
        try:
            group = self._start({extract: self._input(extract)})
            return self._looked_at(group, *group.result.result())
        except _UNREADABLE as error:
            damage = find_damage(self.path(extract))  # DuckDB has no exception of its own for a damaged file
            if damage is None:
                raise
            todo = "copy or export it again: it is damaged"
            found = f"the file cannot be read to its end ({damage})"
            raise ExtractError(Problem(found, todo, at=Place(extract.path))) from error

    def _open_ahead(self) -> None:
        """Start validating the next files in the background, if they are short.

        A long file keeps all cores busy by itself.
        """
        after = self._extracts[self._extracts.index(list(self._opened)[-1]) + 1 :]
        waiting = (extract for extract in after if not self._is_landed(extract) or self.path(extract).exists())
        following = next(waiting, None)
        if following is None or not self._is_landed(following):
            return
        with suppress(*_UNREADABLE, ExtractError):  # reported when the file itself is asked for
            inputs = self._with_short_ones_after(following)
            if sum(found.count for found in inputs.values()) <= CHUNK_ROWS:
                self._ahead = self._start(inputs)

    def _start(self, inputs: dict[Extract, Input]) -> _Group:
        """Start validating files in the background, in the schema that is not in use."""
        at_work = {opened.place for opened in self._opened.values()}
        place = next(place for place in _PLACES if place not in at_work)
        return _Group(inputs, place, self._beside.ask(self._pass, inputs, place))

    def _pass(
        self, connection: duckdb.DuckDBPyConnection, inputs: dict[Extract, Input], place: str
    ) -> tuple[list[str], int]:
        first = next(iter(inputs))
        reading = Reading(self.source(first), self._workspace.config.ids)
        # USE is a setting of this connection alone: the main one keeps its own schema.
        connection.execute(f"SET produce_arrow_string_view = true; USE {place}")
        return open_door(connection, together(list(inputs.values())), self._mapping(first), reading=reading)

    def _mapping(self, extract: Extract) -> ColumnMapping:
        return file_mapping(extract, self.source(extract))

    def _looked_at(self, group: _Group, extras: list[str], rounded: int) -> dict[Extract, Opened]:
        """Return the validated files by extract, after checking the ids they refer to.

        Those are loaded by now.
        """
        first = next(iter(group.inputs))
        data_set = DATA_SETS[self.source(first).data_set]
        collect_alike(self._connection, data_set.name, group.place)
        collect_unknown(self._connection, data_set, group.place, self._coming(data_set, group))
        collect_repeated(self._connection, self.source(first), self._mapping(first).key, group.place)
        numbers = f"SELECT DISTINCT line // {LINES} FROM {group.place}.faults"
        faulty = {number for (number,) in self._connection.execute(numbers).fetchall()}
        return {
            extract: Opened(
                extract, self.source(extract), found, group.place, n * LINES, extras, rounded, has_problems=n in faulty
            )
            for n, (extract, found) in enumerate(group.inputs.items())
        }

    def _coming(self, data_set: DataSet, group: _Group) -> list[str]:
        """Return the SQL of the ids in files that are loaded later and that rows of their own data set refer to."""
        if data_set.name not in data_set.references.values():
            return []
        found = []
        for extract in self._extracts:
            source = self.source(extract)
            if source.data_set == data_set.name and extract not in group.inputs and self.path(extract).exists():
                reading = Reading(source, self._workspace.config.ids)
                mapping = self._mapping(extract)
                found.append(typed_column(self._input(extract), mapping, data_set.key[0], reading))
        return [ids for ids in found if ids is not None]

    def _with_short_ones_after(self, extract: Extract) -> dict[Extract, Input]:
        """Return `extract` and the following files of the same columns and source, up to CHUNK_ROWS rows in all."""
        inputs = {extract: self._input(extract)}
        rows = inputs[extract].count
        place = self._extracts.index(extract)
        for other in self._extracts[place + 1 : place + MOST_FILES]:
            is_alike = (other.position, other.columns) == (extract.position, extract.columns)
            if not (is_alike and self._is_landed(other) and self.path(other).exists()):
                break
            found = self._input(other)
            rows += found.count
            if rows > CHUNK_ROWS:
                break
            inputs[other] = found
        return inputs

    def _is_landed(self, extract: Extract) -> bool:
        return self.source(extract).format == "csv"

    def _input(self, extract: Extract) -> Input:
        return file_input(self._connection, extract, self.source(extract), self.path(extract))
