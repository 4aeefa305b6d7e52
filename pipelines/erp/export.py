"""Export: approved payouts are handed to the ERP once; the same command again gives the same batch."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.actors import check_texts
from pipelines.books.runs import current_run
from pipelines.console.tables import Table
from pipelines.erp import export_batches
from pipelines.erp.export_batches import Batch
from pipelines.erp.export_rows import read_approved, read_content
from pipelines.warehouse.connection import connect
from pipelines.workspace.lock import hold
from pipelines.workspace.profiles import find_profile, shipped_profile
from reports.erp.batch import Dress, render_batch
from reports.erp.erp_file import value_problems
from rules.money import MINOR_UNITS
from schemas.errors import BooksError, Problem, WorkspaceError
from schemas.types import MONEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import duckdb

    from pipelines.workspace.configuration import Workspace

SUMMARY = pl.Schema({"currency": pl.String(), "payouts": pl.Int64(), "amount": MONEY})
"""Columns of an export's totals."""

EXPORTED = pl.Schema({"batch_id": pl.String(), "state": pl.String(), "folder": pl.String(), **SUMMARY})
"""Columns of an export as it is reported."""


@dataclass(frozen=True)
class Asked:
    """An export that is asked for: by whom, for which day, and in which profile if not the workspace's own."""

    person: str
    exported_on: date
    profile: str | None = None


@dataclass(frozen=True)
class Plan:
    """What an export would do: complete the `unfinished` batches, then make `batch`; None if nothing is approved."""

    unfinished: tuple[str, ...]
    batch: Batch | None

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to do."""
        return not self.unfinished and self.batch is None

    @property
    def tables(self) -> list[Table]:
        """Return what would be exported: every payout, and the totals per currency."""
        if self.batch is None:
            return [Table("exports", "To be exported", pl.DataFrame(schema=SUMMARY))]
        columns = ["document_id", "payee_id", "payee_name", "amount", "currency", "due_on", "attempt"]
        totals = self.batch.payouts.group_by("currency").agg(payouts=pl.len(), amount=pl.col("amount").sum())
        return [
            Table("payouts", f"To be exported as {self.batch.batch_id}", self.batch.payouts.select(columns)),
            Table(
                "exports",
                "To be exported",
                totals.sort("currency").select(pl.col(name).cast(kind) for name, kind in SUMMARY.items()),
            ),
        ]


def plan_export(workspace: Workspace, asked: Asked) -> Plan:
    """Return what `export` would do, after every check it makes; nothing is written.

    Raises:
        WorkspaceError: the profile is not there, has mistakes, or needs values that are not stated.
        BooksError: a text or an account may not stand in the files; a batch on disk was changed or is not in the books.
        InvariantError: a payout is not the sum of its lines, or a file does not fit its schema.
    """
    with hold(workspace.lock_path), open_books(workspace) as connection:
        return _plan(connection, workspace, asked)


def export(workspace: Workspace, asked: Asked, plan: Plan) -> list[Table]:
    """Record the planned batch with all its decisions in one transaction, then publish its folder.

    If it is killed at any instant and started again, it completes what it began, and no payout is ever in two batches
    unless the ERP refused it in between. With nothing left to export it checks the last batch and reports it.

    Raises:
        BooksError: as for `plan_export`, or what is approved is not what was planned.
        StorageError: the disk is full or cannot be written; what is recorded is completed next time.
    """
    check_texts(person=asked.person)
    with hold(workspace.lock_path), open_books(workspace) as connection:
        # Planned again under the lock: a decision since the first plan must not be exported unseen.
        now = _plan(connection, workspace, asked)
        _refuse_other(plan, now)
        # Unfinished batches first: the books already say that their payouts are exported.
        done = [_publish(connection, workspace, batch_id, "completed") for batch_id in now.unfinished]
        if now.batch is not None:
            # Recorded before any file appears: a folder that the ERP could read must never be unknown to the books.
            export_batches.record_batch(connection, now.batch, person=asked.person)
            done.append(_publish(connection, workspace, now.batch.batch_id, "new"))
        if not done and (last := export_batches.last_batch(connection)):
            done.append(_publish(connection, workspace, last, "exported before"))
    return [Table("batches", "Exports", pl.concat([pl.DataFrame(schema=EXPORTED), *done]))]


def _plan(connection: duckdb.DuckDBPyConnection, workspace: Workspace, asked: Asked) -> Plan:
    """Return the plan, or refuse if a batch on disk is unknown or was changed."""
    export_batches.refuse_strangers(connection, workspace)
    export_batches.refuse_changed(connection, workspace)
    return Plan(tuple(export_batches.unfinished(connection)), _batch(connection, workspace, asked))


def _batch(connection: duckdb.DuckDBPyConnection, workspace: Workspace, asked: Asked) -> Batch | None:
    """Return the batch of all approved payouts, rendered; None if nothing is approved."""
    config = workspace.config.payouts
    profile = find_profile(workspace, asked.profile or config.profile)
    problems = value_problems(profile, config.values)
    if problems:
        raise WorkspaceError(*problems)
    approved = read_approved(connection)
    if approved.is_empty():
        return None
    batched = read_content(connection, approved, exported_on=asked.exported_on)
    dress = Dress(profile, shipped_profile("generic"), MINOR_UNITS, config.values, config.bank)
    files = render_batch(batched, dress)
    return Batch(batched.batch_id, profile.profile, asked.exported_on, batched.payouts, files)


def _publish(connection: duckdb.DuckDBPyConnection, workspace: Workspace, batch_id: str, state: str) -> pl.DataFrame:
    """Publish a batch, or verify one that is published; returns its totals and its folder."""
    folder = export_batches.folder_of(workspace, batch_id)
    if state != "exported before":
        export_batches.publish_batch(connection, workspace, batch_id)
    there = f"{workspace.out_dir.name}/{folder.name}" if folder.exists() else "taken away since"
    totals = export_batches.read_totals(connection, batch_id)
    return totals.select(
        pl.lit(batch_id).alias("batch_id"), pl.lit(state).alias("state"), pl.lit(there).alias("folder"), *SUMMARY
    )


def _refuse_other(planned: Plan, now: Plan) -> None:
    """Refuse if the batch is no longer the one that was shown."""
    before, after = (plan.batch.batch_id if plan.batch else None for plan in (planned, now))
    if before != after:
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
