"""Recovery: what the ERP paid too much on a payout is taken back by an adjustment that another person approves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.approval.adjust import SHOWN
from pipelines.books.actors import check_reason_code, check_texts
from pipelines.books.decisions import next_decision, record
from pipelines.books.overpaid import read_overpaid
from pipelines.books.repeated import decided_today, there_already
from pipelines.console.tables import Table
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read_row
from pipelines.workspace.lock import hold
from pipelines.workspace.normal_text import named
from rules.ledger.decisions import Decision
from rules.ledger.requests import ADJUSTMENT
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from pipelines.workspace.configuration import Workspace

LARGEST = """
    SELECT l.program, l.member_id, l.period
    FROM payout_lines AS n JOIN ledger AS l USING (seq)
    WHERE n.payout_id = ? AND n.until_run IS NULL
    GROUP BY ALL
    ORDER BY SUM(l.amount) DESC, l.program, l.member_id, l.period
    LIMIT 1
"""
"""What most of a payout was for: the program, member and period that the recovery is posted to."""


def recover(workspace: Workspace, payout_id: str, *, reason: str, note: str, person: str) -> Table:
    """Record an adjustment in review that takes back what was paid too much: another person approves it.

    The next run then posts it, and the payee's next payout is less by as much.

    Raises:
        BooksError: nothing was paid too much on this payout, or its recovery waits already; or a text is no good.
        WorkspaceBusyError: a run is at work.
    """
    check_texts(person=person, note=note)
    if problem := check_reason_code(reason):
        raise BooksError(problem)
    with hold(workspace.lock_path), connect(workspace) as connection:
        every = read_overpaid(connection)
        payout_id = named(payout_id, every["payout_id"], workspace.config.ids)
        content = {"kind": "adjust", "person": person, "reason": reason, "reference": payout_id}
        if not (there := decided_today(connection, content)).is_empty():
            return there_already(there)
        overpaid = every.filter(payout_id=payout_id)
        if problem := _fault(overpaid, payout_id):
            raise BooksError(problem)
        made = record(connection, [_request(connection, overpaid.row(0, named=True), (reason, note), person)])
    return Table("adjusted", "Waits for the approval of another person", made.select(SHOWN))


def _fault(overpaid: pl.DataFrame, payout_id: str) -> Problem | None:
    if overpaid.is_empty():
        found = f"nothing that was paid too much on {payout_id!r} is open"
        return Problem(found, "`rebatch outstanding` lists what was paid too much")
    if waiting := overpaid["waiting"][0]:
        return Problem(f"{waiting} takes it back already", "let another person approve or reject it")
    return None


def _request(
    connection: duckdb.DuckDBPyConnection, row: dict[str, object], texts: tuple[str, str], person: str
) -> Decision:
    program, member, period = read_row(connection, LARGEST, [row["payout_id"]])
    reason, note = texts
    return Decision(
        kind="adjust", subject=f"{ADJUSTMENT}{next_decision(connection)}", status="in_review", person=person,
        reason=reason, note=note or f"paid too much on {row['payout_id']}", program=program, member_id=member,
        payee_id=str(row["payee_id"]), period=period, currency=str(row["currency"]),
        amount=-row["open"], reference=str(row["payout_id"]),  # type: ignore[operator]
    )  # fmt: skip
