"""Row identity: by what the rows in force are told apart, and what of it the configuration says otherwise by now."""

# Names are quoted and come from the catalogue, numbers are our own.
# ruff: noqa: S608

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.intake.recipes import Identity, identity_of, recipe_of
from pipelines.warehouse.frames import has_table
from pipelines.warehouse.quoting import quoted
from schemas.errors import BooksError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from schemas.workspace import WorkspaceConfig

_LOADS = "SELECT data_set, source, recipe, LIST(load_seq) FROM loads GROUP BY ALL ORDER BY MIN(load_seq)"

OTHER_SOURCES = "SELECT reference, subject FROM decisions WHERE kind = 'other_source'"
"""The sources of which a person has said that they are no renamed ones: data set and name."""


@dataclass(frozen=True)
class Change:
    """Rows in force of a data set that are identified otherwise now: by what they were and are, and their loads."""

    data_set: str
    before: Identity
    now: Identity
    loads: tuple[int, ...]
    rows: int

    @property
    def is_renamed(self) -> bool:
        """Return whether the source has another name."""
        return self.before.source != self.now.source

    @property
    def words(self) -> str:
        """Return what was changed: the setting, what it was, and what it is."""
        pairs = {
            "source": (self.before.source, self.now.source),
            "key": tuple(f"[{', '.join(each.key)}]" for each in (self.before, self.now)),
            "ids": tuple(f"{{{each.ids}}}" for each in (self.before, self.now)),
        }
        return ", ".join(f"`{name}:` {old} → {new}" for name, (old, new) in pairs.items() if old != new)


def changed_identities(connection: duckdb.DuckDBPyConnection, config: WorkspaceConfig) -> list[Change]:
    """Return what identifies rows in force of the sources otherwise than when they were loaded.

    A source that nobody names any more is renamed where its data set has a new one; otherwise its rows stay.
    """
    if not has_table(connection, "loads"):
        return []
    now: dict[tuple[str, str], dict[Identity, None]] = defaultdict(dict)
    for source in config.sources:
        now[source.data_set, source.source][identity_of(recipe_of(source, config))] = None
    loads = connection.execute(_LOADS).fetchall()
    renamed = _renamed(connection, now, {(data_set, source) for data_set, source, *_ in loads})
    found: dict[tuple[str, Identity, Identity], list[int]] = defaultdict(list)
    for data_set, source, recipe, numbers in loads:
        before = identity_of(recipe, data_set, source)
        known = now.get((data_set, source))
        # A load of a version that kept no recipe says nothing but its source.
        if known and (recipe is None or before in known):
            continue
        for other in [next(iter(known))] if known else renamed.get((data_set, source), []):
            found[data_set, before, other].extend(numbers)
    changes = (
        Change(data_set, before, other, tuple(sorted(numbers)), _in_force(connection, data_set, numbers))
        for (data_set, before, other), numbers in found.items()
    )
    return [change for change in changes if change.rows]


def refuse_changed(connection: duckdb.DuckDBPyConnection, config: WorkspaceConfig, data_set: str | None = None) -> None:
    """Refuse to load anything while rows in force are identified otherwise: they would come again and count twice.

    `data_set`: look at the rows of this one alone.

    Raises:
        BooksError: naming each source, what was changed and how many rows are in force.
    """
    changes = [each for each in changed_identities(connection, config) if data_set in {None, each.data_set}]
    if changes:
        raise BooksError(*map(_problem, changes))


def _problem(change: Change) -> Problem:
    found = (
        f"what identifies the rows of {change.data_set} from {change.before.source!r} was changed: {change.words}; "
        f"rows in force: {change.rows:,}, which would come again under other keys and count twice"
    )
    name = change.now.source
    other = f"; if {name!r} is another source, `rebatch rekey --new {name}`" if change.is_renamed else ""
    todo = f"put it back as it was; or `rebatch rekey` shows what becomes of them, and does it{other}"
    return Problem(found, todo, at=Place("rebatch.yaml"))


def _renamed(
    connection: duckdb.DuckDBPyConnection,
    now: dict[tuple[str, str], dict[Identity, None]],
    loaded: Iterable[tuple[str, str]],
) -> dict[tuple[str, str], list[Identity]]:
    """Return by source that nobody names any more which new ones may be the same under another name."""
    gone = [each for each in sorted(set(loaded) - now.keys()) if _has_rows(connection, *each)]
    others = set(connection.execute(OTHER_SOURCES).fetchall()) if gone else set()
    concerned = {data_set for data_set, _ in gone}
    new = [each for each in now if each[0] in concerned and each not in others and not _has_rows(connection, *each)]
    return {each: [next(iter(now[other])) for other in new if other[0] == each[0]] for each in gone}


def _has_rows(connection: duckdb.DuckDBPyConnection, data_set: str, source: str) -> bool:
    loads = "SELECT load_seq FROM loads WHERE data_set = ? AND source = ?"
    numbers = [number for (number,) in connection.execute(loads, [data_set, source]).fetchall()]
    return bool(numbers) and _in_force(connection, data_set, numbers) > 0


def _in_force(connection: duckdb.DuckDBPyConnection, data_set: str, loads: Iterable[int]) -> int:
    listed = ", ".join(map(str, loads))
    query = f"SELECT COUNT(*) FROM {quoted(data_set)} WHERE superseded_seq IS NULL AND load_seq IN ({listed})"
    return int(connection.execute(query).fetchall()[0][0])
