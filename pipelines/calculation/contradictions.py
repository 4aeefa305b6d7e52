"""Contradictions in what was loaded: conversions, rates and agreed figures that differ for one thing, with places."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pipelines.warehouse.frames import has_table, read
from rules.compiled.contradictions import contradicting_conversions, contradicting_figures, contradicting_rates

if TYPE_CHECKING:
    import duckdb

    from schemas.errors import Problem

MOST_TOLD = 20
"""Enough to see the pattern: a wrong extract may hold thousands."""

_CHECKS = (
    ("unit_conversions", contradicting_conversions),
    ("fx_rates", contradicting_rates),
    ("targets", contradicting_figures),
    ("baselines", contradicting_figures),
)


def contradictions(connection: duckdb.DuckDBPyConnection) -> list[Problem]:
    """Return a problem for each contradiction among the rows in force, at most MOST_TOLD of a data set."""
    found: list[Problem] = []
    for data_set, problems in _CHECKS:
        if has_table(connection, data_set):
            rows = f"SELECT * FROM {data_set} JOIN loads USING (load_seq) WHERE superseded_seq IS NULL"  # noqa: S608 - a constant
            found += islice(problems(read(connection, rows)), MOST_TOLD)
    return found
