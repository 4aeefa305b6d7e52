"""Warnings before an approval: payouts that the bank would not take, so that their export would set them aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.approval.approval_items import PAYOUT_KINDS
from pipelines.books.bank_accounts import read_accounts
from pipelines.books.payees import read_payees
from pipelines.books.runs import current_run
from pipelines.console.tables import Table
from pipelines.warehouse.connection import connect
from reports.erp.bank_checks import payment_flaws
from schemas.bank import PAIN_FILE

if TYPE_CHECKING:
    import duckdb

    from pipelines.workspace.configuration import Workspace

WARNED = {"payout_id": pl.String(), "found": pl.String(), "todo": pl.String()}
"""Columns of the warnings: one row for each fault."""

BEFORE_EXPORT = ("draft", "in_review", "approved", "refused")
"""The statuses of payouts that an export may still take."""


def bank_warnings(workspace: Workspace, proposed: pl.DataFrame) -> list[Table]:
    """Return what the bank would not take of the items that somebody is about to approve; nothing if it takes all."""
    with connect(workspace, read_only=True) as connection:
        return not_payable(connection, workspace, proposed)


def not_payable(connection: duckdb.DuckDBPyConnection, workspace: Workspace, items: pl.DataFrame) -> list[Table]:
    """Return a table of the payouts among `items` (rules.ledger.requests.SUBJECTS) that the bank would not take.

    There is none if it takes them all, or if no bank is asked to pay.
    """
    bank = workspace.config.payouts.bank
    to_pay = items.filter(
        pl.col("kind") == PAYOUT_KINDS[0], pl.col("status").is_in(BEFORE_EXPORT), pl.col("amount") > 0
    )
    if bank is None or to_pay.is_empty():
        return []
    run = current_run(connection)
    payments = (
        to_pay.select("payee_id", "amount", "currency", document_id="subject", reference="reason")
        .join(read_payees(connection, run), on="payee_id", how="left")
        .join(read_accounts(connection, run), on="payee_id", how="left")
    )
    flaws = payment_flaws(payments, bank, file=PAIN_FILE)
    rows = [(flaw.document_id, flaw.problem.found, flaw.problem.todo) for flaw in flaws]
    if not rows:
        return []
    title = "Not to be paid like this: the export would set them aside"
    return [Table("not_payable", title, pl.DataFrame(rows, schema=WARNED, orient="row"))]
