"""Decisions about payouts, adjustments and write-offs: submit, approve, reject."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.approval.approval_items import PAYOUT_KINDS, choose, disputed_names
from pipelines.books.actors import check_texts
from pipelines.books.bank_accounts import account_marks
from pipelines.books.decisions import read_decisions, record
from pipelines.books.repeated import all_decided_today
from pipelines.books.runs import current_run
from pipelines.console.tables import Table
from pipelines.warehouse.connection import connect
from pipelines.warehouse.transaction import transaction
from pipelines.workspace.lock import hold
from rules.ledger.approvals import Verdict, judge, nothing_chosen
from rules.ledger.decisions import STEPS, Decision
from rules.ledger.requests import settle_disputes
from schemas.errors import BooksError, Problem
from schemas.types import MONEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from pipelines.approval.approval_items import Choice
    from pipelines.workspace.configuration import Workspace

SHOWN = ("subject", "kind", "program", "payee_id", "period", "currency", "amount", "status", "becomes")
"""Columns of the decided items that are shown."""


def propose(workspace: Workspace, choice: Choice, *, kind: str, person: str) -> pl.DataFrame:
    """Return what a decision of this `kind` would do to the selected items; nothing is written.

    Kinds are those of rules.ledger.decisions.STEPS. Without ids only payouts and invoices at a step before it are
    selected. Columns: rules.ledger.requests.SUBJECTS and `becomes`, the new status.

    Raises:
        BooksError: nothing is chosen, or some of it may not be decided so by this person; each is named.
    """
    with connect(workspace, read_only=True) as connection:
        return _judged(connection, workspace, choice, kind=kind, person=person)


def decided_already(workspace: Workspace, choice: Choice, *, kind: str, person: str, reason: str) -> Table | None:
    """Return the decisions if this person took all of them today, for the same reason, about the ids of `choice`."""
    with connect(workspace, read_only=True) as connection:
        return all_decided_today(connection, choice.ids, {"kind": kind, "person": person, "reason": reason})


def decide(
    workspace: Workspace, choice: Choice, proposed: pl.DataFrame, *, kind: str, person: str, reason: str
) -> Table:
    """Record a decision about all items in `proposed`, and return them as a table.

    Raises:
        BooksError: it is not what it was when it was proposed, or a text cannot be kept.
        WorkspaceBusyError: a run is at work.
    """
    check_texts(person=person, reason=reason)
    with hold(workspace.lock_path), connect(workspace) as connection:
        judged = _judged(connection, workspace, choice, kind=kind, person=person)
        # Under the lock now: somebody may have decided, or a run drafted anew, since the person was asked.
        if not judged.equals(proposed):
            todo = "look at them again, then decide"
            raise BooksError(Problem("what was chosen has changed meanwhile", todo))
        # All or nothing: the record is a hash chain, and a decision about half of the items was never asked for.
        with transaction(connection):
            marks = _marks(connection, workspace, kind)
            taken = Taken(kind, person, reason)
            record(connection, [_decision(row, taken, marks) for row in judged.iter_rows(named=True)])
            approved = judged.filter(becomes="approved")["subject"].to_list()
            record(connection, settle_disputes(read_decisions(connection), approved, disputed_names(connection)))
    return Table("decided", f"Decided by {person}", judged.select(SHOWN))


def totals(proposed: pl.DataFrame) -> Table:
    """Return the proposed items added up by kind, new status and currency: count and amount."""
    by = ["kind", "becomes", "currency"]
    return Table(
        "totals",
        "To decide",
        proposed.group_by(by).agg(count=pl.len(), amount=pl.col("amount").sum().cast(MONEY)).sort(by),
    )


def _judged(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, choice: Choice, *, kind: str, person: str
) -> pl.DataFrame:
    """Return the selected items with what they become, or refuse if any of them may not be decided so."""
    if choice.is_empty:
        raise BooksError(Problem(f"nothing to {kind} is named", "give ids, or --program, --payee, --all, …"))
    found = choose(connection, choice, workspace.config.ids)
    waits = pl.col("status").is_in(STEPS[kind]) & pl.col("kind").is_in(PAYOUT_KINDS)
    chosen = found if choice.ids else found.filter(waits)
    verdict = Verdict(kind, person, workspace.config.payouts.two_people_above)
    if chosen.is_empty():
        raise BooksError(*nothing_chosen(found, verdict))
    judged, problems = judge(chosen, read_decisions(connection), verdict)
    # Chosen without ids, what waits for a second person is no part of it, and keeps nobody from deciding the rest.
    if problems and (choice.ids or len(problems) == judged.height):
        raise BooksError(*problems.values())
    return judged.filter(~pl.col("subject").is_in(list(problems)))


def _marks(connection: duckdb.DuckDBPyConnection, workspace: Workspace, kind: str) -> Mapping[str, str]:
    """Return the bank account of each payee that an approval is for; none where no bank is asked to pay."""
    if kind != "approve" or workspace.config.payouts.bank is None:
        return {}
    return account_marks(connection, current_run(connection))


@dataclass(frozen=True)
class Taken:
    """A decision as a person takes it."""

    kind: str
    person: str
    reason: str


def _decision(row: dict[str, object], taken: Taken, marks: Mapping[str, str]) -> Decision:
    names = ("subject", "program", "member_id", "payee_id", "period", "currency", "amount")
    content = {name: row[name] for name in names}
    mark = marks.get(str(row["payee_id"]), "") if row["kind"] in PAYOUT_KINDS else ""
    return Decision(**asdict(taken), status=str(row["becomes"]), reference=mark, **content)  # type: ignore[arg-type]
