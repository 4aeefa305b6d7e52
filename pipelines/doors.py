"""Doors: short files of one source go through the door together, and are then looked at one by one."""

# Names are quoted and texts escaped, numbers are our own: nothing in an extract can reach the SQL.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from pipelines.door import CHUNK_ROWS, open_door
from pipelines.inputs import LINES, landed_input, together, typed_input
from pipelines.manifest import landing_path
from pipelines.mapping import map_columns
from pipelines.parquet_source import find_damage
from pipelines.typing_sql import Reading
from schemas.errors import ExtractError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pipelines.inputs import Input
    from pipelines.manifest import Extract
    from pipelines.workspace import Workspace
    from schemas.workspace import Source


MOST_FILES = 32
"""So many files are opened at once: a query of hundreds of files takes longer to plan than it saves."""

_UNREADABLE = (duckdb.Error, pa.ArrowException, OSError)


@dataclass(frozen=True)
class Opened:
    """A file at the door: what is read of it, and what became of that.

    `first`: where its lines begin among those of the files opened with it. `extras`: its extra columns. `rounded`: how
    many values the stated rounding changed.
    """

    found: Input
    first: int
    extras: list[str]
    rounded: int
    has_problems: bool


class Doors:
    """The files that are to be loaded, opened when they are asked for.

    Most of what a short file costs at the door does not depend on its rows, so the short ones that follow it are
    opened with it.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        workspace: Workspace,
        extracts: Iterable[Extract],
        sources: Sequence[Source],
    ) -> None:
        """Stand ready to open `extracts` of `sources`, in the order in which they are loaded."""
        self._connection = connection
        self._workspace = workspace
        self._extracts = list(extracts)
        self._sources = sources
        self._opened: dict[Extract, Opened] = {}

    def show(self, extract: Extract) -> Opened:
        """Make the views `door` and, if it has any, `problems` those of one file.

        Raises:
            ExtractError: it is damaged.
        """
        if extract not in self._opened:
            try:
                self._open(self._with_short_ones_after(extract))
            except _UNREADABLE:  # by which of them, it is to say itself
                self._open_alone(extract)
        opened = self._opened[extract]
        its_own = f"WHERE line BETWEEN {opened.first} AND {opened.first + LINES - 1}"
        for view, table in (("door", "doors"), ("problems", "faults"))[: 1 + opened.has_problems]:
            rows = f"SELECT * REPLACE (line - {opened.first} AS line) FROM {table} {its_own}"
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

    def _open_alone(self, extract: Extract) -> None:
        try:
            self._open({extract: self._input(extract)})
        except _UNREADABLE as error:
            damage = find_damage(self.path(extract))  # DuckDB has no error of its own for a file damaged inside
            if damage is None:
                raise
            todo = "copy or export it again: it is damaged"
            found = f"the file cannot be read to its end ({damage})"
            raise ExtractError(Problem(extract.path, 0, 0, found, todo)) from error

    def _open(self, inputs: dict[Extract, Input]) -> None:
        first = next(iter(inputs))
        mapping, _ = map_columns(self.source(first), first.columns, first.path, 1)
        reading = Reading(self.source(first), self._workspace.config.ids)
        self._opened = {}
        extras, rounded = open_door(self._connection, together(list(inputs.values())), mapping, reading=reading)
        faulty = self._connection.execute(f"SELECT DISTINCT line // {LINES} FROM faults").fetchall()
        for n, (extract, found) in enumerate(inputs.items()):
            self._opened[extract] = Opened(found, n * LINES, extras, rounded, (n,) in faulty)

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
