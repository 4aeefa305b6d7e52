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
    from rules.ledger.reconciliation import Outcome

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
    rows = [
        (row["payout_id"], row["payee_id"], row["amount"], row["currency"], *_words(outcome))
        for outcome in _paid_after_all(connection, workspace)
        for row in approved.iter_rows(named=True)
        if outcome.attempt
        and (outcome.attempt.payee_id, outcome.attempt.currency) == (row["payee_id"], row["currency"])
    ]
    return pl.DataFrame(rows, schema=SET_ASIDE, orient="row")


def _paid_after_all(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> Iterator[Outcome]:
    """Yield the answers that nobody has dismissed and that say so of an attempt which no other has replaced yet."""
    if not has_table(connection, DATA_SET):
        return
    last = dict(connection.execute(LAST_ATTEMPTS).fetchall())
    for outcome in judge_answers(connection, workspace, read_answers(connection)):
        is_paid = outcome.outcome == "conflict" and outcome.answer.means == "paid"
        attempt = outcome.attempt if is_paid else None
        if attempt and attempt.is_refused and last.get(attempt.payout_id) == attempt.attempt:
            yield outcome


def _words(outcome: Outcome) -> tuple[str, str]:
    answer, attempt = outcome.answer, outcome.attempt
    paid = money_text(answer.amount or ZERO, attempt.currency) if attempt else ""
    found = f"{answer.place} says that {paid} of {answer.document} was paid, which was refused before"
    if_paid = "if it was, `rebatch reject` this payout and take it off by `rebatch adjust`"
    return found, f"{if_paid}; then `rebatch reconcile --dismiss {answer.answer_id}`"
