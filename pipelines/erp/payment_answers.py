"""Payment answers: what the ERP says of exported payouts, as it is in the books."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.warehouse.frames import read

if TYPE_CHECKING:
    import duckdb
    import polars as pl

DATA_SET = "payments"

ANSWERS = """
    SELECT p.load_seq, p.line, l.path, p.payout_id, p.status, p.paid_on, p.amount, p.currency,
        COALESCE(p.reference, '') AS reference, COALESCE(p.message, '') AS message
    FROM payments AS p JOIN loads AS l USING (load_seq)
    WHERE p.superseded_seq IS NULL OR p.superseded_seq > (SELECT MAX(load_seq) FROM loads)
    ORDER BY p.load_seq, p.line
"""
"""The answers in force; of books as of a run, whose `loads` end there, those in force then."""

REFUSED = """
    SELECT path, line, reason, column_name, COALESCE(value, original) AS value
    FROM rejects WHERE load_seq = ? AND resolved_seq IS NULL
    ORDER BY line, column_name
"""
"""Rows of a file that were rejected when it was loaded, and why."""


def read_answers(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return every answer in force, in the order in which they were loaded."""
    return read(connection, ANSWERS)


def read_refused(connection: duckdb.DuckDBPyConnection, load_seq: int) -> pl.DataFrame:
    """Return the rejected rows of a file: path, line, reason, column, value."""
    return read(connection, REFUSED, [load_seq])
