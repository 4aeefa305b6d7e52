"""Outcomes: how each payment answer of the ERP is judged against what was exported, recorded and dismissed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.erp.payment_answers import DATA_SET, read_answers
from pipelines.erp.payment_attempts import read_attempts, read_documents
from pipelines.warehouse.frames import has_table
from rules.ledger.reconciliation import UNDERSTOOD, Answer, Outcome, reconcile
from schemas.types import MONEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from pipelines.workspace.configuration import Workspace

MEANINGS: Mapping[str, str] = {"paid": "paid", "rejected": "refused", "refused": "refused", "pending": "pending"}
"""The meaning of status words where `payouts: answers:` in rebatch.yaml says nothing else."""

DISMISSED = "SELECT subject, 'by ' || person || ': ' || reason FROM decisions WHERE kind = 'dismiss'"
"""Answers that a person has dismissed, and why."""

LISTED = pl.Schema(
    {
        "answer_id": pl.String(),
        "answer": pl.String(),
        "outcome": pl.String(),
        "payout_id": pl.String(),
        "status": pl.String(),
        "currency": pl.String(),
        "amount": MONEY,
        "exported": MONEY,
        "paid_on": pl.Date(),
        "reference": pl.String(),
        "found": pl.String(),
    }
)
"""Columns of an answer as people see it: its id, where it stands, its outcome and the reason."""


def judge_answers(connection: duckdb.DuckDBPyConnection, workspace: Workspace, rows: pl.DataFrame) -> list[Outcome]:
    """Return the outcome of each of `rows`, in their order; nothing is written.

    `rows` have the columns of pipelines.erp.payment_answers.ANSWERS.

    Raises:
        InvariantError: two exported documents would be taken for one another.
    """
    meanings = {**MEANINGS, **{word.lower(): means for word, means in workspace.config.payouts.answers.items()}}
    answers = [
        Answer(
            row["payout_id"], row["status"], meanings.get(row["status"]), row["paid_on"], row["amount"],
            row["currency"], row["reference"], row["message"], f"{row['path']}:{row['line']}",
        )
        for row in rows.iter_rows(named=True)
    ]  # fmt: skip
    documents = read_documents(connection, workspace.config.ids)
    dismissed = dict(connection.execute(DISMISSED).fetchall())
    return reconcile(answers, read_attempts(connection), documents, dismissed)


def answers_in_doubt(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> pl.DataFrame:
    """Return the answers in force that were not accepted or were dismissed, with the columns LISTED."""
    if not has_table(connection, DATA_SET):  # the first run was stopped before any extract was loaded
        return pl.DataFrame(schema=LISTED)
    outcomes = judge_answers(connection, workspace, read_answers(connection))
    rows = [answer_row(outcome) for outcome in outcomes if outcome.outcome not in UNDERSTOOD]
    return pl.DataFrame(rows, schema=LISTED, orient="row")


def answer_row(outcome: Outcome) -> tuple[object, ...]:
    """Return an outcome as a row of LISTED."""
    answer, attempt = outcome.answer, outcome.attempt
    currency = answer.currency or (attempt.currency if attempt else None)
    exported = attempt.amount if attempt else None
    return (
        answer.answer_id, answer.place, outcome.outcome, answer.document, answer.status, currency, answer.amount,
        exported, answer.paid_on, answer.reference, outcome.found,
    )  # fmt: skip
