"""Export batches: each is recorded in the books whole, with its files, before its folder appears."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.decisions import record
from pipelines.erp.export_folders import faults, folder_of
from pipelines.warehouse.frames import append, read, read_row
from pipelines.warehouse.transaction import transaction
from pipelines.workspace.files import make_own_folder
from pipelines.workspace.folders import draft_folder, publish_folder, write_file
from reports.erp.manifest import MANIFEST_FILE
from rules.ledger.decisions import Decision
from schemas.errors import BooksError, InvariantError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    import duckdb

    from pipelines.workspace.configuration import Workspace

OF_A_PAYOUT = (
    "batch_id",
    "payout_id",
    "attempt",
    "document_id",
    "short_id",
    "payee_id",
    "payout_period",
    "amount",
    "currency",
)
"""The columns of the table batch_payouts."""


@dataclass(frozen=True)
class Batch:
    """An export: `payouts` as its files name them, and the files in the order in which they are written."""

    batch_id: str
    profile: str
    exported_on: date
    payouts: pl.DataFrame
    files: Sequence[tuple[str, bytes]]

    @property
    def manifest_sha256(self) -> str:
        """Return the SHA-256 of the manifest, which stands for all files: it holds their hashes."""
        return hashlib.sha256(dict(self.files)[MANIFEST_FILE]).hexdigest()


def record_batch(connection: duckdb.DuckDBPyConnection, batch: Batch, *, person: str) -> None:
    """Record `batch` and the decisions of its export in one transaction: all or nothing."""
    # The content of the files is stored too: the folder can then be completed after a kill, with the same bytes.
    with transaction(connection):
        decided = record(connection, [_decision(row, batch, person) for row in batch.payouts.iter_rows(named=True)])
        connection.execute(
            """
            INSERT INTO batches BY NAME
            SELECT COALESCE((SELECT MAX(batch_seq) FROM batches), 0) + 1 AS batch_seq, $batch_id AS batch_id,
                $profile AS profile, $exported_on AS exported_on, $person AS person, $payouts AS payouts,
                $decided_at AS recorded_at
            """,
            {
                "batch_id": batch.batch_id,
                "profile": batch.profile,
                "exported_on": batch.exported_on,
                "person": person,
                "payouts": batch.payouts.height,
                "decided_at": decided["decided_at"][0],
            },
        )
        append(connection, "batch_payouts", batch.payouts.select(OF_A_PAYOUT))
        append(connection, "batch_files", _file_rows(batch))


def publish_batch(connection: duckdb.DuckDBPyConnection, workspace: Workspace, batch_id: str, *, person: str) -> None:
    """Publish the folder of a recorded batch as a whole, and record that `person` handed it over.

    A kill between the two leaves the folder in place; the next export verifies it and records it.

    Raises:
        BooksError: there is a folder of this name with other content.
        StorageError: the disk is full or cannot be written; no folder appears.
    """
    final = folder_of(workspace, batch_id)
    make_own_folder(final.parent)
    if not final.exists():
        with draft_folder(final) as folder:
            for path, content in _stored_files(connection, batch_id):
                write_file(folder, path, content)
            _refuse_unlike(connection, batch_id, folder)
            # The trigger file is the last of the stored files; with the rename all of them appear at once.
            publish_folder(folder, final)
    # After the rename: this must never be recorded of a folder that did not appear. A decision too, since those form a
    # chain: without it someone could make Rebatch write a folder again that the ERP has taken already.
    with transaction(connection):
        [row] = record(connection, [_hand_over(batch_id, person)]).iter_rows(named=True)
        connection.execute("UPDATE batches SET published_at = ? WHERE batch_id = ?", [row["decided_at"], batch_id])


def _refuse_unlike(connection: duckdb.DuckDBPyConnection, batch_id: str, folder: Path) -> None:
    """Refuse to publish if the files read back differ from those in the books."""
    todo = "look at the disk; no folder appeared, and the next export tries again"
    problems = [
        Problem(f"the file read back {fault}", todo, at=Place(path))
        for path, fault in faults(connection, batch_id, folder)
    ]
    if problems:
        raise InvariantError(*problems)


def unfinished(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the ids of the batches not recorded as published, oldest first."""
    found = connection.execute("SELECT batch_id FROM batches WHERE published_at IS NULL ORDER BY batch_seq").fetchall()
    return [batch_id for (batch_id,) in found]


def read_totals(connection: duckdb.DuckDBPyConnection, batch_id: str) -> pl.DataFrame:
    """Return the totals of a batch: currency, payouts, amount."""
    return read(
        connection,
        """
        SELECT currency, COUNT(*) AS payouts, CAST(SUM(amount) AS DECIMAL(18, 4)) AS amount
        FROM batch_payouts WHERE batch_id = ? GROUP BY currency ORDER BY currency
        """,
        [batch_id],
    )


def last_batch(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return the id of the batch recorded last; None if there is none."""
    (batch_id,) = read_row(connection, "SELECT ARG_MAX(batch_id, batch_seq) FROM batches")
    return None if batch_id is None else str(batch_id)


def _decision(row: dict[str, object], batch: Batch, person: str) -> Decision:
    return Decision(
        kind="export",
        subject=str(row["payout_id"]),
        status="exported",
        person=person,
        reason=f"attempt {row['attempt']}",
        note=f"manifest {batch.manifest_sha256}",
        payee_id=str(row["payee_id"]),
        period=str(row["payout_period"]),
        currency=str(row["currency"]),
        amount=row["amount"],  # type: ignore[arg-type]
        reference=batch.batch_id,
        effective_on=batch.exported_on,
    )


def _hand_over(batch_id: str, person: str) -> Decision:
    return Decision(kind="hand_over", subject=batch_id, status="published", person=person, reference=batch_id)


def _file_rows(batch: Batch) -> pl.DataFrame:
    rows = [
        (batch.batch_id, position, path, content, hashlib.sha256(content).hexdigest())
        for position, (path, content) in enumerate(batch.files, start=1)
    ]
    schema = {
        "batch_id": pl.String, "position": pl.Int32, "path": pl.String, "content": pl.Binary, "sha256": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _stored_files(connection: duckdb.DuckDBPyConnection, batch_id: str) -> list[tuple[str, bytes]]:
    """Return path and content of a batch's stored files, or refuse if one was changed in the warehouse."""
    query = "SELECT path, content, sha256 FROM batch_files WHERE batch_id = ? ORDER BY position"
    stored = connection.execute(query, [batch_id]).fetchall()
    for path, content, sha256 in stored:
        if hashlib.sha256(content).hexdigest() != sha256:
            found = f"the file {path} of the batch {batch_id} was changed in the warehouse"
            raise BooksError(Problem(found, "restore the warehouse from a backup"))
    return [(path, content) for path, content, _ in stored]
