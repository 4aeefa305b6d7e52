"""Outdated rows: rows in force of files that are gone, read by a recipe that is no longer that of their source."""

# Numbers are our own, names come from the catalogue.
# ruff: noqa: S608

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.intake.recipes import key_of, recipe_of
from pipelines.warehouse.quoting import quoted
from schemas.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

    from pipelines.intake.extract_list import Extract
    from pipelines.intake.load_history import Load, LoadHistory
    from schemas.workspace import WorkspaceConfig

MOST_NAMED = 3
"""So many files are named; the others are counted."""


@dataclass(frozen=True)
class Outdated:
    """What a path held: how many of its rows in force are read by an outdated recipe, and cannot be read again.

    is_renamed: the recipe of today would name these rows otherwise, so they could come again under other keys.
    """

    data_set: str
    source: str
    path: str
    rows: int
    is_renamed: bool


def outdated_rows(
    connection: duckdb.DuckDBPyConnection, config: WorkspaceConfig, extracts: Iterable[Extract], history: LoadHistory
) -> list[Outdated]:
    """Return the paths with outdated rows whose content is not among `extracts`, in the order of loading."""
    recipes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for source in config.sources:
        recipes[source.data_set, source.source].add(recipe_of(source, config))
    there = {(config.sources[found.position].data_set, found.sha256) for found in extracts}
    result = []
    for loads in history.of_paths():
        last = loads[-1]
        known = recipes.get((last.data_set, last.source))
        read_by = _read_by(loads)
        outdated = {recipe for recipe in read_by if recipe} - (known or set())
        if known is None or not outdated:
            continue
        if (last.data_set, last.sha256) in there:
            rows, is_renamed = last.rows_missing, False
        elif (latest := read_by[-1]) in outdated and latest is not None:
            rows = _in_force(connection, last.data_set, [load.load_seq for load in loads])
            is_renamed = key_of(latest) not in set(map(key_of, known))
        else:
            continue
        if rows:
            result.append(Outdated(last.data_set, last.source, last.path, rows, is_renamed))
    return result


def _read_by(loads: Sequence[Load]) -> list[str | None]:
    """Return the recipe by which each content of a path was read last, in the order of loading.

    Of content that was read again, or whose rows were given other keys, the last reading counts.
    """
    last = {load.arrival_seq: load.load_seq for load in loads}
    return [load.recipe for load in loads if last[load.arrival_seq] == load.load_seq]


def renamed_problem(outdated: Outdated) -> Problem:
    """Return why nothing of a source is loaded while rows of a path have keys by which it no longer names rows."""
    found = (
        f"what names a row of this source was changed, but the content that came with {outdated.rows:,} of the rows in "
        "force is gone: they cannot be read again, and would count twice if they come under another key"
    )
    todo = "put the file back as it was, so that it is read again; or leave `key:`, its columns and `ids:` as they were"
    return Problem(found, todo, at=Place(outdated.path))


def tell(outdated: list[Outdated]) -> str:
    """Return how many rows go on counting as they were read before, and the files that would have to be put back."""
    named = ", ".join(f"{each.rows:,} of {each.path}" for each in outdated[:MOST_NAMED])
    others = outdated[MOST_NAMED:]
    more = f" and {sum(each.rows for each in others):,} of {len(others):,} others" if others else ""
    return (
        "rows that count as they were read before the source was changed, since their files are gone: "
        f"{named}{more}; put a file back to have it read again"
    )


def _in_force(connection: duckdb.DuckDBPyConnection, data_set: str, loads: list[int]) -> int:
    listed = ", ".join(map(str, loads))
    query = f"SELECT COUNT(*) FROM {quoted(data_set)} WHERE superseded_seq IS NULL AND load_seq IN ({listed})"
    return int(connection.execute(query).fetchall()[0][0])
