"""What the section `words:` of a workspace names and the data has not: it would be passed over, and never shown."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from pipelines.calculation.filter_values import values_of
from pipelines.calculation.rule_files import FILTERED, filter_columns_of
from pipelines.workspace.configuration import CONFIG
from rules.language.reading import suggest
from schemas.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import duckdb

    from pipelines.workspace.configuration import Workspace


def unused_words(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> Iterator[Problem]:
    """Yield a problem for each column of `words:` that no filter can name, and for each value that no row in force has.

    Values of a column are not compared where it has too many, or none yet; nothing is while a data set that filters
    name was never loaded: the column may be one of its own.
    """
    columns = filter_columns_of(connection)
    if len(columns) < len(FILTERED):
        return
    for column, said in workspace.config.words.items():
        homes = [data_set for data_set, names in columns.items() if column in names]
        if not homes:
            found = f"words: names {column!r}, which is no column that filters name"
            yield Problem(found, suggest(column, {*chain(*columns.values())}), at=Place(CONFIG))
        elif known := _values(connection, column, homes):
            for value in (value for value in said.values if value not in known):
                found = f"words: {column}: names the value {value!r}, which no row has"
                yield Problem(found, suggest(value, known), at=Place(CONFIG))


def _values(connection: duckdb.DuckDBPyConnection, column: str, data_sets: Collection[str]) -> set[str]:
    """Return the values of a column, in all data sets that have it; none where they are too many to compare."""
    found = [values_of(connection, data_set, column) for data_set in data_sets]
    return set() if None in found else set().union(*filter(None, found))
