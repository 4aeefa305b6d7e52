"""History: every decision about a payout, a request, an answer or a transaction, each with its person and reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.console.tables import Table
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.warehouse.sql_files import read_sql
from pipelines.workspace.normal_text import named
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    from pipelines.workspace.configuration import Workspace

HISTORY = read_sql("audit", "decision_history")
"""The events about one subject, in the order in which they happened."""

SUBJECTS = """
    SELECT payout_id AS subject FROM payout_drafts
    UNION SELECT document_id FROM batch_payouts
    UNION SELECT short_id FROM batch_payouts
    UNION SELECT subject FROM decisions
    UNION SELECT reference FROM decisions WHERE kind IN ('exclude', 'include')
    ORDER BY ALL
"""
"""Everything that has a history, by every id under which it is known."""


def history(workspace: Workspace, subject: str) -> Table:
    """Return everything that was decided about `subject`, oldest first, and of a payout every draft that runs made.

    subject: the id of a payout or of its document, of a request (ADJ-…, EXC-…, WO-…), an answer (ANS-…) or a
    transaction. Columns: happened_at, person, event, status (from then on), currency, amount, reason, note, reference,
    effective_on.

    Raises:
        BooksError: nothing was ever decided about it, and no run drafted it.
        TerminalError: nothing was ever run here.
    """
    with connect(workspace, read_only=True) as connection:
        subject = named(subject, read(connection, SUBJECTS)["subject"], workspace.config.ids)
        found = read(connection, HISTORY, [subject])
    if found.is_empty():
        todo = "`rebatch payouts` lists payouts and requests, `rebatch reconcile` answers"
        raise BooksError(Problem(f"nothing here is called {subject!r}", todo))
    return Table("history", f"What happened to {subject}", found)
