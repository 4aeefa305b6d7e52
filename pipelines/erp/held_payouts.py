"""Held payouts: approved ones that may pay again what was paid already, until a person has found out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.appendix import held_back
from pipelines.erp.answer_outcomes import judge_answers
from pipelines.erp.payment_answers import DATA_SET, read_answers
from pipelines.warehouse.frames import has_table
from rules.money import money_text
from schemas.types import MONEY, ZERO

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.workspace.configuration import Workspace
    from rules.ledger.reconciliation import Answer, Attempt

SET_ASIDE = pl.Schema(
    {
        "payout_id": pl.String(),
        "payee_id": pl.String(),
        "amount": MONEY,
        "currency": pl.String(),
        "found": pl.String(),
        "todo": pl.String(),
    }
)
"""Columns of the payouts that stay behind: one row for each reason."""

LAST_ATTEMPTS = "SELECT payout_id, MAX(attempt) FROM batch_payouts GROUP BY payout_id"


def held_payouts(connection: duckdb.DuckDBPyConnection, workspace: Workspace, approved: pl.DataFrame) -> pl.DataFrame:
    """Return those of `approved` that may have been paid already, one row for each reason: SET_ASIDE."""
    return pl.concat([_sent_before_a_restore(connection, approved), _said_to_be_paid(connection, workspace, approved)])


def _sent_before_a_restore(connection: duckdb.DuckDBPyConnection, approved: pl.DataFrame) -> pl.DataFrame:
    """Return the payouts that may pay again what a batch that a restore replaced sent already."""
    found = approved.join(held_back(connection), on="payout_id", maintain_order="left")
    todo = "`rebatch appendix {}` says more; --clear it when it is clear what was paid"
    rows = [
        (payout_id, payee_id, amount, currency,
         f"the batch {batch_id} of before the restore paid {money_text(sent, currency)} as {document_id}",
         todo.format(batch_id))
        for payout_id, payee_id, amount, currency, batch_id, document_id, sent in found.select(
            "payout_id", "payee_id", "amount", "currency", "batch_id", "document_id", "sent_amount"
        ).iter_rows()
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=SET_ASIDE, orient="row")


def _said_to_be_paid(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, approved: pl.DataFrame
) -> pl.DataFrame:
    """Return the payouts of whose payee and currency the ERP says that it paid after all what it had refused.

    All of them: what was refused may be in the payout that was refused, or, if that was rejected, in a later one.
    """
    said = [
        (attempt.payee_id, attempt.currency, *_words(answer, attempt))
        for answer, attempt in _paid_after_all(connection, workspace)
    ]
    reasons = pl.DataFrame(said, {name: SET_ASIDE[name] for name in _REASON}, orient="row")
    held = reasons.join(approved, on=["payee_id", "currency"], maintain_order="left_right")
    return held.select(pl.col(name).cast(kind) for name, kind in SET_ASIDE.items())


_REASON = ("payee_id", "currency", "found", "todo")


def _paid_after_all(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> Iterator[tuple[Answer, Attempt]]:
    """Yield the answers that nobody has dismissed and that say so of an attempt which no other has replaced yet."""
    if not has_table(connection, DATA_SET):
        return
    last = dict(connection.execute(LAST_ATTEMPTS).fetchall())
    for outcome in judge_answers(connection, workspace, read_answers(connection)):
        answer, attempt = outcome.answer, outcome.attempt
        if attempt is None or outcome.outcome != "conflict" or answer.means != "paid":
            continue
        if attempt.is_refused and last.get(attempt.payout_id) == attempt.attempt:
            yield answer, attempt


def _words(answer: Answer, attempt: Attempt) -> tuple[str, str]:
    paid = money_text(answer.amount or ZERO, attempt.currency)
    found = f"{answer.place} says that {paid} of {answer.document} was paid, which was refused before"
    if_paid = "if it was, `rebatch reject` this payout and take it off by `rebatch adjust`"
    return found, f"{if_paid}; then `rebatch reconcile --dismiss {answer.answer_id}`"
