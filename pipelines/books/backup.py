"""Backups: one verified file that holds the whole warehouse, from which every run's files can be made again."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from pipelines.books.appendix import keep, lost_by
from pipelines.books.outbox import carry_over
from pipelines.console.tables import Table
from pipelines.warehouse.backup_file import About, damaged_backup, is_backup, read_backup, write_backup
from pipelines.warehouse.connection import open_file
from pipelines.warehouse.database_errors import database_errors, first_line
from pipelines.warehouse.frames import in_memory, read_row
from pipelines.warehouse.ledger_head import head_of
from pipelines.warehouse.migrations import VERSION, bring_forward, warehouse_version
from pipelines.workspace.files import create_private, make_private_folder, storage_errors
from schemas.errors import BooksError, Place, Problem, RebatchError, TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

_NIGHTLY = re.compile(r"nightly-\d{4}-\d{2}-\d{2}\.tar")


def backup(workspace: Workspace, target: Path, *, overwrite: bool = False) -> About:
    """Write the warehouse, as of its last transaction, to the file `target`, and read it back to verify it.

    `target` appears whole or not at all. The caller holds the workspace.

    Raises:
        BooksError: the file is there already.
        TerminalError: there is no warehouse, or what was written cannot be read back.
        StorageError: the disk is full or cannot be written.
        WorkspaceBusyError: another process has the warehouse open.
    """
    path = workspace.warehouse_path
    if target.exists() and not overwrite:
        raise BooksError(
            Problem("there is a file here already", "name a new one, or --overwrite it", at=Place(str(target)))
        )
    if os.path.lexists(target) and not is_backup(target):
        todo = "name a new file: only a backup is ever replaced by one"
        raise BooksError(Problem("what is here is no backup", todo, at=Place(str(target))))
    if not path.exists():
        raise TerminalError(Problem("there is no warehouse to back up", "`rebatch run` makes one", at=Place(path.name)))
    with _opened(workspace) as connection:
        if not warehouse_version(connection):
            found = "this is no warehouse: it has no version of Rebatch's tables"
            raise TerminalError(Problem(found, "put a backup back, or see where it comes from", at=Place(path.name)))
        return write_backup(connection, path, target)


def keep_nightly(workspace: Workspace) -> Path | None:
    """Write the backup of the day the books stand at, if the workspace keeps any, and delete those beyond its number.

    The caller holds the workspace. Returns the backup; None if the workspace keeps none.

    Raises:
        TerminalError: what was written cannot be read back.
        StorageError: the disk is full or cannot be written.
    """
    if workspace.config.backups is None:
        return None
    with _opened(workspace) as connection:
        (as_of,) = read_row(connection, "SELECT MAX(as_of) FROM runs WHERE state <> 'computing'")
        target = workspace.backups_dir / f"nightly-{as_of}.tar"
        make_private_folder(target.parent)
        write_backup(connection, workspace.warehouse_path, target)
    # By name: a day that was backed up again must not push out another one.
    ours = sorted(path for path in target.parent.iterdir() if _NIGHTLY.fullmatch(path.name))
    for old in ours[: -workspace.config.backups.keep]:
        old.unlink()
    return target


def restore(
    workspace: Workspace, source: Path, *, person: str, overwrite: bool = False
) -> tuple[About, pl.DataFrame | None]:
    """Restore the warehouse of the backup `source` in place of the workspace's, whole or not at all.

    The caller holds the workspace. With `overwrite` the old warehouse is kept next to it, its name ending in
    `.replaced`; at every instant there is a whole warehouse under the name. What it knew and the backup does not is
    kept in the appendix of the restored one, and returned (see pipelines.books.appendix); None if it cannot be read.

    Raises:
        BooksError: there is a warehouse already.
        TerminalError: the file is no whole backup, or one of a newer Rebatch; nothing was changed.
        StorageError: the disk is full or cannot be written.
    """
    path = workspace.warehouse_path
    if path.exists() and not overwrite:
        todo = (
            "restore into another folder, or say --overwrite: the warehouse is then kept as warehouse.duckdb.replaced"
        )
        raise BooksError(Problem("there is a warehouse here already", todo, at=Place(str(path))))
    beside = path.with_name(f".{path.name}.restored")
    with storage_errors(path):
        make_private_folder(path.parent)
        try:
            with create_private(beside) as file:
                about = read_backup(source, file)
                os.fsync(file.fileno())
            _open_copy(beside, source, about)
            lost: pl.DataFrame | None = pl.DataFrame()
            if path.exists():
                _keep_replaced(workspace)
                with database_errors(workspace):
                    lost = _with_appendix(beside, path, person)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    return about, lost


def _with_appendix(restored: Path, replaced: Path, person: str) -> pl.DataFrame | None:
    """Write into the warehouse `restored` what that of `replaced` knows and it does not, and return it."""
    with in_memory(), duckdb.connect(str(restored)) as connection:
        if warehouse_version(connection) < VERSION:
            bring_forward(connection)
        lost = lost_by(connection, replaced)
        if lost is not None and not lost.is_empty():
            keep(connection, lost, person=person)
        carry_over(connection, replaced)
        connection.execute("CHECKPOINT")
    return lost


def about_table(about: About, name: str, title: str) -> Table:
    """Return what a backup holds as a table of one row."""
    return Table(name, title, pl.DataFrame([asdict(about)]))


def lost_table(lost: pl.DataFrame | None) -> list[Table]:
    """Return what a restore replaced and the backup does not know; nothing if there is nothing."""
    if lost is None:
        found = "the replaced warehouse cannot be read: what it knew beyond the backup is not known"
        return [Table("replaced", "What the backup does not know", pl.DataFrame({"found": [found]}))]
    if lost.is_empty():
        return []
    columns = ["what", "name", "payee_id", "payout_period", "amount", "currency", "person", "happened_at"]
    return [Table("replaced", "What the backup does not know, kept in the appendix", lost.select(columns))]


@contextmanager
def _opened(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse as it is: a backup of an older one is made before it is migrated."""
    connection = open_file(workspace, read_only=False)
    try:
        with database_errors(workspace):
            yield connection
    finally:
        connection.close()


def _open_copy(path: Path, source: Path, about: About) -> None:
    """Open the unpacked warehouse read-only and refuse it unless it is the one the backup describes."""
    if about.warehouse_version > VERSION:
        found = f"the backup is of a warehouse of version {about.warehouse_version}, this Rebatch knows up to {VERSION}"
        raise TerminalError(Problem(found, "use the Rebatch that made it, or a newer one", at=Place(str(source))))
    try:
        # The file may come from anywhere: nothing in it may read or write other files.
        with duckdb.connect(str(path), read_only=True, config={"enable_external_access": False}) as connection:
            version = warehouse_version(connection)
            head = head_of(connection) if version else (0, "")
    except duckdb.Error as error:
        raise damaged_backup(source, f"its warehouse cannot be opened ({first_line(error)})") from error
    if (version, *head) != (about.warehouse_version, about.postings, about.ledger_hash):
        raise damaged_backup(source, "its warehouse is not the one it speaks of")


def _keep_replaced(workspace: Workspace) -> None:
    """Give the warehouse that is to be replaced a second name, and leave no log for the new one to replay.

    A warehouse that can be opened takes its log in first; that of a damaged one stays under its second name alone.
    """
    path = workspace.warehouse_path
    log = path.with_name(f"{path.name}.wal")
    for old in (path, log):
        if old.exists():
            _name_again(old)
    try:
        open_file(workspace, read_only=False).close()
    except RebatchError:
        log.unlink(missing_ok=True)


def _name_again(old: Path) -> None:
    """Keep `old` under a second name that ends in .replaced: a rename would leave a moment without a warehouse."""
    kept = old.with_name(f"{old.name}.replaced")
    kept.unlink(missing_ok=True)
    try:
        os.link(old, kept)
    except OSError:  # a file system without second names, such as exFAT
        shutil.copyfile(old, kept)
