"""Publications: what was published for each run, recorded in the books and compared with the files on disk."""

from __future__ import annotations

import json
from shlex import quote
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.runs import set_state
from pipelines.warehouse.transaction import transaction
from pipelines.workspace.files import sha256_of_file
from pipelines.workspace.regular_files import read_regular
from reports.erp.manifest import MANIFEST_FILE
from schemas.errors import BooksError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

    import duckdb

FOUND = {"run_id": pl.String, "file": pl.String, "found": pl.String}
"""Columns of a finding about a published file."""


def refuse_other(connection: duckdb.DuckDBPyConnection, run_id: str, folder: Path) -> None:
    """Refuse to publish `folder` if another manifest was published for the run.

    Raises:
        BooksError: the books remember another one.
    """
    known = published_manifests(connection).get(run_id)
    if known is not None and known != sha256_of_file(folder / MANIFEST_FILE):
        found = "what would be published is not what was published for this run before"
        todo = f"nothing was written; `rebatch replay {run_id}` and `rebatch verify` tell what has changed since"
        raise BooksError(Problem(found, todo, at=Place(f"{folder.parent.name}/{run_id}")))


def remember(connection: duckdb.DuckDBPyConnection, run_id: str, folder: Path) -> None:
    """Record in one transaction that `folder` is what was published for the run."""
    with transaction(connection):
        connection.execute(
            # A run killed after the folder appeared comes here again: the row may be there already.
            "INSERT INTO publications VALUES (?, ?) ON CONFLICT DO NOTHING",
            [run_id, sha256_of_file(folder / MANIFEST_FILE)],
        )
        set_state(connection, run_id, "published")


def published_manifests(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the SHA-256 of the manifest of each published run, by run id."""
    return dict(connection.execute("SELECT run_id, manifest_sha256 FROM publications").fetchall())


def changed_files(connection: duckdb.DuckDBPyConnection, out_dir: Path) -> pl.DataFrame:
    """Return every published file that is missing, changed, or was never published, with the columns FOUND."""
    states = dict(connection.execute("SELECT run_id, state FROM runs ORDER BY run_seq").fetchall())
    sealed = {run_id for (run_id,) in connection.execute("SELECT run_id FROM seals").fetchall()}
    known = published_manifests(connection)
    there = {path.name for path in out_dir.glob("*") if (path / MANIFEST_FILE).exists()}
    # Also runs that the books do not call published: a kill between the folder and its record leaves that.
    due = [run_id for run_id, state in states.items() if state == "published" or run_id in known or run_id in there]
    rows = [row for run_id in due for row in _changed(out_dir / run_id, known.get(run_id))]
    forgotten = [run_id for run_id in due if states[run_id] == "published" and run_id in sealed - known.keys()]
    rows += [(run_id, MANIFEST_FILE, "is no longer remembered by the books") for run_id in forgotten]
    return pl.DataFrame(rows, schema=FOUND, orient="row")


def _changed(folder: Path, manifest_sha256: str | None) -> Iterator[tuple[str, str, str]]:
    """Yield run, file and finding for every file of a published folder that is not as its manifest says."""
    run_id = folder.name
    if not folder.exists():
        again = f"rebatch replay {run_id} --to {quote(str(folder))}"
        yield run_id, MANIFEST_FILE, f"is missing with its folder: `{again}` makes it again"
        return
    if not (folder / MANIFEST_FILE).exists():
        yield run_id, MANIFEST_FILE, "is missing"
        return
    try:
        listed = listed_files(read_manifest(folder / MANIFEST_FILE))
    except (OSError, LookupError, TypeError):
        yield run_id, MANIFEST_FILE, "cannot be read"
        return
    if manifest_sha256 not in {None, sha256_of_file(folder / MANIFEST_FILE)}:
        yield run_id, MANIFEST_FILE, "is not the one that was published"
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST_FILE}
    yield from ((run_id, path, "is missing") for path in sorted(listed.keys() - there))
    yield from ((run_id, path, "was not written by the run") for path in sorted(there - listed.keys()))
    for path in sorted(listed.keys() & there):
        if sha256_of_file(folder / path) != listed[path]:
            yield run_id, path, "was changed"


def listed_files(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the SHA-256 of each file that a manifest lists, by its path.

    Raises:
        LookupError, TypeError: it is no manifest.
    """
    return {entry["path"]: entry["sha256"] for entry in manifest["files"]}


def read_manifest(path: Path) -> dict[str, Any]:
    """Return the manifest in a file; empty if it holds none.

    Raises:
        OSError: the file cannot be read.
    """
    content = read_regular(path)
    try:
        manifest = json.loads(content)
    except ValueError:
        return {}
    return manifest if isinstance(manifest, dict) else {}
