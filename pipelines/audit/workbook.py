"""The workbook: the books as sheets that a spreadsheet opens, and what must add up between them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import polars as pl

from pipelines.audit.balance import balance
from pipelines.books.runs import current_run
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.workspace.files import refuse_other_kind, write_whole
from reports.workbook.workbook import About, Sheet, Tie, render_workbook
from rules.money import MINOR_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

QUERIES = {
    "Payouts": """
        SELECT p.payout_id, p.kind, p.payee_id, m.name AS payee_name, p.currency, p.amount, p.status, p.payout_period,
            p.due_on, p.reference
        FROM payouts AS p LEFT JOIN (
            SELECT member_id AS payee_id, ARG_MAX(name, load_seq) AS name FROM members
            WHERE superseded_seq IS NULL GROUP BY member_id
        ) AS m USING (payee_id)
        ORDER BY p.payout_period, p.payout_id
    """,
    "Payout lines": """
        SELECT n.payout_id, l.program, l.rebate, l.member_id, l.period, l.kind, l.measure, l.qualifier, l.tier,
            l.currency, l.amount, l.reason, l.posting_id
        FROM payout_lines AS n JOIN ledger AS l USING (seq)
        WHERE n.until_run IS NULL ORDER BY n.payout_id, n.seq
    """,
    "Entitlements": """
        SELECT e.horizon, e.program, e.rebate, e.member_id, e.payee_id, e.period, e.period_start, e.period_end,
            e.through, e.qualifier, e.measure, e.baseline, e.tier, e.currency, e.amount, e.note
        FROM work.entitlements AS e ORDER BY e.horizon, e.program, e.rebate, e.member_id, e.period, e.node_id
    """,
    "Ledger": """
        SELECT seq, posting_id, run_id, posted_on, kind, program, rebate, member_id, payee_id, period, settled_through,
            payout_period, currency, amount, measure, qualifier, tier, reason, author, rule_version
        FROM payable ORDER BY seq
    """,
    "Rejects": """
        SELECT data_set, path, line, column_name, reason, value, original FROM rejects
        WHERE resolved_seq IS NULL ORDER BY data_set, path, line, column_name
    """,
}
PAID_OR_TO_BE = ("paid", "short_paid", "open", "invoiced")
PLACES = (*PAID_OR_TO_BE, "carried")
BALANCE = "Balance"


def write_workbook(
    workspace: Workspace, target: Path, more: tuple[Sequence[Sheet], Sequence[Tie]] = ((), ())
) -> list[Sheet]:
    """Write the books of `workspace` to the XLSX file `target`, and return its sheets.

    The control sheet states per currency what the ledger holds, and by formulas what the sheets add up to. `more`:
    further sheets of the same books, and what must tie of them.

    Raises:
        BooksError: nothing was computed yet.
        TerminalError: the file cannot be written, or something of another kind is there.
        StorageError: the disk is full or may not be written.
    """
    refuse_other_kind(target, ".xlsx")
    [balances] = balance(workspace)
    with connect(workspace, read_only=True) as connection:
        run = current_run(connection)
        frames = {name: read(connection, query) for name, query in QUERIES.items()}
    money = dict.fromkeys(("Payouts", "Payout lines", "Entitlements", "Ledger"), ("amount",))
    sheets = [Sheet(name, frame, money.get(name, ())) for name, frame in frames.items()]
    of_balance = ("entitled", "posted", "written_off", *PLACES)
    sheets.insert(0, Sheet(BALANCE, balances.frame, of_balance))
    lines = {"Workspace": workspace.config.name, "Run": run.run_id, "As of": run.as_of.isoformat()}
    ties = [*_ties(frames["Ledger"], balances.frame, frames["Payouts"]), *more[1]]
    sheets += more[0]
    content = io.BytesIO()
    render_workbook(content, sheets, ties, About(lines, run.as_of, MINOR_UNITS))
    write_whole(target, content.getvalue())
    return sheets


def _ties(ledger: pl.DataFrame, balances: pl.DataFrame, payouts: pl.DataFrame) -> Iterator[Tie]:
    """Yield what must tie, by currency."""
    posted = ledger.group_by("currency").agg(pl.col("amount").sum()).sort("currency")
    for currency, amount in posted.iter_rows():
        own = balances.filter(currency=currency)
        to_pay = own.select(pl.sum_horizontal(PAID_OR_TO_BE).sum()).item()
        yield Tie("The ledger", currency, amount, (("Ledger", "amount", 1),))
        both = ((BALANCE, "posted", 1), (BALANCE, "written_off", 1))
        yield Tie("What was posted and written off, by payee", currency, amount, both)
        places = tuple((BALANCE, place, 1) for place in PLACES)
        yield Tie("Where it is: paid, open, invoiced, carried", currency, amount, places)
        if not payouts.is_empty():
            yield Tie("Payouts and invoices", currency, to_pay, (("Payouts", "amount", 1),))
            yield Tie("Lines of payouts and invoices", currency, to_pay, (("Payout lines", "amount", 1),))
