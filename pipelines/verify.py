"""Verify: do the books hold, from the first posting to the files on disk?"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import polars as pl

from pipelines.batch_checks import check_batches
from pipelines.frames import read, read_row
from pipelines.post import read_books
from pipelines.runs import current_run
from pipelines.tables import Table
from pipelines.warehouse import connect
from rules.invariants import INVARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from pipelines.workspace import Workspace

OF_A_FINISHED_RUN = frozenset(
    {
        "the_scan_saw_every_transaction_once",
        "no_transaction_counts_twice",
        "entitlements_equal_their_postings",
        "shares_equal_what_their_group_earned",
        "no_payout_is_above_its_limit",
        "every_posting_is_in_one_payout",
        "requests_are_posted_as_approved",
    }
)
"""Invariants that compare the books with what the last run computed: meaningless if it was stopped before posting."""

FINDINGS = {"run_id": pl.String, "file": pl.String, "found": pl.String}


def verify(workspace: Workspace) -> list[Table]:
    """Recompute every guarantee of the books; the first table says of each check whether it holds.

    Every further table is named for a broken check and holds the rows that break it.

    Raises:
        BooksError: nothing was computed in this workspace yet.
    """
    with connect(workspace, read_only=True) as connection:
        checks = {**_invariants(connection), "every_rule_text_is_unchanged": _changed_rules(connection)}
        checks["every_export_is_as_it_was_sent"] = check_batches(connection, workspace)
        published = read(connection, "SELECT run_id FROM runs WHERE state = 'published' ORDER BY run_seq")
    findings = [row for run_id in published["run_id"] for row in _changed_files(workspace.out_dir / run_id)]
    checks["every_published_file_is_unchanged"] = pl.DataFrame(findings, schema=FINDINGS, orient="row")
    summary = pl.DataFrame(
        [(_words(name), _result(rows), 0 if rows is None else rows.height) for name, rows in checks.items()],
        schema={"guarantee": pl.String, "result": pl.String, "broken_by": pl.Int64},
        orient="row",
    )
    broken = [Table(name, _words(name), rows) for name, rows in checks.items() if rows is not None and rows.height]
    return [Table("checks", "The books", summary), *broken]


def holds(tables: list[Table]) -> bool:
    """Say whether `verify` found nothing broken."""
    return len(tables) == 1


def _invariants(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame | None]:
    """Return the rows that break each invariant; None where the last run did not come far enough to tell."""
    run = current_run(connection)
    (state,) = read_row(connection, "SELECT state FROM runs WHERE run_id = ?", [run.run_id])
    is_posted = state != "computing"
    books = read_books(connection, run, read(connection, "SELECT * FROM ledger ORDER BY seq"))
    return {
        invariant.__name__: invariant(books) if is_posted or invariant.__name__ not in OF_A_FINISHED_RUN else None
        for invariant in INVARIANTS
    }


def _changed_rules(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    stored = read(connection, "SELECT rule_version, program, file, text FROM rule_versions ORDER BY program, file")
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in stored["text"]]
    return stored.filter(pl.Series(hashes, dtype=pl.String) != stored["rule_version"]).drop("text")


def _changed_files(folder: Path) -> Iterator[tuple[str, str, str]]:
    run_id = folder.name
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        listed = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
    except FileNotFoundError:
        yield run_id, "manifest.json", "is missing"
        return
    except (ValueError, LookupError, TypeError):
        yield run_id, "manifest.json", "cannot be read"
        return
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {"manifest.json"}
    yield from ((run_id, path, "is missing") for path in sorted(listed.keys() - there))
    yield from ((run_id, path, "was not written by the run") for path in sorted(there - listed.keys()))
    for path in sorted(listed.keys() & there):
        if hashlib.sha256((folder / path).read_bytes()).hexdigest() != listed[path]:
            yield run_id, path, "was changed"


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _result(rows: pl.DataFrame | None) -> str:
    if rows is None:
        return "not checked: the last run did not finish"
    return "holds" if rows.is_empty() else "BROKEN"
