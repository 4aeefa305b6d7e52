"""What statements show, read again after the run: for documents that say the same as the pages published."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pipelines.books.payout_files import read_wordings
from pipelines.books.publications import listed_files, read_manifest
from pipelines.books.runs import current_run
from pipelines.publish.counted import Part, choose_details, count_transactions, read_lines
from pipelines.publish.gathered import Rules, gather
from pipelines.publish.publish import MOST
from pipelines.publish.statement_data import (
    batch_numbers,
    in_batches,
    issue_of,
    of_payees,
    read_positions,
    statement_frames,
)
from pipelines.publish.statement_files import BATCH
from pipelines.warehouse.frames import read_row, read_work
from reports.erp.manifest import MANIFEST_FILE
from reports.statement.paths import statement_path
from reports.statement.statement import get_ready, shown
from schemas.errors import BooksError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    import duckdb

    from pipelines.books.runs import OpenRun
    from pipelines.workspace.configuration import Workspace
    from reports.statement.statement import Shown


def published_run(connection: duckdb.DuckDBPyConnection) -> OpenRun:
    """Return the last run, which is published.

    Raises:
        BooksError: nothing was computed yet, or the last run was stopped before it was published.
    """
    run = current_run(connection)
    if read_row(connection, "SELECT state FROM runs WHERE run_id = ?", [run.run_id]) != ("published",):
        raise BooksError(Problem("the last run was not published", "`rebatch run` brings it to its end"))
    return run


def published_statements(workspace: Workspace, run: OpenRun) -> dict[str, str]:
    """Return the payees of the statements that a run published, each with the SHA-256 of its page.

    Raises:
        BooksError: its manifest is not there.
    """
    try:
        read = read_manifest(workspace.out_dir / run.run_id / MANIFEST_FILE)
        hashes = listed_files(read)
        return {payee: hashes[path] for payee, path in sorted(read["statements"].items())}
    except (OSError, LookupError, TypeError) as error:
        todo = "`rebatch run` publishes what is missing; `rebatch verify` tells what was changed"
        place = Place(f"{workspace.out_dir.name}/{run.run_id}/{MANIFEST_FILE}")
        raise BooksError(Problem("what was published cannot be read", todo, at=place)) from error


def shown_again(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, published: Mapping[str, str], wanted: Collection[str]
) -> Iterator[Shown]:
    """Yield what the statements of the last run show to the payees in `wanted`, sorted by payee.

    `published`: the SHA-256 of each page; what is shown again must be what was published. `connection` must not be
    used for anything else meanwhile.

    Raises:
        BooksError: the books no longer give the page that was published.
    """
    run = current_run(connection)
    positions = of_payees(read_positions(connection, run), wanted)
    sums = count_transactions(connection, positions)
    programs, gathered = read_wordings(connection, run), gather(connection, run, positions)
    rules = Rules(*(read_work(connection, name) for name in ("tiers", "rebates", "provisions")))
    issue = issue_of(connection, workspace, run, programs, tiers=rules.tiers)
    details = choose_details(connection, positions, sums, MOST)
    books = gathered.statements(sums, details, rules)
    frames = books.frames
    get_ready(frames, issue)
    numbers = batch_numbers(of_payees(frames.payees, wanted), BATCH)
    parts = (Part.of(part) for part in in_batches(details, numbers))
    for batch, part in zip(statement_frames(frames, numbers), parts, strict=True):
        lines = read_lines(connection, part)
        for each in shown(books.listed(batch, lines), issue):
            _require_published(each, published, workspace.out_dir / run.run_id)
            yield each


def _require_published(each: Shown, published: Mapping[str, str], folder: Path) -> None:
    if published[each.payee_id] != hashlib.sha256(each.page).hexdigest():
        todo = "`rebatch run`, which publishes what the books say now"
        place = Place(f"{folder.parent.name}/{folder.name}/{statement_path(each.payee_id)}")
        raise BooksError(Problem("the books no longer give the statement that was published", todo, at=place))
