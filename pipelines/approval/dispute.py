"""Disputes: a transaction stops counting, or counts again, once another person has approved it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.actors import check_reason_code, check_texts
from pipelines.books.decisions import next_decision, record
from pipelines.books.repeated import decided_today, there_already
from pipelines.console.tables import Table
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import has_work, read
from pipelines.workspace.lock import hold
from pipelines.workspace.normal_text import normal_id
from rules.ledger.decisions import Decision
from rules.ledger.requests import DISPUTE
from schemas.errors import BooksError, Problem
from schemas.types import ZERO

if TYPE_CHECKING:
    from decimal import Decimal

    import duckdb

    from pipelines.workspace.configuration import Workspace
    from schemas.workspace import Ids

SHOWN = ("transaction_id", "source", "member_id", "product_id", "activity_date", "amount", "currency")
"""Columns of the disputed transaction that are shown."""


@dataclass(frozen=True)
class Dispute:
    """A transaction to take out or back in; `source` is needed if several sources have its id."""

    transaction: str
    reason: str
    note: str
    source: str | None = None
    excludes: bool = True


@dataclass(frozen=True)
class Moved:
    """The largest amount that a dispute moves in one currency: it decides how many people must approve it.

    `payees`: all that it moves anything for, with a comma between.
    """

    amount: Decimal = ZERO
    currency: str = ""
    payees: str = ""

    @classmethod
    def of(cls, moves: pl.DataFrame) -> Moved:
        """Return the largest sum of either sign that `moves` (payee_id, currency, moves) have in a currency."""
        sums = moves.group_by("currency").agg(pl.col("moves").sum()).sort("currency").iter_rows()
        payees = ", ".join(moves["payee_id"].unique().sort())
        return max(
            (cls(amount, currency, payees) for currency, amount in sums),
            key=lambda each: abs(each.amount),
            default=cls(),
        )


def find_disputed(workspace: Workspace, about: Dispute, *, person: str) -> str:
    """Return the row key of the disputed transaction, after every check that `dispute` makes; nothing is written.

    Raises:
        BooksError: there is no such transaction, it is so already, or a request waits that says the same.
    """
    check_texts(person=person, note=about.note)
    with connect(workspace, read_only=True) as connection:
        return str(_find(connection, about, workspace.config.ids)["row_key"][0])


def asked_today(workspace: Workspace, about: Dispute, *, person: str) -> Table | None:
    """Return the request if this person asked for the very same today, so that it is not asked again; else None."""
    with connect(workspace, read_only=True) as connection:
        found = read(connection, TRANSACTIONS, [about.transaction])
        content = {"kind": _kind(about), "person": person, "reason": about.reason, "note": about.note}
        waiting = pl.col("subject").is_in(found["waiting"].drop_nulls().to_list())
        there = decided_today(connection, content).filter(waiting)
    return None if there.is_empty() else there_already(there)


def _kind(about: Dispute) -> str:
    return "ask_exclude" if about.excludes else "ask_include"


def dispute(workspace: Workspace, about: Dispute, moved: Moved, *, person: str) -> list[Table]:
    """Record the request that a transaction counts for no rebate, or counts again; another person approves it.

    From the next run after the approval on it is so, for all versions of the transaction, including later ones.

    Raises:
        BooksError: there is no such transaction, it is so already, or a request waits that says the same.
        WorkspaceBusyError: a run is at work.
    """
    check_texts(person=person, note=about.note)
    with hold(workspace.lock_path), connect(workspace) as connection:
        found = _find(connection, about, workspace.config.ids)
        row = found.row(0, named=True)
        payees = moved.payees or _payees_of(connection, row["member_id"])
        made = record(
            connection,
            [
                Decision(
                    kind=_kind(about),
                    subject=f"{DISPUTE}{next_decision(connection)}", status="in_review", person=person,
                    reason=about.reason, note=about.note, member_id=row["member_id"], reference=row["row_key"],
                    currency=moved.currency or row["currency"], amount=moved.amount, payee_id=payees,
                )
            ],
        )  # fmt: skip
    what = "Is to count no more" if about.excludes else "Is to count again"
    request = made.select("subject", "member_id", "payee_id", "currency", "amount", "status", "reason", "note")
    return [
        Table("disputed", what, found.select(SHOWN)),
        Table("adjusted", "Waits for the approval of another person", request),
    ]


def _find(connection: duckdb.DuckDBPyConnection, about: Dispute, ids: Ids) -> pl.DataFrame:
    asked = normal_id(about.transaction, ids)
    found = read(connection, TRANSACTIONS, [asked])
    if about.source is not None:
        found = found.filter(source=about.source)
    status = "excluded" if about.excludes else "included"
    problem = check_reason_code(about.reason) or _not_one(found, asked, status)
    if problem:
        raise BooksError(problem)
    return found


def _payees_of(connection: duckdb.DuckDBPyConnection, member: str) -> str:
    """Return who is paid for a member, over all programs of the last run, with a comma between."""
    paid = "SELECT DISTINCT payee_id FROM work.payees WHERE member_id = ? ORDER BY ALL"
    return ", ".join(read(connection, paid, [member])["payee_id"]) if has_work(connection, "payees") else ""


TRANSACTIONS = """
    WITH asked AS (
        SELECT reference AS row_key, subject,
            (SELECT ARG_MAX(l.status, l.decision_seq) FROM decisions AS l WHERE l.subject = d.subject) AS status
        FROM decisions AS d WHERE d.kind IN ('ask_exclude', 'ask_include')
    )
    SELECT t.transaction_id, t.source, t.member_id, t.product_id, t.activity_date, t.amount, t.currency, t.row_key,
        COALESCE(
            (SELECT ARG_MAX(d.status, d.decision_seq) FROM decisions AS d
             WHERE d.subject = t.row_key AND d.kind IN ('exclude', 'include')),
            'included'
        ) AS status,
        (SELECT MAX(a.subject) FROM asked AS a WHERE a.row_key = t.row_key AND a.status = 'in_review') AS waiting
    FROM transactions AS t
    WHERE t.transaction_id = ? AND t.superseded_seq IS NULL
    ORDER BY t.source
"""
"""The current version of a transaction in each source, with the latest decision about it and a request that waits."""


def _not_one(found: pl.DataFrame, transaction: str, status: str) -> Problem | None:
    """Return why no single transaction is found, or that it has the `status` already; None if all is well."""
    if found.is_empty():
        return Problem(f"there is no transaction {transaction!r}", "check the id against the extract")
    if found.height > 1:
        sources = ", ".join(found["source"])
        return Problem(f"several sources have a transaction {transaction!r}", f"add --source: {sources}")
    if waiting := found["waiting"][0]:
        return Problem(f"{waiting} asks about {transaction} already", "let another person approve or reject it")
    if found["status"][0] == status:
        return Problem(f"{transaction} is {status} already", "nothing is to be done")
    return None
