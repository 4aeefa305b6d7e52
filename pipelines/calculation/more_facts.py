"""Facts besides what was bought: visits and agreed figures, where rules use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.in_force import known_by
from pipelines.warehouse.frames import write
from pipelines.warehouse.sql_files import read_sql
from rules.compiled.figure_terms import AGREED, VISITED
from rules.rating.visit_values import INDICATORS

if TYPE_CHECKING:
    from collections.abc import Collection

    import duckdb

    from pipelines.books.runs import OpenRun

VISITS_SQL = read_sql("calculation", "visits")
INDICATORS_SQL = read_sql("calculation", "indicators")

VISITS = pl.Schema({"span": pl.Int32(), "segment": pl.Int32(), "visit": pl.String()})
"""Columns of work.completed_visits."""
AGREED_FIGURES = pl.Schema(
    {
        "kind": pl.String(),
        "program": pl.String(),
        "rebate": pl.String(),
        "member_id": pl.String(),
        "period": pl.String(),
        "value": pl.Decimal(18, 6),
    }
)
"""Columns of work.agreed: targets and baselines stated for a member and period."""


def gather(connection: duckdb.DuckDBPyConnection, run: OpenRun, kinds: Collection[str]) -> None:
    """Write work.completed_visits, work.indicators and work.agreed for terms of `kinds`.

    Reads the lookups of the scan. Tables that no rule uses stay empty and cost nothing.
    """
    # Every table exists in any case, so that the stages after this need not ask; it also removes those of the last run.
    write(
        connection,
        {
            "completed_visits": pl.DataFrame(schema=VISITS),
            "indicators": pl.DataFrame(schema=INDICATORS),
            "agreed": pl.DataFrame(schema=AGREED_FIGURES),
        },
    )
    if any(kind in kinds for kind in VISITED):
        for data_set in ("visits", "visit_kpis"):
            connection.execute(f"CREATE OR REPLACE VIEW work.{data_set}_in_force AS {known_by(run, data_set)}")
        connection.execute(f"INSERT INTO work.completed_visits BY NAME {VISITS_SQL}")
        connection.execute(f"INSERT INTO work.indicators BY NAME {INDICATORS_SQL}")
    for kind in AGREED:
        if kind in kinds:
            connection.execute(f"INSERT INTO work.agreed BY NAME {_agreed(run, kind)}")


def _agreed(run: OpenRun, kind: str) -> str:
    columns = "program, rebate, member_id, period, value"
    return f"SELECT '{kind}' AS kind, {columns} FROM ({known_by(run, f'{kind}s')})"  # noqa: S608 - constant text
