"""Export: approved payouts are handed to the ERP once; the same command again gives the same batch."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.actors import check_texts
from pipelines.books.runs import current_run
from pipelines.console.tables import Table
from pipelines.erp import export_batches
from pipelines.erp.account_changes import put_back
from pipelines.erp.export_folders import folder_of
from pipelines.erp.export_plan import SUMMARY, Asked, Plan, make_plan
from pipelines.warehouse.connection import connect
from pipelines.workspace.lock import hold
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.workspace.configuration import Workspace

__all__ = ["Asked", "Plan", "export", "open_books", "plan_export"]

EXPORTED = pl.Schema({"batch_id": pl.String(), "state": pl.String(), "folder": pl.String(), **SUMMARY})
"""Columns of an export as it is reported."""


def plan_export(workspace: Workspace, asked: Asked) -> Plan:
    """Return what `export` would do, after every check it makes; nothing is written.

    Raises:
        WorkspaceError: the profile is not there, has mistakes, or needs values that are not stated; or the bank would
            not take the payer's own name.
        BooksError: a batch on disk was changed or is not in the books; or there are no payouts of whom is asked.
        InvariantError: a payout is not the sum of its lines, a file does not fit its schema, or members were changed
            in the warehouse.
    """
    with hold(workspace.lock_path), open_books(workspace) as connection:
        return make_plan(connection, workspace, asked)


def export(workspace: Workspace, asked: Asked, plan: Plan) -> list[Table]:
    """Record the planned batch with all its decisions in one transaction, then publish its folder.

    A payout that a file or the bank would not take is set aside, with its reason, and the others leave; one whose bank
    account changed since it was approved goes back into review. If it is killed at any instant and started again, it
    completes what it began, and no payout is ever in two batches unless the ERP refused it in between. With nothing
    left to export it checks the last batch and reports it.

    Raises:
        BooksError: as for `plan_export`, or what is approved is not what was planned.
        StorageError: the disk is full or cannot be written; what is recorded is completed next time.
    """
    check_texts(person=asked.person)
    with hold(workspace.lock_path), open_books(workspace) as connection:
        # Planned again under the lock: a decision since the first plan must not be exported unseen.
        now = make_plan(connection, workspace, asked)
        _refuse_other(plan, now)
        # Before the batch: after a kill between the two they are in review, and the next plan is without them.
        if not now.changed.is_empty():
            put_back(connection, now.changed, person=asked.person)
        # Unfinished batches first: the books already say that their payouts are exported.
        done = [_publish(connection, workspace, batch_id, "completed", asked.person) for batch_id in now.unfinished]
        if now.batch is not None:
            # Recorded before any file appears: a folder that the ERP could read must never be unknown to the books.
            export_batches.record_batch(connection, now.batch, person=asked.person)
            done.append(_publish(connection, workspace, now.batch.batch_id, "new", asked.person))
        if not done and now.set_aside.is_empty() and (last := export_batches.last_batch(connection)):
            done.append(_publish(connection, workspace, last, "exported before", asked.person))
    return [Table("batches", "Exports", pl.concat([pl.DataFrame(schema=EXPORTED), *done])), *now.aside()]


def _publish(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, batch_id: str, state: str, person: str
) -> pl.DataFrame:
    """Publish a batch, or verify one that is published; returns its totals and its folder."""
    folder = folder_of(workspace, batch_id)
    if state != "exported before":
        export_batches.publish_batch(connection, workspace, batch_id, person=person)
    there = f"{workspace.out_dir.name}/{folder.name}" if folder.exists() else "taken away since"
    totals = export_batches.read_totals(connection, batch_id)
    return totals.select(
        pl.lit(batch_id).alias("batch_id"), pl.lit(state).alias("state"), pl.lit(there).alias("folder"), *SUMMARY
    )


def _refuse_other(planned: Plan, now: Plan) -> None:
    """Refuse if the batch, or what is put back into review, is no longer what was shown."""
    before, after = (plan.batch.batch_id if plan.batch else None for plan in (planned, now))
    if before != after or not planned.changed.equals(now.changed):
        found = "what is approved has changed since it was shown"
        raise BooksError(Problem(found, "look at it again: `rebatch export --dry-run`"))


@contextmanager
def open_books(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a warehouse in which something was computed, and refuse rather than create one."""
    if not workspace.warehouse_path.exists():
        with connect(workspace, read_only=True):  # raises the error that says what to do
            pass
    with connect(workspace) as connection:
        current_run(connection)
        yield connection
