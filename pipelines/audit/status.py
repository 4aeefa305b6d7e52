"""Status: the books at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.overpaid import read_overpaid
from pipelines.console.tables import Table
from pipelines.erp.outstanding import unanswered
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import has_work, read, read_row, read_work
from schemas.types import MONEY

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from pipelines.workspace.configuration import Workspace

FEW_PAIRS = 10
"""Pairs of overlapping rebates that are shown; JSON and the run's overlaps.csv have all of them."""

RUNS = """
    SELECT r.run_id, r.as_of, r.payout_period, r.state,
        (SELECT COUNT(*) FROM ledger AS l WHERE l.run_id = r.run_id) AS postings
    FROM runs AS r
    ORDER BY r.run_seq DESC
    LIMIT 10
"""

LOADS = """
    SELECT data_set, COUNT(*) AS files,
        CAST(SUM(rows_read) AS BIGINT) AS "read",
        CAST(SUM(rows_loaded) AS BIGINT) AS loaded,
        CAST(SUM(rows_duplicate) AS BIGINT) AS duplicate,
        CAST(SUM(rows_superseded) AS BIGINT) AS superseded,
        CAST(SUM(rows_rejected) AS BIGINT) AS rejected
    FROM loads
    WHERE format <> 'kept'  -- the same rows under other keys
    GROUP BY data_set
    ORDER BY MIN(load_seq)
"""

ENTITLEMENTS = """
    SELECT program, rebate, currency, COUNT(DISTINCT member_id) AS members,
        CAST(SUM(amount) FILTER (horizon = 'settled') AS DECIMAL(18, 4)) AS settled,
        CAST(SUM(amount) FILTER (horizon = 'to_date') AS DECIMAL(18, 4)) AS to_date
    FROM work.entitlements
    GROUP BY program, rebate, currency
    ORDER BY program, rebate, currency
"""

POSTED = """
    SELECT program, kind, currency, COUNT(*) AS postings, CAST(SUM(amount) AS DECIMAL(18, 4)) AS amount
    FROM ledger
    GROUP BY program, kind, currency
    ORDER BY program, kind, currency
"""

PAYOUTS = """
    SELECT payout_period, status, currency, COUNT(*) AS payouts, CAST(SUM(amount) AS DECIMAL(18, 4)) AS amount
    FROM payouts
    GROUP BY payout_period, status, currency
    ORDER BY payout_period, status, currency
"""

OPEN_REJECTS = """
    SELECT data_set, reason, COUNT(DISTINCT reject_id) AS "rows", COUNT(DISTINCT path) AS files
    FROM rejects
    WHERE resolved_seq IS NULL
    GROUP BY data_set, reason
    ORDER BY data_set, reason
"""


REFUSED = """
    SELECT data_set, reason, COUNT(DISTINCT (path, line)) AS "rows", COUNT(DISTINCT path) AS files
    FROM work.refused GROUP BY data_set, reason ORDER BY data_set, reason
"""
"""What is wrong with files that the last run refused whole."""

LAST_DAY = "SELECT MAX(as_of) FROM runs"


def status(workspace: Workspace, on: date | None = None) -> list[Table]:
    """Return an overview of the workspace: runs, loads, entitlements, postings, payouts, unanswered exports, rejects.

    Over-payments that wait for somebody are counted too, if there are any. Ages are counted to the day `on`, by default
    that of the last run.

    Raises:
        TerminalError: nothing was ever run here.
        WorkspaceBusyError: a run is writing just now.
    """
    with connect(workspace, read_only=True) as connection:
        return [
            Table("runs", "Runs, latest first", read(connection, RUNS)),
            Table("loads", "Rows in", read(connection, LOADS)),
            *_entitlements(connection),
            *_overlaps(connection),
            Table("posted", "Ledger", read(connection, POSTED)),
            Table("payouts", "Payouts", read(connection, PAYOUTS)),
            unanswered(connection, workspace, on or read_row(connection, LAST_DAY)[0]),
            *_overpaid(connection),
            Table("open_rejects", "Rejects still open", _open_rejects(connection)),
        ]


def _overpaid(connection: duckdb.DuckDBPyConnection) -> list[Table]:
    """Return how many over-payments nobody has dealt with and what they come to, if there are any."""
    left = pl.col("open").sum().cast(MONEY)
    found = read_overpaid(connection).group_by("currency").agg(payouts=pl.len(), open=left).sort("currency")
    title = "Paid too much, and neither taken back nor dismissed (see `rebatch outstanding`)"
    return [] if found.is_empty() else [Table("overpaid", title, found)]


def _open_rejects(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    rejects = read(connection, OPEN_REJECTS)
    return pl.concat([rejects, read(connection, REFUSED)]) if has_work(connection, "refused") else rejects


def _overlaps(connection: duckdb.DuckDBPyConnection) -> list[Table]:
    """Return the largest pairs of rebates that pay on the same transactions, if there are any."""
    pairs = read_work(connection, "overlaps") if has_work(connection, "overlaps") else None
    if pairs is None or pairs.is_empty():
        return []
    largest = pairs.sort("transactions", "one", "other", "currency", descending=[True, False, False, False])
    cut = "" if pairs.height <= FEW_PAIRS else f", the {FEW_PAIRS} largest of {pairs.height}"
    title = f"Paid on by two rebates in this payout period{cut}"
    return [Table("overlaps", title, largest.head(FEW_PAIRS), pairs.rows(named=True))]


def _entitlements(connection: duckdb.DuckDBPyConnection) -> list[Table]:
    # A first run that was refused for its extracts has computed nothing yet.
    if not has_work(connection, "entitlements"):
        return []
    return [Table("entitlements", "Entitlements of the last run", read(connection, ENTITLEMENTS))]
