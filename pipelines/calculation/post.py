"""The stage post: check every guarantee of the books, then write them in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.decisions import read_decisions, read_lines, read_payouts
from pipelines.books.journal import journal_file
from pipelines.books.payees import read_payees
from pipelines.books.payout_files import payout_files, read_wordings
from pipelines.books.runs import current_run
from pipelines.books.seals import seal, sealed_head
from pipelines.calculation.payout_drafts import draft_payouts, write_drafts
from pipelines.calculation.restatement_causes import name_origins
from pipelines.console.stage_progress import StageResult
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import append, has_work, read, read_work
from pipelines.warehouse.transaction import transaction
from pipelines.workspace.files import make_private_folder
from rules.compiled.periods import shift_months
from rules.invariants import Books, broken
from rules.ledger.postings import chain
from rules.ledger.settlement import payable
from schemas.errors import InvariantError, Place, Problem

if TYPE_CHECKING:
    import duckdb

    from pipelines.books.runs import OpenRun, Run
    from pipelines.calculation.payout_drafts import Drafted
    from pipelines.workspace.configuration import Workspace

TWICE = """
    FROM work.participants SEMI JOIN (
        SELECT program, member_filter, is_baseline, span FROM work.participants GROUP BY ALL HAVING COUNT(*) > 1
    ) USING (program, member_filter, is_baseline, span)
"""
"""The participants that an invariant may object to: of all others, of whom there are millions, it would find none."""

SETTLED = """
    SELECT program, rebate, member_id, period, node_id, currency, days, period_days, node_amount, amount
    FROM work.entitlements
    WHERE horizon = 'settled' AND (
        amount IS DISTINCT FROM 0 OR node_amount IS DISTINCT FROM 0
        OR program IN (SELECT program FROM work.provisions WHERE program_cap IS NOT NULL)
    )
"""
"""What invariants look at in settled entitlements.

A zero adds nothing to a sum and is above no limit. Only beside a program's limit it says how long a member took part.
"""


def post(workspace: Workspace, run: Run) -> StageResult:
    """Post the proposed postings and the payouts they make, all in one transaction.

    Raises:
        BooksError: a text may not stand in a payout file.
        InvariantError: the books would not hold; the rows that break them are saved and named.

    In both cases nothing is posted.
    """
    run.progress.start("post", None)
    with connect(workspace) as connection:
        this_run = current_run(connection)
        ledger = read(connection, "SELECT * FROM ledger ORDER BY seq")
        # Only now do the postings get their numbers and hashes: the chain continues from the ledger as it is.
        postings = chain(read_work(connection, "proposed"), ledger)
        after = pl.concat([ledger, postings])
        payouts = workspace.config.payouts
        to_pay, due = payable(after), due_on(workspace, this_run.as_of)
        drafted = draft_payouts(connection, this_run, to_pay, config=payouts, due_on=due)
        books = read_books(connection, this_run, after, drafted)
        # What was sealed is verified as a whole by `rebatch verify`, not every night.
        _refuse_broken(workspace, this_run, replace(books, sealed=sealed_head(connection)))
        # Files can only be written after posting, when a refusal would come too late.
        _rehearse(connection, this_run, to_pay, drafted)
        if workspace.config.accruals is not None:
            # Rendered only for the errors it raises, for the same reason.
            journal_file(after.filter(payout_period=this_run.payout_period), workspace.config.accruals.accounts)
        _commit(connection, this_run, postings, drafted)
    run.progress.end()
    paid = drafted.payouts.filter(pl.col("amount") > 0, payout_period=this_run.payout_period)
    totals = paid.group_by("currency").agg(pl.col("amount").sum()).sort("currency").iter_rows()
    return StageResult("post", {"postings": postings.height, "payouts": paid.height, **{c: str(a) for c, a in totals}})


def due_on(workspace: Workspace, as_of: date) -> date:
    """Return the day on which a payout of the period of `as_of` is due: `due_days` after the month ends."""
    last = shift_months(as_of.replace(day=1), 1) - timedelta(days=1)
    return last + timedelta(days=workspace.config.payouts.due_days)


def read_books(
    connection: duckdb.DuckDBPyConnection, run: OpenRun, ledger: pl.DataFrame, drafted: Drafted | None = None
) -> Books:
    """Return the frames that the invariants compare: `ledger` and `drafted` as given, the rest as `run` left it."""
    return Books(
        loads=read(connection, "SELECT * FROM loads"),
        control=read_work(connection, "control"),
        participants=read(connection, TWICE),
        terms=read_work(connection, "terms"),
        windows=read_work(connection, "windows"),
        entitlements=read(connection, SETTLED),
        provisions=read_work(connection, "provisions"),
        settled=read(connection, "SELECT program, rebate, period FROM work.settled"),
        ledger=ledger,
        payouts=drafted.payouts if drafted else read_payouts(connection),
        lines=drafted.lines if drafted else read_lines(connection, run),
        payout_period=run.payout_period,
        decisions=read_decisions(connection),
        decision_seq=run.decision_seq,
        rule_versions=read(connection, "SELECT rule_version FROM rule_versions"),
        forecast=read_work(connection, "forecast") if has_work(connection, "forecast") else pl.DataFrame(),
    )


def _refuse_broken(workspace: Workspace, run: OpenRun, books: Books) -> None:
    """Refuse to post if an invariant is broken, after saving the offending rows as CSV files."""
    found = broken(books)
    if not found:
        return
    folder = workspace.made_in / "broken" / run.run_id
    # The evidence is written before the error is raised; it is no part of the books.
    make_private_folder(folder)
    for name, rows in found.items():
        rows.write_csv(folder / f"{name}.csv")
    todo = "the rows are in that file; nothing was posted or published"
    raise InvariantError(
        *(
            Problem(
                f"{name.replace('_', ' ')}: not so for {rows.height}", todo, at=Place(f"broken/{run.run_id}/{name}.csv")
            )
            for name, rows in found.items()
        )
    )


def _rehearse(connection: duckdb.DuckDBPyConnection, run: OpenRun, ledger: pl.DataFrame, drafted: Drafted) -> None:
    """Refuse texts that may not stand in the payout files, by rendering them while nothing is posted."""
    wordings, payees = read_wordings(connection, run), read_payees(connection, run)
    payouts = drafted.payouts.filter(payout_period=run.payout_period)
    postings = ledger.filter(payout_period=run.payout_period).join(drafted.lines, on="seq", how="left")
    payout_files(wordings, payees, payouts, postings)


def _commit(connection: duckdb.DuckDBPyConnection, run: OpenRun, postings: pl.DataFrame, drafted: Drafted) -> None:
    """Write postings, drafts, settlements, origins, seal and state in one transaction."""
    # One transaction: a run killed at any instant has posted everything or nothing.
    with transaction(connection):
        append(connection, "ledger", postings)
        write_drafts(connection, run, drafted)
        connection.execute(
            """
            INSERT INTO settlements
            SELECT program, rebate, period, through, ? FROM work.settled WHERE NOT is_known
            """,
            [run.run_id],
        )
        append(connection, "origins", name_origins(connection, postings))
        # Last of the contents, since it hashes them; before the state, since only a computing run is sealed.
        seal(connection, run.run_id)
        connection.execute("UPDATE runs SET state = 'posted' WHERE run_id = ? AND state = 'computing'", [run.run_id])
