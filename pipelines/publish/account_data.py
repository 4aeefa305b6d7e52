"""The account of each payee: where it stood at its last statement, what was posted and paid since, and what is open."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pipelines.books.decisions import last_decision
from pipelines.warehouse.frames import read
from pipelines.warehouse.sql_files import read_sql

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from pipelines.books.runs import OpenRun

ENTRIES = read_sql("publish", "entries")
STATED_PAYOUTS = read_sql("publish", "stated_payouts")
BEFORE = """
    SELECT
        run_seq,
        GREATEST(decision_seq, COALESCE((SELECT MAX(decision_seq) FROM decisions WHERE run_id = r.run_id), 0)) AS known
    FROM runs AS r
    WHERE payout_period < ? AND run_seq < ? AND state = 'published'
    ORDER BY run_seq DESC
    LIMIT 1
"""
"""The run that made the last statements of an earlier payout period, and the last decision it knew."""


@dataclass(frozen=True)
class Span:
    """What lies between two statements: runs and decisions up to the one before, and up to this one."""

    run: int
    decision: int
    before_run: int
    before_decision: int


def span_of(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> Span:
    """Return what happened since the last statements of an earlier payout period: everything, if there are none."""
    found = connection.execute(BEFORE, [run.payout_period, run.run_seq]).fetchone()
    return Span(run.run_seq, last_decision(connection, run), *(found or (0, 0)))


def read_entries(connection: duckdb.DuckDBPyConnection, span: Span) -> pl.DataFrame:
    """Return what each account stood at and every entry since: see StatementFrames.entries."""
    return read(connection, ENTRIES, asdict(span))


def read_stated_payouts(connection: duckdb.DuckDBPyConnection, run: OpenRun, span: Span) -> pl.DataFrame:
    """Return the payouts that statements name: see StatementFrames.payouts."""
    parameters = {
        "run": span.run, "decision": span.decision, "before_decision": span.before_decision,
        "payout_period": run.payout_period,
    }  # fmt: skip
    return read(connection, STATED_PAYOUTS, parameters)
