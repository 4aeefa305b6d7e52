"""Doors: short files go through the door together and ahead of time, and are then looked at one by one."""

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
from pipelines.intake.input_sql import LINES, landed_input, together, typed_input
from pipelines.intake.validation import CHUNK_ROWS, collect_unknown, open_door
from pipelines.sources.column_mapping import map_columns
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
    from pipelines.workspace.configuration import Workspace
    from schemas.workspace import Source


MOST_FILES = 32
"""So many files are opened at once: a query of hundreds of files takes longer to plan than it saves."""

_ROOM = "at_the_door"
_PLACES = (f"{_ROOM}.one", f"{_ROOM}.other")
_UNREADABLE = (duckdb.Error, pa.ArrowException, OSError)


@dataclass(frozen=True)
class Opened:
    """A file at the door: what is read of it, and what became of that.

    `place`: the schema of its tables. `first`: where its lines begin among those of the files opened with it. `extras`:
    its extra columns. `rounded`: how many values the stated rounding changed.
    """

    found: Input
    place: str
    first: int
    extras: list[str]
    rounded: int
    has_problems: bool


@dataclass(frozen=True)
class _Group:
    """Files that are opened together: what is read of each, where their tables are, and what open_door returns."""

    inputs: dict[Extract, Input]
    place: str
    result: Future[tuple[list[str], int]]


@contextmanager
def doors_to(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, extracts: Iterable[Extract], sources: Sequence[Source]
) -> Iterator[Doors]:
    """Stand ready to open `extracts` of `sources`, in the order in which they are loaded.

    Their tables lie in memory, as temporary ones do, but for two connections to see.
    """
    schemas = "".join(f"; CREATE SCHEMA {place}" for place in _PLACES)
    connection.execute(f"ATTACH ':memory:' AS {_ROOM}{schemas}")
    try:
        with Background(connection) as beside:
            yield Doors(beside, workspace, list(extracts), sources)
    finally:
        with suppress(duckdb.Error):  # a broken database has nothing to clear
            connection.execute(f"DETACH {_ROOM}")


class Doors:
    """The files that are to be loaded, opened when they are asked for.

    Most of what a short file costs at the door does not depend on its rows, so the short ones that follow it are
    opened with it. The next ones are opened beside, while these are loaded: all but a look at what they refer to needs
    nothing of what is loaded before them.
    """

    def __init__(
        self, beside: Background, workspace: Workspace, extracts: Sequence[Extract], sources: Sequence[Source]
    ) -> None:
        """See `doors_to`."""
        self._beside = beside
        self._connection = beside.connection
        self._workspace = workspace
        self._extracts = extracts
        self._sources = sources
        self._opened: dict[Extract, Opened] = {}
        self._ahead: _Group | None = None

    def show(self, extract: Extract) -> Opened:
        """Make the views `door` and, if it has any, `problems` those of one file.

        Raises:
            ExtractError: it is damaged.
        """
        if extract not in self._opened:
            self._opened = self._open(extract)
            self._open_ahead()
        opened = self._opened[extract]
        its_own = f"WHERE line BETWEEN {opened.first} AND {opened.first + LINES - 1}"
        for view, table in (("door", "doors"), ("problems", "faults"))[: 1 + opened.has_problems]:
            rows = f"SELECT * REPLACE (line - {opened.first} AS line) FROM {opened.place}.{table} {its_own}"
            self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {rows}")
        return opened

    def source(self, extract: Extract) -> Source:
        """Give the source of a file."""
        return self._sources[extract.position]

    def path(self, extract: Extract) -> Path:
        """Give the place where a file is read: where its text has landed, or where it lies."""
        if self._is_landed(extract):
            return landing_path(self._workspace, extract.sha256, self.source(extract))
        return self._workspace.root / extract.path

    def _open(self, extract: Extract) -> dict[Extract, Opened]:
        """Open a file and those that are opened with it, or take what was opened ahead."""
        group, self._ahead = self._ahead, None
        try:
            if group is None or extract not in group.inputs:
                self._close()
                group = self._start(self._with_short_ones_after(extract))
            return self._looked_at(group, *group.result.result())
        except _UNREADABLE:  # by which of them, it is to say itself
            return self._open_alone(extract)

    def _close(self) -> None:
        """Let go of what was opened last before more is opened: it may be long."""
        for place in {opened.place for opened in self._opened.values()}:
            self._connection.execute(f"DROP TABLE {place}.doors; DROP TABLE {place}.faults")
        self._opened = {}

    def _open_alone(self, extract: Extract) -> dict[Extract, Opened]:
        try:
            group = self._start({extract: self._input(extract)})
            return self._looked_at(group, *group.result.result())
        except _UNREADABLE as error:
            damage = find_damage(self.path(extract))  # DuckDB has no error of its own for a file damaged inside
            if damage is None:
                raise
            todo = "copy or export it again: it is damaged"
            found = f"the file cannot be read to its end ({damage})"
            raise ExtractError(Problem(found, todo, at=Place(extract.path))) from error

    def _open_ahead(self) -> None:
        """Start with what comes next, if it is short: a long file keeps all cores at work by itself."""
        after = self._extracts[self._extracts.index(list(self._opened)[-1]) + 1 :]
        waiting = (extract for extract in after if not self._is_landed(extract) or self.path(extract).exists())
        following = next(waiting, None)
        if following is None or not self._is_landed(following):
            return
        with suppress(*_UNREADABLE):  # it is told when the file is asked for
            inputs = self._with_short_ones_after(following)
            if sum(found.count for found in inputs.values()) <= CHUNK_ROWS:
                self._ahead = self._start(inputs)

    def _start(self, inputs: dict[Extract, Input]) -> _Group:
        """Open files beside, and leave alone the tables of those that are being loaded."""
        at_work = {opened.place for opened in self._opened.values()}
        place = next(place for place in _PLACES if place not in at_work)
        return _Group(inputs, place, self._beside.ask(self._pass, inputs, place))

    def _pass(
        self, connection: duckdb.DuckDBPyConnection, inputs: dict[Extract, Input], place: str
    ) -> tuple[list[str], int]:
        first = next(iter(inputs))
        mapping, _ = map_columns(self.source(first), first.columns, first.path, 1)
        reading = Reading(self.source(first), self._workspace.config.ids)
        connection.execute(f"SET produce_arrow_string_view = true; USE {place}")
        return open_door(connection, together(list(inputs.values())), mapping, reading=reading)

    def _looked_at(self, group: _Group, extras: list[str], rounded: int) -> dict[Extract, Opened]:
        """Look at what the files refer to: that has been loaded by now."""
        data_set = DATA_SETS[self.source(next(iter(group.inputs))).data_set]
        collect_unknown(self._connection, data_set, group.place)
        numbers = f"SELECT DISTINCT line // {LINES} FROM {group.place}.faults"
        faulty = {number for (number,) in self._connection.execute(numbers).fetchall()}
        return {
            extract: Opened(found, group.place, n * LINES, extras, rounded, n in faulty)
            for n, (extract, found) in enumerate(group.inputs.items())
        }

    def _with_short_ones_after(self, extract: Extract) -> dict[Extract, Input]:
        """Give `extract` and the files after it that are written alike, up to as many rows as are validated at once."""
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
        path = str(self.path(extract))
        return landed_input(path) if self._is_landed(extract) else typed_input(self._connection, path)
