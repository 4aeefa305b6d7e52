"""Books with a forecast: those of the last run where it made one, else a scratch copy on which it is made."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.books.runs import Run, current_run
from pipelines.calculation.aggregate import aggregate
from pipelines.calculation.facts import read_facts
from pipelines.calculation.rate import rate, read_contract, read_lookups
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import has_work, read_row
from pipelines.warehouse.scratch import scratch
from rules.compiled.seasons import is_of_last_year
from rules.engine import entitle_ahead
from schemas.workspace import Panels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    import duckdb
    import polars as pl

    from pipelines.workspace.configuration import Workspace

COUNT = "SELECT COUNT(*) FROM work.outlook"


@contextmanager
def books_ahead(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection to books that forecast their open periods.

    Those of the past are as they are: they are to be computed ahead when they are opened, see pipelines.audit.past.

    Raises:
        BooksError: nothing was computed yet.
        WorkspaceBusyError: a run holds the workspace.
    """
    with connect(workspace, read_only=True) as connection:
        day = current_run(connection).as_of
        is_past = workspace.books is not None
        if is_past or (has_work(connection, "outlook") and read_row(connection, COUNT) != (0,)):
            yield connection
            return
    with computed(workspace, day) as connection:
        yield connection


@contextmanager
def computed(
    workspace: Workspace, day: date, prepare: Callable[[duckdb.DuckDBPyConnection], object] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection to a scratch copy of the books, computed as of `day` by the rule files as they are.

    `prepare` may change the copy before that.
    """
    with scratch(workspace) as copy:
        ahead = replace(copy, config=copy.config.model_copy(update={"panels": Panels(nightly=True)}))
        if prepare is not None:
            with connect(ahead) as connection:
                prepare(connection)
        for stage in (aggregate, rate):
            stage(ahead, Run(day))
        with connect(ahead, read_only=True) as connection:
            yield connection


def forecasts(connection: duckdb.DuckDBPyConnection) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the forecast of open periods, and that of the run rate alone: see rules.engine.entitle_ahead."""
    facts, lookups, contract = read_facts(connection), read_lookups(connection), read_contract(connection)
    without_last_year = replace(facts, windows=facts.windows.filter(~is_of_last_year()))
    by_season, by_days = (entitle_ahead(each, lookups, contract).forecast for each in (facts, without_last_year))
    return by_season, by_days
