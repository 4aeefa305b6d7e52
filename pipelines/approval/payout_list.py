"""The list of payouts, and of the requests that await a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.approval.approval_items import PAYOUT_KINDS, choose
from pipelines.approval.bank_warnings import not_payable
from pipelines.console.tables import Table
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.warehouse.sql_files import read_sql
from schemas.types import MONEY

if TYPE_CHECKING:
    import duckdb

    from pipelines.approval.approval_items import Choice
    from pipelines.workspace.configuration import Workspace

DETAILS = read_sql("approval", "details")
"""Per payout: its due date, lines, programs, and the last decision about it."""

WAITING = ("draft", "in_review")
"""Statuses of requests that await a decision."""


def list_payouts(workspace: Workspace, choice: Choice) -> list[Table]:
    """Return the payouts that `choice` selects, their totals, and the requests that await a decision.

    payouts: payout_id, kind, payee_id, period, currency, amount, status, due_on, lines, programs, approved_by,
    decided_by, reason (of the last decision; of a draft, why it was rejected before).
    totals: kind, status, currency, count, amount. requests: subject, kind, program, member_id, payee_id, period,
    currency, amount, status, author, reason, note. not_payable, if there are any: payout_id, found, todo.

    Raises:
        BooksError: `choice` names an id that nothing has.
        TerminalError: nothing was ever run here.
    """
    with connect(workspace, read_only=True) as connection:
        chosen = choose(connection, choice, workspace.config.ids)
        payouts = _payouts(connection, chosen.filter(pl.col("kind").is_in(PAYOUT_KINDS)))
        warnings = not_payable(connection, workspace, chosen)
    by = ["kind", "status", "currency"]
    sums = payouts.group_by(by).agg(count=pl.len(), amount=pl.col("amount").sum().cast(MONEY)).sort(by)
    requests = chosen.filter(~pl.col("kind").is_in(PAYOUT_KINDS), pl.col("status").is_in(WAITING))
    return [
        Table("payouts", "Payouts", payouts),
        Table("totals", "Payouts by status", sums),
        Table(
            "requests", "Adjustments, exclusions and write-offs that wait for a decision", requests.drop("drafted_seq")
        ),
        *warnings,
    ]


def _payouts(connection: duckdb.DuckDBPyConnection, chosen: pl.DataFrame) -> pl.DataFrame:
    names = ("subject", "kind", "payee_id", "period", "currency", "amount", "status")
    return (
        chosen.select(names)
        .rename({"subject": "payout_id"})
        .join(read(connection, DETAILS), on="payout_id", how="left", maintain_order="left")
    )
