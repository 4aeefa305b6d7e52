"""The connection to the workspace's one DuckDB file, open only while a stage needs it."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import duckdb

from pipelines.warehouse.backup_file import write_backup
from pipelines.warehouse.contents import refuse_strange, show_views
from pipelines.warehouse.database_errors import database_errors
from pipelines.warehouse.frames import in_memory
from pipelines.warehouse.ledger_head import head_of
from pipelines.warehouse.lost_warehouse import refuse_lost
from pipelines.warehouse.migrations import bring_forward, is_behind, warehouse_version
from pipelines.warehouse.quoting import literal, pattern
from pipelines.warehouse.spill import remove_leftovers
from pipelines.workspace.files import PRIVATE_FILE, make_private_folder, private_files, storage_errors
from pipelines.workspace.process_limits import refuse_little_memory
from pipelines.workspace.regular_files import require_regular
from schemas.errors import Place, Problem, StorageError, TerminalError, WorkspaceBusyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.workspace.configuration import Workspace


@contextmanager
def connect(workspace: Workspace, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse of `workspace`; a new one gets its tables, one of an older version is migrated.

    With `read_only` a missing warehouse is refused and others may read it at the same time.

    Raises:
        WorkspaceBusyError: another process has the file open.
        DamageError: the file is damaged or no warehouse.
        MemoryLimitError: the work does not fit into `memory_limit`.
        StorageError: the disk is full or the file cannot be written.
        TerminalError: the file is one of a newer Rebatch, or there is none to read.
        BooksError: there is none, but traces of earlier runs.
        KeyboardInterrupt: a person has ended a query.
    """
    # The umask first: DuckDB creates its log and spill files itself, with the mode the umask allows.
    with private_files(), database_errors(workspace), in_memory():
        if workspace.books is None:
            refuse_lost(workspace)
        if read_only:
            _require(workspace)
        is_new = not os.path.lexists(workspace.warehouse_path)
        connection = open_file(workspace, read_only=read_only)
        try:
            if _may_reach_out(connection):
                if is_new:
                    bring_forward(connection)
                elif is_behind(connection, workspace.warehouse_path.name):
                    connection = _brought_forward(connection, workspace, read_only=read_only)
                _shut_in(connection, workspace)
                if workspace.books is None and not is_new:
                    refuse_strange(connection, workspace.warehouse_path.name)
            if workspace.books is not None:
                # A scratch or past workspace shows the rows of the real warehouse through views on this catalogue.
                connection.execute(f"ATTACH {literal(str(workspace.books))} AS books (READ_ONLY)")
            show_views(connection)
            yield connection
        finally:
            connection.close()


def _brought_forward(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, *, read_only: bool
) -> duckdb.DuckDBPyConnection:
    """Return a connection to the migrated warehouse, backed up before; a reader reopens it for writing first."""
    if not read_only:
        _migrate(connection, workspace)
        return connection
    connection.close()
    # DuckDB cannot have one file open for reading and for writing in the same process.
    writing = open_file(workspace, read_only=False)
    try:
        _migrate(writing, workspace)
    finally:
        writing.close()
    return open_file(workspace, read_only=True)


def _migrate(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    if version := warehouse_version(connection):
        # There is no way back from a migration but a backup. Named by what is in it: the same books are kept once.
        _, head = head_of(connection)
        target = workspace.backups_dir / f"before-migration-of-version-{version}-{head[:12]}.tar"
        make_private_folder(target.parent)
        write_backup(connection, workspace.warehouse_path, target)
    bring_forward(connection)


def _may_reach_out(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether queries can reach files outside the workspace's own folders.

    If not, another connection of this process has the file open, which has looked at it and shut it in.
    """
    [(may_reach,)] = connection.execute("SELECT current_setting('enable_external_access')").fetchall()
    return bool(may_reach)


def _shut_in(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """Keep queries from files outside the workspace's own folders."""
    own = {f"{folder.resolve()}/" for folder in (workspace.root, workspace.made_in)}
    # A file that is read is compared as the pattern by which it is read.
    folders = sorted({*own, *map(pattern, own)})
    books = [] if workspace.books is None else [str(workspace.books), f"{workspace.books}.wal"]
    connection.execute(f"SET allowed_directories = [{', '.join(map(literal, folders))}]")
    connection.execute(f"SET allowed_paths = [{', '.join(map(literal, books))}]")
    connection.execute("SET enable_external_access = false")


def _require(workspace: Workspace) -> None:
    if not os.path.lexists(workspace.warehouse_path):
        todo = "run `rebatch run` first: it makes the warehouse"
        raise TerminalError(
            Problem("there is no warehouse in this workspace yet", todo, at=Place(workspace.warehouse_path.name))
        )


def open_file(workspace: Workspace, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Open the warehouse file whatever its version, and make it readable by its owner alone.

    Raises:
        WorkspaceBusyError: another process has the file open.
        StorageError: the file cannot be read or written.
        DamageError: the file is damaged or no warehouse.
    """
    path = workspace.warehouse_path
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": workspace.config.memory_limit,
        "temp_directory": str(workspace.spill_dir),
        # Nothing is downloaded or loaded behind the user's back: a run must not depend on a network.
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,  # a Python variable must never be taken for a table of the same name
        "checkpoint_threshold": "128MB",  # default 16MB; larger, so that a run merges its log into the file once
    }
    if workspace.config.threads is not None:
        config["threads"] = workspace.config.threads
    refuse_little_memory(workspace.config.memory_limit)
    if os.path.lexists(path):
        require_regular(path)
    try:
        with database_errors(workspace):
            connection = duckdb.connect(str(path), read_only=read_only, config=config)
    except StorageError as error:
        # DuckDB has no class of its own for a file locked by another process: only the text of the error tells.
        if "lock" in str(error.__cause__).lower():
            todo = "wait until it has finished, or end it"
            raise WorkspaceBusyError(
                Problem("another process has the warehouse open", todo, at=Place(path.name))
            ) from error
        raise
    if not read_only:
        try:
            # Also for a file of an earlier version or one that was copied here with a wider mode.
            with storage_errors(path):
                path.chmod(PRIVATE_FILE)
            # Nobody else has the warehouse open: DuckDB lets in one writer, or readers.
            remove_leftovers(workspace.spill_dir)
        except StorageError:
            connection.close()
            raise
    return connection


def checkpoint(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the log into the database file, unless a transaction is open.

    Otherwise DuckDB does it when the connection closes, while the user waits.
    """
    # Another cursor is inside a transaction: no harm, the log is merged on closing.
    with suppress(duckdb.TransactionException):
        connection.execute("CHECKPOINT")
