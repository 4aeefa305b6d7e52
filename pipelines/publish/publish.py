"""The stage publish: the files of a run, whole or not at all, and only if they agree with the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.books.journal import check_journal, journal_file
from pipelines.books.payout_files import payout_files, read_wordings
from pipelines.books.publications import refuse_other, remember
from pipelines.books.runs import current_run
from pipelines.books.seals import seal_of
from pipelines.console.stage_progress import StageResult
from pipelines.publish.counted import choose_details, count_transactions
from pipelines.publish.draft import Draft
from pipelines.publish.gathered import Rules, gather
from pipelines.publish.overlap_report import add_up_overlaps
from pipelines.publish.parquet_mirror import mirror
from pipelines.publish.read_back import check_written
from pipelines.publish.statement_data import issue_of, read_positions
from pipelines.publish.statement_files import write_statements
from pipelines.warehouse.background import Background
from pipelines.warehouse.connection import checkpoint, connect
from pipelines.warehouse.frames import read, read_work
from pipelines.workspace.files import make_own_folder
from pipelines.workspace.folders import draft_folder, publish_folder
from reports.erp.amounts import control_totals, with_digits
from reports.erp.manifest import MANIFEST_FILE, render_manifest
from reports.erp.overlaps import OVERLAPS_FILE, render_overlaps
from reports.statement.detail import Most
from rules.money import MINOR_UNITS

if TYPE_CHECKING:
    from decimal import Decimal

    import duckdb

    from pipelines.books.runs import OpenRun, Run
    from pipelines.console.stage_progress import Progress
    from pipelines.workspace.configuration import Workspace

MOST = Most()
"""The most lines of transactions that statements list."""


def publish(workspace: Workspace, run: Run) -> StageResult:
    """Publish payout files, statements and manifest of the last run in out/<run id>/, as a whole.

    The same books give the same bytes, and then nothing is written.

    Raises:
        BooksError: a file published before was changed, or a text may not stand in a file others read.
        InvariantError: the files would not say what the ledger says.
        StorageError: the disk is full or cannot be written; nothing is left half-written.
    """
    with connect(workspace) as connection:
        this_run = current_run(connection)
        final = workspace.out_dir / this_run.run_id
        make_own_folder(final.parent)
        with draft_folder(final) as folder:
            draft = Draft(folder)
            lines, overlaps = _write_files(connection, workspace, draft, run.progress)
            # Read back before the rename: files that disagree with the ledger must never appear.
            check_written(folder, draft.records, _ledger_totals(connection, this_run))
            refuse_other(connection, this_run.run_id, folder)
            is_new = publish_folder(folder, final)
        # After the folder appeared: a kill in between is repaired by the next run, which finds the same bytes in place.
        remember(connection, this_run.run_id, final)
        # Last: readers of the mirror see a run only once its files are there.
        mirror(connection, workspace, this_run.run_id)
    made = sum(record.payee_id is not None for record in draft.records)
    place = f"{workspace.out_dir.name}/{this_run.run_id}"
    said: dict[str, int | str] = {
        "files": len(draft.records),
        "lines": lines,
        "statements": made,
        "overlaps": overlaps,
        "folder": place,
    }
    return StageResult("publish", {**said, "state": "new" if is_new else "published before, unchanged"})


def _write_files(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, draft: Draft, progress: Progress
) -> tuple[int, int]:
    """Write all files of the run into `draft`; returns the number of payout lines and of overlaps."""
    run = current_run(connection)
    with Background(connection) as reading, Background(connection) as searching:  # DuckDB works while Python renders
        # A scan of all transactions may be needed: it runs while the statements are rendered.
        searched = searching.ask(add_up_overlaps, run)
        positions = read_positions(connection, run)
        # The transactions are joined while rule texts are parsed and the payout files written.
        counted = reading.ask(count_transactions, positions)
        # The log is merged now, in the background, rather than at the end while the user waits.
        reading.ask(checkpoint)
        gathered = gather(connection, run, positions)
        programs = read_wordings(connection, run)
        for path, content, frame in payout_files(programs, gathered.payees, gathered.payouts, gathered.postings):
            draft.write(path, content, rows=frame.height, totals=control_totals(with_digits(frame, MINOR_UNITS)))
        rules = Rules(*(read_work(connection, name) for name in ("tiers", "rebates", "provisions")))
        issue = issue_of(connection, workspace, run, programs, tiers=rules.tiers)
        details = reading.ask(choose_details, positions, counted.result(), MOST).result()
        progress.start("publish", gathered.ids.height)
        for written in write_statements(draft, reading, gathered.statements(counted.result(), details, rules), issue):
            progress.advance(written)
        progress.end()
        overlaps = searched.result()
    _write_closing_files(connection, workspace, draft, run)
    return gathered.postings.height, overlaps


def _write_closing_files(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, draft: Draft, run: OpenRun
) -> None:
    """Write journal and overlaps, and the manifest last: it lists all other files."""
    _write_journal(connection, workspace, draft, run)
    pairs = read_work(connection, "overlaps")
    draft.write(OVERLAPS_FILE, render_overlaps(pairs, MINOR_UNITS), rows=pairs.height, totals={})
    # The manifest last: it lists all other files.
    content = render_manifest(
        draft.records,
        run_id=run.run_id,
        as_of=run.as_of,
        payout_period=run.payout_period,
        seal=seal_of(connection, run.run_id),
    )
    draft.write(MANIFEST_FILE, content, rows=len(draft.records), totals={})


def _write_journal(connection: duckdb.DuckDBPyConnection, workspace: Workspace, draft: Draft, run: OpenRun) -> None:
    """Write the month's journal, if the workspace names accounts, and verify it as its reader will see it."""
    if workspace.config.accruals is None:
        return
    accounts = workspace.config.accruals.accounts
    postings = read(connection, "SELECT * FROM ledger WHERE payout_period = ? ORDER BY seq", [run.payout_period])
    made = journal_file(postings, accounts)
    draft.write(made.path, made.content, rows=made.rows, totals=made.totals)
    check_journal(draft.folder, postings, accounts)


def _ledger_totals(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> dict[str, Decimal]:
    """Return the sum of the payout period's postings per currency."""
    query = "SELECT currency, SUM(amount) FROM payable WHERE payout_period = ? GROUP BY currency"
    return dict(connection.execute(query, [run.payout_period]).fetchall())
