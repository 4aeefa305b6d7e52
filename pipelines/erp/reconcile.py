"""Reconciliation: every answer of the ERP with its outcome; an answer that is not understood is never recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.actors import check_texts
from pipelines.books.decisions import record
from pipelines.books.overpaid import overpaid_table
from pipelines.console.tables import Table
from pipelines.erp.answer_outcomes import LISTED, answer_row, judge_answers
from pipelines.erp.export import open_books
from pipelines.erp.load_answers import load_answers
from pipelines.erp.payment_answers import read_answers, read_refused
from pipelines.warehouse.transaction import transaction
from pipelines.workspace.lock import hold
from rules.ledger.decisions import Decision
from rules.ledger.reconciliation import ACCEPTED, RECORDED, UNDERSTOOD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import duckdb

    from pipelines.workspace.configuration import Workspace
    from rules.ledger.reconciliation import Outcome

DECIDED = {"paid": ("paid", "paid"), "over_paid": ("paid", "paid"), "short_paid": ("short_paid", "short_paid")}
"""Kind and status of the decision by which an outcome is recorded; a refusal is `refused`."""


def reconcile_answers(workspace: Workspace, file: Path | None, *, person: str) -> list[Table]:
    """Record what the answers of `file`, and those loaded by runs, say of exported payouts.

    Returns the answers of the file with their outcomes, and the number of each outcome; without a file, the answers
    that are new, in doubt or dismissed. Over-payments that nobody has dealt with are a further table. The same file
    again changes nothing.

    Raises:
        WorkspaceError: no source of payments says how the file is written.
        ExtractError: the file cannot be read, or has more rejects than the workspace allows.
    """
    check_texts(person=person)
    with hold(workspace.lock_path), open_books(workspace) as connection:
        load_seq, repeated = load_answers(connection, workspace, file) if file is not None else (None, None)
        rows = read_answers(connection)
        if repeated is not None:
            rows = pl.concat([rows, repeated], how="vertical_relaxed").sort("load_seq", "line")
        outcomes = judge_answers(connection, workspace, rows)
        _record(connection, outcomes, person)
        overpaid = overpaid_table(connection)
        refused = [] if load_seq is None else _refused(read_refused(connection, load_seq))
    listed = [*_listed(outcomes, rows["load_seq"], load_seq), *refused]
    frame = pl.DataFrame(listed, schema=LISTED, orient="row")
    counts = frame.group_by("outcome", "currency").agg(answers=pl.len(), amount=pl.col("amount").sum())
    outcomes_table = Table("outcomes", "Outcomes", counts.sort("outcome", "currency"))
    return [Table("answers", "Answers", frame), outcomes_table, *overpaid]


def is_settled(tables: list[Table]) -> bool:
    """Return whether every listed answer was accepted, and no over-payment waits for somebody to deal with it."""
    return set(tables[0].frame["outcome"]) <= ACCEPTED and all(table.name != "overpaid" for table in tables)


def _listed(outcomes: Sequence[Outcome], loaded_by: pl.Series, load_seq: int | None) -> Iterator[tuple[object, ...]]:
    """Yield the answers of the file and those just recorded; without a file also those in doubt."""
    for outcome, seq in zip(outcomes, loaded_by, strict=True):
        is_new = outcome.outcome in RECORDED
        if is_new or seq == load_seq or (load_seq is None and outcome.outcome not in UNDERSTOOD):
            yield answer_row(outcome)


def _record(connection: duckdb.DuckDBPyConnection, outcomes: Sequence[Outcome], person: str) -> None:
    decisions = [_decision(outcome, person) for outcome in outcomes if outcome.outcome in RECORDED]
    if decisions:
        # One transaction: the decisions are a hash chain, and answers of one file belong together.
        with transaction(connection):
            record(connection, decisions)


def _decision(outcome: Outcome, person: str) -> Decision:
    answer, attempt = outcome.answer, outcome.attempt
    kind, status = DECIDED.get(outcome.outcome, ("refused", "refused"))
    return Decision(
        kind=kind,
        subject=attempt.payout_id if attempt else "",
        status=status,
        person=person,
        reason=outcome.found,
        note=answer.place,
        payee_id=attempt.payee_id if attempt else "",
        period=attempt.period if attempt else "",
        currency=attempt.currency if attempt else "",
        amount=answer.amount if answer.means == "paid" else None,
        reference=answer.reference,
        effective_on=answer.paid_on,
    )


def _refused(rows: pl.DataFrame) -> list[tuple[object, ...]]:
    return [
        (None, f"{path}:{line}", "unclear", *[None] * 7, f"{reason} in {column}: {value!r}")
        for path, line, reason, column, value in rows.iter_rows()
    ]
