"""Dismissal: a person has dealt with answers that were not accepted, or over-payments; they are no longer reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.books.actors import check_texts
from pipelines.books.decisions import record
from pipelines.books.overpaid import read_overpaid
from pipelines.books.repeated import all_decided_today
from pipelines.console.tables import Table
from pipelines.erp.answer_outcomes import LISTED, answer_row, judge_answers
from pipelines.erp.export import open_books
from pipelines.erp.payment_answers import read_answers
from pipelines.warehouse.transaction import transaction
from pipelines.workspace.lock import hold
from pipelines.workspace.normal_text import named
from rules.ledger.decisions import Decision
from rules.ledger.reconciliation import RECORDED, UNDERSTOOD
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipelines.workspace.configuration import Workspace
    from rules.ledger.reconciliation import Outcome


def dismiss(workspace: Workspace, ids: Sequence[str], *, person: str, reason: str) -> list[Table]:
    """Record that `person` has dealt with these answers and over-payments, all or none; no payout changes by it.

    ids: of answers (ANS-…), and of payouts that were paid too much. The same answer stays dismissed if it comes again;
    one with any other content is a new answer, and what is paid beyond an over-payment is a new over-payment.

    Raises:
        BooksError: naming every one that is not there, was accepted or is dismissed already; or there is no reason.
        WorkspaceBusyError: a run is at work.
    """
    check_texts(person=person, reason=reason)
    if not reason.strip():
        raise BooksError(Problem("no reason is given", "say --reason: it is kept for ever"))
    with hold(workspace.lock_path), open_books(workspace) as connection:
        outcomes = judge_answers(connection, workspace, read_answers(connection))
        known = {outcome.answer.answer_id: outcome for outcome in outcomes}
        every = read_overpaid(connection)
        wanted = dict.fromkeys(named(name, [*known, *every["payout_id"]], workspace.config.ids) for name in ids)
        if there := all_decided_today(connection, wanted, {"kind": "dismiss", "person": person, "reason": reason}):
            return [there]
        overpaid = every.filter(pl.col("payout_id").is_in(list(wanted)))
        answer_ids = [name for name in wanted if name not in set(overpaid["payout_id"])]
        problems = list(_faults(answer_ids, known))
        if problems:
            raise BooksError(*problems)
        chosen = [known[answer_id] for answer_id in answer_ids]
        decisions = [_decision(outcome, person, reason) for outcome in chosen]
        decisions += [_about_overpaid(row, person, reason) for row in overpaid.iter_rows(named=True)]
        # One transaction: the command promises all or none.
        with transaction(connection):
            record(connection, decisions)
    frame = pl.DataFrame([answer_row(outcome) for outcome in chosen], schema=LISTED, orient="row")
    tables = [("dismissed", frame), ("overpaid", overpaid.drop("waiting"))]
    return [Table(name, f"Dismissed by {person}: {reason}", rows) for name, rows in tables if not rows.is_empty()]


def _faults(answer_ids: Sequence[str], known: Mapping[str, Outcome]) -> Iterator[Problem]:
    """Yield a problem for each answer that is unknown, dismissed already, or was understood."""
    for answer_id in answer_ids:
        outcome = known.get(answer_id)
        if outcome is None:
            todo = "`rebatch reconcile` lists those that were not accepted, and what was paid too much, with their ids"
            yield Problem(f"there is no answer in force and no over-payment {answer_id!r}", todo)
        elif outcome.outcome == "dismissed":
            yield Problem(f"{answer_id} is dismissed already, {outcome.found}", "nothing is to be done")
        elif outcome.outcome in UNDERSTOOD:
            found = f"{answer_id} ({outcome.answer.place}) is understood: {outcome.outcome}, {outcome.found}"
            is_new = outcome.outcome in RECORDED
            yield Problem(found, "`rebatch reconcile` records it" if is_new else "nothing is to be done")


def _decision(outcome: Outcome, person: str, reason: str) -> Decision:
    answer, attempt = outcome.answer, outcome.attempt
    return Decision(
        kind="dismiss",
        subject=answer.answer_id,
        status="dismissed",
        person=person,
        reason=reason,
        note=f"{answer.place}: {outcome.found}",
        payee_id=attempt.payee_id if attempt else "",
        period=attempt.period if attempt else "",
        currency=answer.currency or "",
        amount=answer.amount,
        reference=answer.document,
        effective_on=answer.paid_on,
    )


def _about_overpaid(row: dict[str, Any], person: str, reason: str) -> Decision:
    # The payout stays paid: the decision is about what was paid beyond it.
    return Decision(
        kind="dismiss", subject=row["payout_id"], status="paid", person=person, reason=reason,
        note=f"paid {row['paid']} for {row['amount']}", payee_id=row["payee_id"], period=row["payout_period"],
        currency=row["currency"], amount=row["open"],
    )  # fmt: skip
