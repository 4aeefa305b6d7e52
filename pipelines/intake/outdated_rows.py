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
    from collections.abc import Iterable

    import duckdb

    from pipelines.intake.extract_list import Extract
    from schemas.workspace import WorkspaceConfig

_PATHS = """
    SELECT data_set, source, path, list(load_seq ORDER BY load_seq),
        list(recipe ORDER BY load_seq) FILTER (is_last),
        arg_max(sha256, load_seq), arg_max(COALESCE(rows_missing, 0), load_seq)
    FROM (
        -- Of content that was read again, or whose rows were given other keys, the last reading counts.
        SELECT *, load_seq = MAX(load_seq) OVER (
            PARTITION BY data_set, source, path, COALESCE(rereads_seq, load_seq)
        ) AS is_last
        FROM loads
    )
    GROUP BY data_set, source, path ORDER BY MIN(load_seq)
"""
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
    connection: duckdb.DuckDBPyConnection, config: WorkspaceConfig, extracts: Iterable[Extract]
) -> list[Outdated]:
    """Return the paths with outdated rows whose content is not among `extracts`, in the order of loading."""
    recipes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for source in config.sources:
        recipes[source.data_set, source.source].add(recipe_of(source, config))
    there = {(config.sources[found.position].data_set, found.sha256) for found in extracts}
    result = []
    for data_set, source, path, loads, read_by, sha256, missing in connection.execute(_PATHS).fetchall():
        known = recipes.get((data_set, source))
        outdated = {recipe for recipe in read_by if recipe} - (known or set())
        if known is None or not outdated:
            continue
        is_there = (data_set, sha256) in there
        rows = missing if is_there else _in_force(connection, data_set, loads) if read_by[-1] in outdated else 0
        if rows:
            is_renamed = not is_there and key_of(read_by[-1]) not in set(map(key_of, known))
            result.append(Outdated(data_set, source, path, rows, is_renamed))
    return result


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
