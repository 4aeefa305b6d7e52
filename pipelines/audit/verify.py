"""Verify: whether the books hold, from the first posting to the files on disk."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from pipelines.audit.anchor_checks import broken_anchors
from pipelines.audit.export_checks import check_batches
from pipelines.audit.past import compute, past
from pipelines.audit.run_checks import changed_runs
from pipelines.audit.sum_checks import changed_sums
from pipelines.books.appendix import changed_appendices
from pipelines.books.publications import changed_files
from pipelines.books.runs import Run, current_run, last_posted
from pipelines.books.seals import broken_seals
from pipelines.calculation.post import read_books
from pipelines.calculation.settle import settle
from pipelines.calculation.sums import CONTROL_SQL, SCANNED
from pipelines.console.tables import Table
from pipelines.intake.row_hashes import changed_rows
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import has_work, read, read_row
from rules.checks import UNFIT, worked_out
from rules.invariants import INVARIANTS
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

OF_A_FINISHED_RUN = frozenset(
    {
        "the_scan_saw_every_transaction_once",
        "no_transaction_counts_twice",
        "entitlements_equal_their_postings",
        "shares_equal_what_their_group_earned",
        "no_payout_is_above_its_limit",
        "every_posting_is_in_one_payout",
        "requests_are_posted_as_approved",
        "accruals_are_what_was_earned",
    }
)
"""Invariants that compare the books with the last computed run: meaningless if it was stopped before posting."""

UNFIT_FOR_SQL = (*UNFIT, duckdb.ConversionException, duckdb.CatalogException)
"""What is raised over values that no run ever writes; not what DuckDB raises over a damaged file."""

NOT_CHECKED = "not checked: the last run did not finish"
"""The result of a guarantee about a run that was stopped on its way."""


def verify(workspace: Workspace, manifests: Sequence[Path] = ()) -> list[Table]:
    """Verify every guarantee of the books; the first table gives the result of each check.

    Every further table is named after a broken check and holds the rows that break it. `manifests`: files that were
    kept outside the workspace, to be compared with the books.

    Raises:
        TerminalError: one of `manifests` is none.
        BooksError: nothing was computed in this workspace yet.
    """
    with connect(workspace, read_only=True) as connection:
        of_another_version = None if has_work(connection, "run") else last_posted(connection)
        if of_another_version is None:
            computed = _computed(connection)
            checks = _invariants(connection, is_posted=computed is not None)
            checks |= _records(connection, workspace, computed)
        else:
            checks = _records(connection, workspace, None)
        checks["every_manifest_is_of_these_books"] = broken_anchors(connection, workspace.out_dir, manifests)
    if of_another_version is not None:
        checks = _computed_again(workspace, of_another_version) | checks
    summary = pl.DataFrame(
        [(_words(name), _result(rows), 0 if rows is None else rows.height) for name, rows in checks.items()],
        schema={"guarantee": pl.String, "result": pl.String, "broken_by": pl.Int64},
        orient="row",
    )
    broken = [Table(name, _words(name), rows) for name, rows in checks.items() if rows is not None and rows.height]
    return [Table("checks", "The books", summary), *broken]


def holds(tables: list[Table]) -> bool:
    """Return whether `verify` found nothing broken; guarantees that were not checked are no fault."""
    return len(tables) == 1


def is_complete(tables: list[Table]) -> bool:
    """Return whether `verify` could check every guarantee."""
    return NOT_CHECKED not in tables[0].frame["result"].to_list()


def _computed(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return the run whose computation is complete in `work`; None while a newer one was stopped on its way."""
    run_id = current_run(connection).run_id
    (state,) = read_row(connection, "SELECT state FROM runs WHERE run_id = ?", [run_id])
    if not has_work(connection, "settled"):
        raise BooksError(Problem("nothing was posted in this workspace yet", "`rebatch run` first"))
    return run_id if state != "computing" else None


def _computed_again(workspace: Workspace, run_id: str) -> dict[str, pl.DataFrame | None]:
    """Return the rows that break each invariant after the run.

    Its computation, written by an older Rebatch, is not readable any more and is made again.
    """
    with past(workspace, run_id, is_done=True) as (then, found):
        compute(then, found)
        settle(then, Run(found.run.as_of))
        with connect(then, read_only=True) as connection:
            return _invariants(connection, is_posted=True)


def _invariants(connection: duckdb.DuckDBPyConnection, *, is_posted: bool) -> dict[str, pl.DataFrame | None]:
    """Return the rows that break each invariant; None where the last run did not come far enough to tell."""
    books = read_books(connection, current_run(connection), read(connection, "SELECT * FROM ledger ORDER BY seq"))
    if is_posted:
        # Not the control totals that the run recorded: the same sums again, from the rows as they are now.
        books = replace(books, control=read(connection, f"SELECT * FROM ({CONTROL_SQL}), ({SCANNED})"))  # noqa: S608 - constant text
    return {
        invariant.__name__: worked_out(partial(invariant, books))
        if is_posted or invariant.__name__ not in OF_A_FINISHED_RUN
        else None
        for invariant in INVARIANTS
    }


def _records(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, computed: str | None
) -> dict[str, pl.DataFrame | None]:
    """Return the rows that break each record; None where the last run did not come far enough to tell."""
    checks: dict[str, Callable[[], pl.DataFrame] | None] = {
        "every_loaded_row_is_unchanged": partial(changed_rows, connection),
        "every_rule_text_is_unchanged": partial(_changed_rules, connection),
        "every_run_is_what_it_was_made_from": partial(changed_runs, connection),
        "every_sum_is_what_its_transactions_are": partial(changed_sums, connection) if computed else None,
        "every_seal_is_whole": partial(broken_seals, connection, computed),
        "every_published_file_is_unchanged": partial(changed_files, connection, workspace.out_dir),
        "every_export_is_as_it_was_sent": partial(check_batches, connection, workspace),
        "what_restores_replaced_is_kept": partial(changed_appendices, connection),
    }
    return {name: check and worked_out(check, UNFIT_FOR_SQL) for name, check in checks.items()}


def _changed_rules(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the stored rule texts whose hash is not their version."""
    stored = read(connection, "SELECT rule_version, program, file, text FROM rule_versions ORDER BY program, file")
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in stored["text"]]
    return stored.filter(pl.Series(hashes, dtype=pl.String) != stored["rule_version"]).drop("text")


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _result(rows: pl.DataFrame | None) -> str:
    if rows is None:
        return NOT_CHECKED
    return "holds" if rows.is_empty() else "BROKEN"
