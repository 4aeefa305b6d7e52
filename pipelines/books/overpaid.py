"""Over-payments: payouts of which the ERP has paid more than they are, until somebody has dealt with each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.console.tables import Table
from pipelines.warehouse.frames import read
from pipelines.warehouse.sql_files import read_sql

if TYPE_CHECKING:
    import duckdb
    import polars as pl

OVERPAID = read_sql("books", "overpaid")
"""The payouts that are paid above their amount, and what of it is still open."""


def read_overpaid(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the over-payments that nobody has recovered or dismissed.

    Columns: payout_id, payee_id, payout_period, currency, amount, paid, overpaid, open (what of it is neither recovered
    by an approved adjustment nor dismissed), waiting (requests to recover it that somebody must approve).
    """
    return read(connection, OVERPAID)


def overpaid_table(connection: duckdb.DuckDBPyConnection) -> list[Table]:
    """Return the over-payments as a table with what to do; nothing if there are none."""
    found = read_overpaid(connection)
    title = "Paid too much: `adjust --recover PAYOUT`, or `reconcile --dismiss PAYOUT` with a reason"
    return [] if found.is_empty() else [Table("overpaid", title, found)]
