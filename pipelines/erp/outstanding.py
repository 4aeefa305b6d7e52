"""Outstanding payouts: what is still to be paid, at which status, and for how long it has been due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.overpaid import overpaid_table
from pipelines.console.tables import Table
from pipelines.erp.answer_outcomes import answers_in_doubt
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.warehouse.sql_files import read_sql
from rules.ledger.ageing import aged, by_bracket
from rules.ledger.reconciliation import ACCEPTED
from schemas.types import MONEY

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from pipelines.workspace.configuration import Workspace

OUTSTANDING = read_sql("erp", "outstanding")
"""What of each payout is not yet paid, by the recorded answers of the ERP."""

UNANSWERED = """
    WITH sent AS (
        SELECT payout_id, ARG_MAX(exported_on, attempt) AS exported_on
        FROM batch_payouts JOIN batches USING (batch_id)
        GROUP BY payout_id
    )
    SELECT p.currency, COUNT(*) AS payouts, CAST(SUM(p.amount) AS DECIMAL(18, 4)) AS amount,
        GREATEST(MAX(CAST(? AS DATE) - s.exported_on), 0) AS oldest_days
    FROM payouts AS p JOIN sent AS s USING (payout_id)
    WHERE p.status = 'exported'
    GROUP BY p.currency
"""
"""Per currency, exported payouts that the ERP has neither paid nor refused."""


def outstanding(workspace: Workspace, as_of: date) -> list[Table]:
    """Return what is owed as the books stand now, aged by the day `as_of`, and the ERP's answers in doubt.

    A payout paid in part counts with the rest, one that the ERP refused counts in full. What was paid too much, and
    nobody has recovered or dismissed, is a further table.

    Raises:
        TerminalError: nothing was ever run here.
        WorkspaceBusyError: a run is writing just now.
    """
    with connect(workspace, read_only=True) as connection:
        payouts = aged(read(connection, OUTSTANDING), as_of)
        answers = answers_in_doubt(connection, workspace)
        overpaid = overpaid_table(connection)
    return [
        Table("outstanding", f"Outstanding as of {as_of}", payouts),
        Table("ageing", "By days since they were due", by_bracket(payouts)),
        Table("answers", "Answers that were not accepted", answers),
        *overpaid,
    ]


def unanswered(connection: duckdb.DuckDBPyConnection, workspace: Workspace, on: date) -> Table:
    """Return what was exported and is neither paid nor refused, and the answers in doubt, per currency.

    Columns: currency, payouts, amount, oldest_days (from the oldest such export to the day `on`), and
    unaccepted_answers, whose currency is empty where neither the answer nor a payout states one.
    """
    sent = read(connection, UNANSWERED, [on])
    doubts = answers_in_doubt(connection, workspace).filter(~pl.col("outcome").is_in(ACCEPTED))
    counts = doubts.group_by("currency").agg(unaccepted_answers=pl.len().cast(pl.Int64))
    # nulls_equal: an answer without a currency must stay one row, not be lost or doubled.
    both = sent.join(counts, on="currency", how="full", coalesce=True, nulls_equal=True)
    found = both.with_columns(
        pl.col("payouts", "unaccepted_answers").fill_null(0), pl.col("amount").fill_null(pl.lit(0).cast(MONEY))
    )
    return Table("unanswered", "Exported and not yet answered", found.sort("currency", nulls_last=True))
