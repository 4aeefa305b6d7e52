"""Checks of every export: the files in the books and on disk are those that were decided on."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

from pipelines.erp.export_folders import changes
from pipelines.warehouse.frames import read
from pipelines.warehouse.sql_files import read_sql
from reports.erp.manifest import MANIFEST_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.workspace.configuration import Workspace

FINDINGS = {"batch_id": pl.String, "file": pl.String, "found": pl.String}
"""Columns of a finding about an export."""

FILES = "SELECT batch_id, path, content, sha256 FROM batch_files ORDER BY batch_id, position"
"""The stored files of all batches."""

UNDECIDED = read_sql("audit", "undecided")
"""Payouts that are in a batch or in a decision to export, but not alike in both."""

RETOLD = read_sql("audit", "retold_batches")
"""Batches of which person, day or times are not those of the decisions about them."""

NOTES = "SELECT DISTINCT reference, note FROM decisions WHERE kind = 'export' ORDER BY ALL"
"""The manifest hash that each decision to export states."""


def check_batches(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> pl.DataFrame:
    """Return what is wrong with any export: batch_id, file, found; empty if all is well.

    The hash of each manifest is part of the chained decisions, and the manifest holds the hashes of the other files, so
    that no change of what was sent can hide.
    """
    found = [*_stored(connection), *changes(connection, workspace)]
    decided = [read(connection, query).cast(FINDINGS) for query in (UNDECIDED, RETOLD)]  # type: ignore[arg-type]
    return pl.concat([*decided, pl.DataFrame(found, schema=FINDINGS, orient="row")])


def _stored(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str, str]]:
    """Yield the stored files that were changed, and manifests that are not those decided on."""
    manifests = {}
    for batch_id, path, content, sha256 in connection.execute(FILES).fetchall():
        actual = hashlib.sha256(content).hexdigest()
        if actual != sha256:
            yield batch_id, path, "was changed in the warehouse"
        if path == MANIFEST_FILE:
            manifests[batch_id] = f"manifest {actual}"
    for batch_id, note in connection.execute(NOTES).fetchall():
        if manifests.get(batch_id) != note:
            yield batch_id, MANIFEST_FILE, "is not the one that was decided on"
