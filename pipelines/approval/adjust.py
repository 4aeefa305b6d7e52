"""Adjustments: a manual amount that another person must approve."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.books.actors import check_reason_code, check_texts
from pipelines.books.decisions import next_decision, record
from pipelines.books.in_force import known_by
from pipelines.books.repeated import decided_today, there_already
from pipelines.books.runs import current_run
from pipelines.calculation.rule_files import load_programs
from pipelines.console.tables import Table
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.workspace.lock import hold
from pipelines.workspace.normal_text import normal_id, normal_program
from rules.ledger.decisions import Decision
from rules.ledger.requests import ADJUSTMENT
from rules.money import MINOR_UNITS, MOST_MONEY
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

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


def adjust(workspace: Workspace, asked: Adjustment, *, person: str, again: bool = False) -> Table:
    """Record an adjustment in review: another person approves it, then the next run posts it.

    If the same person asked for the very same today, nothing is recorded and that request is returned, unless it is
    meant `again`.

    Raises:
        BooksError: naming everything that is wrong with it.
        WorkspaceBusyError: a run is at work.
    """
    check_texts(person=person, note=asked.note)
    member, program = normal_id(asked.member, workspace.config.ids), normal_program(asked.program)
    asked = replace(asked, member=member, program=program, period=asked.period.strip())
    programs = {program.id: program for program in load_programs(workspace)}
    with hold(workspace.lock_path), connect(workspace) as connection:
        problems = list(_faults(connection, asked, programs))
        if problems:
            raise BooksError(*problems)
        names = {"program": asked.program, "member": asked.member}
        payee = connection.execute(PAYEES, names).fetchall()[0][0]
        content: dict[str, Any] = {
            "kind": "adjust", "person": person, "reason": asked.reason, "note": asked.note, "program": asked.program,
            "member_id": asked.member, "period": asked.period, "amount": Decimal(asked.amount),
        }  # fmt: skip
        if not again and not (there := decided_today(connection, content)).is_empty():
            return there_already(there)
        decision = Decision(
            **content, subject=f"{ADJUSTMENT}{next_decision(connection)}", status="in_review", payee_id=payee,
            currency=programs[asked.program].currency,
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
