"""The folders of exports on disk, compared with the books: what was changed, and what the books do not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.books.appendix import lost_names
from pipelines.workspace.files import sha256_of_file
from reports.erp.manifest import MANIFEST_FILE
from schemas.errors import BooksError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from pipelines.workspace.configuration import Workspace

PREFIX = "export-"
"""The prefix of every batch's folder."""


def refuse_changed(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """Refuse to export if a batch's folder on disk differs from what was exported.

    Raises:
        BooksError: naming every file that is missing, changed or not part of its batch.
    """
    todo = "put back what was exported (it is in the table batch_files), and find out who changed it: it may be paid"
    problems = [
        Problem(f"the file {fault}", todo, at=Place(f"{workspace.out_dir.name}/{PREFIX}{batch_id}/{path}"))
        for batch_id, path, fault in changes(connection, workspace)
    ]
    if problems:
        raise BooksError(*problems)


def changes(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> Iterator[tuple[str, str, str]]:
    """Yield batch, path and fault of every file on disk that is not as it was exported.

    A missing folder is no fault: the ERP takes folders away.
    """
    for (batch_id,) in connection.execute("SELECT batch_id FROM batches ORDER BY batch_seq").fetchall():
        folder = folder_of(workspace, batch_id)
        if folder.exists():
            yield from ((batch_id, path, fault) for path, fault in faults(connection, batch_id, folder))


def faults(connection: duckdb.DuckDBPyConnection, batch_id: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield path and fault of every file of a batch's folder that differs from the books."""
    query = "SELECT path, sha256 FROM batch_files WHERE batch_id = ?"
    listed = dict(connection.execute(query, [batch_id]).fetchall())
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    # Hidden files are left behind by file managers and transfer programs.
    shown = {path for path in there if not any(part.startswith(".") for part in path.split("/"))}
    yield from ((path, "is missing") for path in sorted(listed.keys() - there))
    yield from ((path, "was not exported") for path in sorted(shown - listed.keys()))
    for path in sorted(listed.keys() & there):
        if sha256_of_file(folder / path) != listed[path]:
            yield path, "was changed"


def refuse_strangers(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """Refuse to export while a batch or run on disk is not in the books: what it paid may be paid again.

    Raises:
        BooksError: naming each such folder.
    """
    # With an older backup or copy the books lack batches that were sent; exporting again would pay twice.
    batches = {batch_id for (batch_id,) in connection.execute("SELECT batch_id FROM batches").fetchall()}
    runs = {run_id for (run_id,) in connection.execute("SELECT run_id FROM runs").fetchall()}
    # What was sent in a batch of the appendix is held back payout by payout.
    known = {f"{PREFIX}{batch_id}" for batch_id in batches | lost_names(connection, "batch")}
    known |= runs | lost_names(connection, "run")
    # The ERP takes the folders of batches away, so that those of runs are all that may be left of what was paid.
    strangers = sorted(
        path.name
        for path in workspace.out_dir.glob("[!.]*")
        if path.name not in known and (path.name.startswith(PREFIX) or (path / MANIFEST_FILE).is_file())
    )
    if strangers:
        raise BooksError(
            *(_stranger(f"{workspace.out_dir.name}/{name}", is_batch=name.startswith(PREFIX)) for name in strangers)
        )


def _stranger(folder: str, *, is_batch: bool) -> Problem:
    what, safe = ("batch", "it was never sent") if is_batch else ("run", "nothing was exported since that run")
    found = f"this {what} is not in the books, which may be an older copy: what was paid since could be paid twice"
    todo = f"restore the warehouse that made it; move it away only if {safe}"
    return Problem(found, todo, at=Place(folder))


def folder_of(workspace: Workspace, batch_id: str) -> Path:
    """Return the folder of a batch."""
    return workspace.out_dir / f"{PREFIX}{batch_id}"
