"""Changed bank accounts: payouts approved for another account than the one they would be paid to now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.bank_accounts import account_marks, difference
from pipelines.books.decisions import record
from pipelines.erp.export_rows import known_on
from pipelines.warehouse.frames import read
from pipelines.warehouse.transaction import transaction
from rules.ledger.decisions import STATUS_AFTER, Decision

if TYPE_CHECKING:
    from datetime import date

    import duckdb

APPROVED_FOR = """
    WITH since AS (
        SELECT p.payout_id, p.payee_id,
            GREATEST(p.drafted_seq, COALESCE(MAX(d.decision_seq) FILTER (d.kind <> 'approve'), 0)) AS seq
        FROM payouts AS p LEFT JOIN decisions AS d ON d.subject = p.payout_id
        WHERE p.status = 'approved'
        GROUP BY p.payout_id, p.payee_id, p.drafted_seq
    )
    SELECT s.payout_id, s.payee_id, d.reference AS mark
    FROM since AS s JOIN decisions AS d ON d.subject = s.payout_id AND d.decision_seq > s.seq
    WHERE d.kind = 'approve' AND d.reference <> ''
    ORDER BY d.decision_seq
"""
"""The account that each approval in force was for; none where the workspace had no `bank:` when it was given."""

CHANGED = {"payout_id": pl.String(), "change": pl.String()}
"""Columns of payouts whose account has changed: both accounts masked, in words."""


def changed_accounts(connection: duckdb.DuckDBPyConnection, day: date) -> pl.DataFrame:
    """Return the approved payouts whose payee has another account on `day` than at any approval in force: CHANGED."""
    marks = account_marks(connection, known_on(connection, day))
    changes = {
        payout_id: change
        for payout_id, payee_id, mark in read(connection, APPROVED_FOR).iter_rows()
        if (change := difference(mark, marks.get(payee_id, mark)))
    }
    return pl.DataFrame(list(changes.items()), schema=CHANGED, orient="row")


def put_back(connection: duckdb.DuckDBPyConnection, payouts: pl.DataFrame, *, person: str) -> None:
    """Record that `payouts` (of the books, and `change`) go back into review: somebody must look at the account."""
    decisions = [
        Decision(
            kind="review", subject=row["payout_id"], status=STATUS_AFTER["review"], person=person,
            reason=f"bank details changed since it was approved: {row['change']}", payee_id=row["payee_id"],
            period=row["payout_period"], currency=row["currency"], amount=row["amount"],
        )
        for row in payouts.iter_rows(named=True)
    ]  # fmt: skip
    with transaction(connection):
        record(connection, decisions)
