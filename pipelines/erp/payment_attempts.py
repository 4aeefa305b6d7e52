"""Payment attempts: every export of every payout, with the answers recorded for it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pipelines.intake.cast_text import LOOK, identifier
from rules.ledger.reconciliation import Answer, Attempt
from schemas.errors import InvariantError, Problem

if TYPE_CHECKING:
    import duckdb

    from schemas.workspace import Ids

ATTEMPTS = """
    SELECT payout_id, attempt, amount, currency, payee_id, payout_period, document_id
    FROM batch_payouts
    ORDER BY payout_id, attempt
"""
"""Every payout of every batch."""

RECORDED = """
    SELECT subject, exports, kind, effective_on, amount, reference
    FROM (SELECT *, COUNT(*) FILTER (kind = 'export') OVER (PARTITION BY subject ORDER BY decision_seq) AS exports
        FROM decisions)
    WHERE kind IN ('paid', 'short_paid', 'refused') AND exports > 0
    ORDER BY decision_seq
"""
"""The recorded answers; each belongs to the last attempt before it.

There is no further attempt until the ERP has refused that one.
"""


def read_attempts(connection: duckdb.DuckDBPyConnection) -> list[Attempt]:
    """Return every attempt to pay a payout, with the answers recorded for it."""
    answers: dict[tuple[str, int], list[Answer]] = defaultdict(list)
    for payout_id, attempt, kind, paid_on, amount, reference in connection.execute(RECORDED).fetchall():
        means = "refused" if kind == "refused" else "paid"
        said = Answer(payout_id, kind, means, paid_on, amount if means == "paid" else None, reference=reference)
        answers[payout_id, attempt].append(said)
    rows = connection.execute(ATTEMPTS).fetchall()
    return [
        Attempt(payout_id, attempt, *content, answers=tuple(answers[payout_id, attempt]))  # type: ignore[misc]
        for payout_id, attempt, *content in rows
    ]


def read_documents(connection: duckdb.DuckDBPyConnection, ids: Ids) -> dict[str, tuple[str, int]]:
    """Return payout and attempt by every name that an exported file gives them, normalised as ids are here.

    Raises:
        InvariantError: two documents would be taken for one another.
    """
    documents: dict[str, tuple[str, int]] = {}
    for column in ("document_id", "short_id"):
        named = f"SELECT *, true AS {LOOK} FROM batch_payouts"  # noqa: S608 - names from code
        query = f"SELECT {identifier(column, ids)}, payout_id, attempt FROM ({named})"  # noqa: S608 - names from code
        for name, payout_id, attempt in connection.execute(query).fetchall():
            # Two names may become equal once case and punctuation are removed: a payment must never be booked to either
            # of them.
            if documents.setdefault(name, (payout_id, attempt)) != (payout_id, attempt):
                found = f"the document {name!r} may be {payout_id} or {documents[name][0]}"
                raise InvariantError(Problem(found, "report this; nothing was recorded"))
    return documents
