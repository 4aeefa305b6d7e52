"""Balance: what each payee is entitled to, and where it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.books.decisions import read_decisions
from pipelines.console.tables import Table
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read, registered
from pipelines.warehouse.sql_files import read_sql
from pipelines.workspace.normal_text import normal_id
from rules.ledger.requests import carry_out
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from pipelines.workspace.configuration import Workspace

BALANCE_SQL = read_sql("audit", "balance")


def balance(workspace: Workspace, payee: str | None = None) -> list[Table]:
    """Return what was posted and where it is now, per payee, program and currency.

    Columns: payee_id, program, currency, entitled (posted, or approved and to be posted by the next run), posted,
    written_off, paid, short_paid (in payouts paid in part), open (in other payouts), invoiced (in invoices), carried
    (to a later payout period). posted + written_off equals the sum of the last five.

    Raises:
        BooksError: `payee` has nothing in the books.
        TerminalError: nothing was ever run here.
    """
    with connect(workspace, read_only=True) as connection:
        found = _balances(connection)
    if payee is not None:
        found = found.filter(payee_id=normal_id(payee, workspace.config.ids))
        if found.is_empty():
            todo = "check the id; `rebatch balance` lists all payees"
            raise BooksError(Problem(f"nothing was ever posted for the payee {payee!r}", todo))
    return [Table("balance", "What payees are entitled to, and where it is", found)]


def _balances(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the balance of every payee."""
    waiting = carry_out(
        read_decisions(connection),
        read(connection, "SELECT reason FROM ledger WHERE kind IN ('adjustment', 'write_off')"),
    )
    with registered(connection, waiting=waiting):
        return read(connection, BALANCE_SQL)
