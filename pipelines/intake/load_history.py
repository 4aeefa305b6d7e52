"""Load history: what the warehouse knows of a file that is found, by what its path and its bytes were before."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

    from schemas.source import Source


@dataclass(frozen=True)
class Load:
    """One load of a file.

    recipe: how it was read; None for a load of a version that did not keep it. arrival_seq: the load that brought this
    content to its path; an earlier one where this load read the same bytes again by a new recipe. rows_missing: how
    many rows of earlier contents of the path were in force then and not in the file.
    """

    load_seq: int
    data_set: str
    source: str
    path: str
    sha256: str
    recipe: str | None
    arrival_seq: int
    rows_read: int
    rows_missing: int


@dataclass(frozen=True)
class Before:
    """What a file was before.

    earlier: the loads of what its path held. replaces: the file was put back or is read again by another recipe, so it
    replaces rows of `earlier` whatever day they were received. rereads: the arrival of the content that is read again.
    missing: how many rows in force of `earlier` were not in what the path held last.
    """

    is_loaded: bool = False
    earlier: tuple[int, ...] = ()
    replaces: bool = False
    rereads: int | None = None
    missing: int = 0


_LOADS = """
    SELECT load_seq, data_set, source, path, sha256, recipe, COALESCE(rereads_seq, load_seq), rows_read,
        COALESCE(rows_missing, 0)
    FROM loads ORDER BY load_seq
"""


class LoadHistory:
    """The loads of a warehouse, the oldest first."""

    def __init__(self) -> None:
        """Begin with no loads, as before the first run."""
        self.last_seq = 0
        self._of_path: dict[tuple[str, str, str], list[Load]] = defaultdict(list)
        self._of_bytes: dict[tuple[str, str, str], list[Load]] = defaultdict(list)
        self._of_set: dict[tuple[str, str], list[Load]] = defaultdict(list)

    def add(self, load: Load) -> None:
        """Add a load that came after the others."""
        self.last_seq = load.load_seq
        self._of_path[load.data_set, load.source, load.path].append(load)
        self._of_bytes[load.data_set, load.source, load.sha256].append(load)
        self._of_set[load.data_set, load.sha256].append(load)

    def of_paths(self) -> Iterable[Sequence[Load]]:
        """Return the loads of each path of a source, the path that came first before the others."""
        return self._of_path.values()

    def look_back(self, source: Source, path: str, sha256: str, recipe: str) -> Before:
        """Return what the file at `path` was before.

        It is loaded if its path last held these bytes, or if they came under another path; bytes that the path held
        before others are new content. Bytes that were last read by another recipe are read again.
        """
        of_path = self._of_path.get((source.data_set, source.source, path), [])
        of_bytes = self._of_bytes.get((source.data_set, source.source, sha256), [])
        is_held = not of_path or of_path[-1].sha256 == sha256
        if not of_bytes or (not is_held and any(load.sha256 == sha256 for load in of_path)):
            return _before(of_path, replaces=bool(of_bytes))
        latest = of_bytes[-1]
        if latest.recipe is None or latest.recipe == recipe:
            return Before(is_loaded=True)
        holder = of_path if of_path and is_held else self._of_path[source.data_set, source.source, latest.path]
        # Where the other path went on to other content, the rows in force of it are not these.
        return _before(holder if holder[-1].sha256 == sha256 else [], replaces=True, rereads=latest.arrival_seq)

    def other_source(self, source: Source, sha256: str) -> Load | None:
        """Return the load by which another source of the data set, and not this one, brought rows of these bytes."""
        alike = self._of_set.get((source.data_set, sha256), [])
        if any(load.source == source.source for load in alike):
            return None
        return next((load for load in alike if load.rows_read), None)


def _before(of_path: Sequence[Load], *, replaces: bool, rereads: int | None = None) -> Before:
    earlier = tuple(load.load_seq for load in of_path)
    missing = of_path[-1].rows_missing if of_path else 0
    return Before(earlier=earlier, replaces=replaces, rereads=rereads, missing=missing)


def load_history(connection: duckdb.DuckDBPyConnection) -> LoadHistory:
    """Return all loads."""
    history = LoadHistory()
    for row in connection.execute(_LOADS).fetchall():
        history.add(Load(*row))
    return history
