"""Adjustments: a manual amount that another person must approve, or a disputed transaction that stops counting."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.books.actors import check_reason_code, check_texts
from pipelines.books.decisions import next_decision, record
from pipelines.books.in_force import known_by
from pipelines.books.runs import current_run
from pipelines.calculation.rule_files import load_programs
from pipelines.console.tables import Table
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.workspace.lock import hold
from rules.ledger.decisions import Decision
from rules.ledger.requests import ADJUSTMENT
from rules.money import MINOR_UNITS, MOST_MONEY
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    import polars as pl

    from pipelines.workspace.configuration import Workspace
    from rules.language.model import Program

_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?")

SHOWN = ("subject", "program", "member_id", "payee_id", "period", "currency", "amount", "status")
"""Columns of the recorded request that are shown."""

PERIODS = """
    SELECT DISTINCT period FROM work.periods WHERE program = $program
    UNION
    SELECT DISTINCT period FROM payable WHERE program = $program AND rebate <> ''
    ORDER BY period
"""
"""Periods of a program that have been computed or posted to."""

PAYEES = """
    SELECT payee_id FROM work.payees WHERE program = $program AND member_id = $member
    UNION ALL
    (SELECT payee_id FROM payable WHERE program = $program AND member_id = $member ORDER BY seq LIMIT 1)
    UNION ALL
    SELECT $member
    LIMIT 1
"""
"""The payee of a member's rebates: as computed now, else as posted first, else the member itself."""


@dataclass(frozen=True)
class Adjustment:
    """A manual adjustment that is asked for; `amount` as text, as it was typed."""

    member: str
    program: str
    period: str
    amount: str
    reason: str
    note: str


def adjust(workspace: Workspace, asked: Adjustment, *, person: str) -> Table:
    """Record an adjustment in review: another person approves it, then the next run posts it.

    Raises:
        BooksError: naming everything that is wrong with it.
        WorkspaceBusyError: a run is at work.
    """
    check_texts(person=person, note=asked.note)
    programs = {program.id: program for program in load_programs(workspace)}
    with hold(workspace.lock_path), connect(workspace) as connection:
        problems = list(_faults(connection, asked, programs))
        if problems:
            raise BooksError(*problems)
        names = {"program": asked.program, "member": asked.member}
        payee = connection.execute(PAYEES, names).fetchall()[0][0]
        decision = Decision(
            kind="adjust", subject=f"{ADJUSTMENT}{next_decision(connection)}", status="in_review", person=person,
            reason=asked.reason, note=asked.note, program=asked.program, member_id=asked.member, payee_id=payee,
            period=asked.period, currency=programs[asked.program].currency, amount=Decimal(asked.amount),
        )  # fmt: skip
        made = record(connection, [decision])
    return Table("adjusted", "Waits for the approval of another person", made.select(SHOWN))


def _faults(
    connection: duckdb.DuckDBPyConnection, asked: Adjustment, programs: dict[str, Program]
) -> Iterator[Problem]:
    """Yield everything that is wrong with an adjustment: unknown member, program or period, amount, reason code."""
    run = current_run(connection)
    members = f"SELECT member_id FROM ({known_by(run, 'members')}) WHERE member_id = ?"  # noqa: S608 - a query from code
    if read(connection, members, [asked.member]).is_empty():
        yield Problem(f"there is no member {asked.member!r}", "check the id against the members extract")
    if asked.program in programs:
        periods = [period for (period,) in connection.execute(PERIODS, {"program": asked.program}).fetchall()]
        if asked.period not in periods:
            todo = f"write one of {', '.join(periods)}"
            yield Problem(f"{asked.program} has no period {asked.period!r} so far", todo)
        yield from _amount_faults(asked.amount, programs[asked.program].currency)
    else:
        yield Problem(f"there is no program {asked.program!r}", f"write one of {', '.join(sorted(programs))}")
    if problem := check_reason_code(asked.reason):
        yield problem


def _amount_faults(amount: str, currency: str) -> Iterator[Problem]:
    if not _AMOUNT.fullmatch(amount) or not 0 < abs(Decimal(amount)) < MOST_MONEY:
        yield Problem(f"{amount!r} is no amount to adjust by", "write a figure such as 120.50 or -30")
    # Trailing zeros are harmless: 12.5000 is an amount in a currency of two decimals.
    elif len(amount.partition(".")[2].rstrip("0")) > MINOR_UNITS[currency]:
        todo = f"amounts in {currency} have {MINOR_UNITS[currency]} decimals"
        yield Problem(f"{amount} is not an amount in {currency}", todo)


@dataclass(frozen=True)
class Dispute:
    """A transaction to take out or back in; `source` is needed if several sources have its id."""

    transaction: str
    reason: str
    note: str
    source: str | None = None


def dispute(workspace: Workspace, about: Dispute, *, excludes: bool, person: str) -> Table:
    """Record that a transaction counts for no rebate from the next run on, or (`excludes` false) counts again.

    The decision applies to all versions of it, including later ones.

    Raises:
        BooksError: there is no such transaction, or it is so already.
        WorkspaceBusyError: a run is at work.
    """
    check_texts(person=person, note=about.note)
    kind, status = ("exclude", "excluded") if excludes else ("include", "included")
    with hold(workspace.lock_path), connect(workspace) as connection:
        found = read(connection, TRANSACTIONS, [about.transaction])
        if about.source is not None:
            found = found.filter(source=about.source)
        problem = check_reason_code(about.reason) or _not_one(found, about.transaction, status)
        if problem:
            raise BooksError(problem)
        row = found.row(0, named=True)
        content = {name: row[name] for name in ("member_id", "currency", "amount")}
        decision = Decision(
            kind=kind, subject=row["row_key"], status=status, person=person, reason=about.reason, note=about.note,
            reference=about.transaction, **content,
        )  # fmt: skip
        record(connection, [decision])
    title = "Counts no more from the next run on" if excludes else "Counts again from the next run on"
    return Table(status, title, found.drop("row_key", "status"))


TRANSACTIONS = """
    SELECT t.transaction_id, t.source, t.member_id, t.product_id, t.activity_date, t.amount, t.currency, t.row_key,
        COALESCE(
            (SELECT ARG_MAX(d.status, d.decision_seq) FROM decisions AS d
             WHERE d.subject = t.row_key AND d.kind IN ('exclude', 'include')),
            'included'
        ) AS status
    FROM transactions AS t
    WHERE t.transaction_id = ? AND t.superseded_seq IS NULL
    ORDER BY t.source
"""
"""The current version of a transaction in each source, with the latest decision about it."""


def _not_one(found: pl.DataFrame, transaction: str, status: str) -> Problem | None:
    """Return why no single transaction is found, or that it has the `status` already; None if all is well."""
    if found.is_empty():
        return Problem(f"there is no transaction {transaction!r}", "check the id against the extract")
    if found.height > 1:
        sources = ", ".join(found["source"])
        return Problem(f"several sources have a transaction {transaction!r}", f"add --source: {sources}")
    if found["status"][0] == status:
        return Problem(f"{transaction} is {status} already", "nothing is to be done")
    return None
