"""The stage publish: the files of a run, whole or not at all, and only if they agree with the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from pipelines.books.decisions import read_lines, read_payouts
from pipelines.books.exclusions import stated_exclusions
from pipelines.books.journal import check_journal, journal_file
from pipelines.books.payees import read_payees
from pipelines.books.payout_files import payout_files, read_wordings
from pipelines.books.publications import refuse_other, remember
from pipelines.books.runs import current_run
from pipelines.books.seals import seal_of
from pipelines.console.stage_progress import StageResult
from pipelines.publish.overlap_report import find_overlaps
from pipelines.publish.parquet_mirror import mirror
from pipelines.publish.read_back import check_written
from pipelines.publish.statement_data import (
    issue_of,
    of_payees,
    read_left_out,
    read_positions,
    read_transactions,
    statement_frames,
    with_next_tiers,
)
from pipelines.warehouse.background import Background
from pipelines.warehouse.connection import checkpoint, connect
from pipelines.warehouse.frames import read, read_work
from pipelines.workspace.files import draft_folder, make_own_folder, publish_folder, write_file
from reports.erp.amounts import control_totals, with_digits
from reports.erp.manifest import MANIFEST_FILE, FileRecord, render_manifest
from reports.erp.overlaps import OVERLAPS_FILE, render_overlaps
from reports.statement.statement import get_ready, statements
from reports.statement.statement_data import StatementFrames
from rules.money import MINOR_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal
    from pathlib import Path

    import duckdb

    from pipelines.books.runs import OpenRun, Run
    from pipelines.console.stage_progress import Progress
    from pipelines.workspace.configuration import Workspace
    from reports.statement.statement_data import Issue

BATCH = 200
"""Payees whose transactions are in memory at a time."""


@dataclass
class Draft:
    """A folder being written, and the manifest entries of its files."""

    folder: Path
    records: list[FileRecord] = field(default_factory=list)

    def write(
        self, path: str, content: bytes, *, rows: int, totals: Mapping[str, str], payee_id: str | None = None
    ) -> None:
        """Write one file and add its entry to the manifest."""
        write_file(self.folder, path, content)
        self.records.append(FileRecord.of(path, content, rows=rows, totals=totals, payee_id=payee_id))


@dataclass(frozen=True)
class Gathered:
    """The frames behind payout files and statements, without the transactions; `ids`: payee_id of every statement."""

    payees: pl.DataFrame
    payouts: pl.DataFrame
    postings: pl.DataFrame
    positions: pl.DataFrame
    excluded: pl.DataFrame
    left_out: pl.DataFrame
    ids: pl.DataFrame

    @property
    def batches(self) -> list[list[str]]:
        """Return the ids of the payees in batches, as many at a time as are in memory together."""
        return [part["payee_id"].to_list() for part in self.ids.iter_slices(BATCH)]

    def batches_of(self, frame: pl.DataFrame) -> list[pl.DataFrame]:
        """Return the rows of `frame` that belong to each batch of payees."""
        return [of_payees(frame, batch) for batch in self.batches]

    def statement_frames(self) -> StatementFrames:
        """Return the frames of all statements, with names of members and groups; transactions are read later."""
        names = self.payees.select(member_id="payee_id", member_name="payee_name")
        groups = self.payees.select(node_id="payee_id", node_name="payee_name")
        return StatementFrames(
            payees=self.ids.join(self.payees, on="payee_id", how="left"),
            payouts=self.payouts,
            lines=self.postings.join(names, on="member_id", how="left"),
            positions=self.positions.join(names, on="member_id", how="left").join(groups, on="node_id", how="left"),
            transactions=pl.DataFrame(schema={"payee_id": pl.String}),
            excluded=self.excluded.join(names, on="member_id", how="left"),
            left_out=self.left_out,
        )


class _Rules(NamedTuple):
    tiers: pl.DataFrame
    rebates: pl.DataFrame
    provisions: pl.DataFrame


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
        searched = searching.ask(find_overlaps, run)
        gathered = _gather(connection, run)
        # The first transactions are read while rule texts are parsed and the payout files written.
        transactions = reading.one_ahead(read_transactions, gathered.batches_of(gathered.positions))
        # The log is merged now, in the background, rather than at the end while the user waits.
        reading.ask(checkpoint)
        programs = read_wordings(connection, run)
        for path, content, frame in payout_files(programs, gathered.payees, gathered.payouts, gathered.postings):
            draft.write(path, content, rows=frame.height, totals=control_totals(with_digits(frame, MINOR_UNITS)))
        rules = _Rules(*(read_work(connection, name) for name in ("tiers", "rebates", "provisions")))
        issue = issue_of(workspace, run, programs, rules.tiers)
        progress.start("publish", gathered.ids.height)
        for written in _write_pages(draft, gathered, transactions, rules=rules, issue=issue):
            progress.advance(written)
        progress.end()
        overlaps = searched.result()
    _write_closing_files(connection, workspace, draft, run, overlaps)
    return gathered.postings.height, overlaps.height


def _gather(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> Gathered:
    """Read the frames behind payout files and statements, without the transactions."""
    payouts = read_payouts(connection, run).filter(payout_period=run.payout_period)
    positions, excluded = read_positions(connection, run), stated_exclusions(connection, run)
    postings = read(connection, "SELECT * FROM payable WHERE payout_period = ?", [run.payout_period])
    return Gathered(
        payees=read_payees(connection, run),
        payouts=payouts,
        postings=postings.join(read_lines(connection, run), on="seq", how="left"),
        positions=positions,
        excluded=excluded,
        left_out=read_left_out(connection, positions),
        # Sorted: the order of payees decides the bytes of the manifest.
        ids=pl.concat([each.select("payee_id") for each in (payouts, positions, excluded)]).unique().sort("payee_id"),
    )


def _write_pages(
    draft: Draft, gathered: Gathered, transactions: Iterator[pl.DataFrame], *, rules: _Rules, issue: Issue
) -> Iterator[int]:
    """Write the statements, a batch of payees at a time; yields how many payees each batch had."""
    frames = gathered.statement_frames()
    get_ready(frames, issue)
    for batch, counted in zip(gathered.batches, transactions, strict=True):
        of_batch = statement_frames(frames, batch)
        ahead = with_next_tiers(of_batch.positions, counted, rules.tiers, rules.rebates, provisions=rules.provisions)
        for made in statements(replace(of_batch, positions=ahead, transactions=counted), issue):
            draft.write(made.path, made.content, rows=made.lines, totals=made.totals, payee_id=made.payee_id)
        yield len(batch)


def _write_closing_files(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, draft: Draft, run: OpenRun, overlaps: pl.DataFrame
) -> None:
    """Write journal and overlaps, and the manifest last: it lists all other files."""
    _write_journal(connection, workspace, draft, run)
    draft.write(OVERLAPS_FILE, render_overlaps(overlaps, MINOR_UNITS), rows=overlaps.height, totals={})
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
