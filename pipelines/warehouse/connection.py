"""The connection to the workspace's one DuckDB file, open only while a stage needs it."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import duckdb

from pipelines.warehouse.frames import in_memory
from pipelines.warehouse.migrations import bring_forward, is_behind
from pipelines.warehouse.quoting import literal
from pipelines.workspace.files import PRIVATE_FILE, private_files
from schemas.errors import Place, Problem, StorageError, TerminalError, WorkspaceBusyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.workspace.configuration import Workspace


_INTERRUPTED = "Query interrupted"
"""The text of the RuntimeError that DuckDB raises for an interrupted query; it has no class of its own for that."""


@contextmanager
def connect(workspace: Workspace, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse of `workspace`; a new one gets its tables, one of an older version is migrated.

    With `read_only` a missing warehouse is refused and others may read it at the same time.

    Raises:
        WorkspaceBusyError: another process has the file open.
        StorageError: the disk is full or the file cannot be written.
        TerminalError: the file is not a warehouse, is one of a newer Rebatch, or there is none to read.
        KeyboardInterrupt: a person has ended a query.
    """
    # The umask first: DuckDB creates its log and spill files itself, with the mode the umask allows.
    with private_files(), _storage_errors(workspace), in_memory():
        if read_only:
            _require(workspace)
        connection = open_file(workspace, read_only=read_only)
        try:
            if is_behind(connection, workspace.warehouse_path.name):
                connection = _brought_forward(connection, workspace, read_only=read_only)
            if workspace.books is not None:
                # A scratch or past workspace shows the rows of the real warehouse through views on this catalogue.
                connection.execute(f"ATTACH {literal(str(workspace.books))} AS books (READ_ONLY)")
            yield connection
        finally:
            connection.close()


def _brought_forward(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, *, read_only: bool
) -> duckdb.DuckDBPyConnection:
    """Return a connection to the migrated warehouse; for a reader it is reopened for writing first."""
    if not read_only:
        bring_forward(connection)
        return connection
    connection.close()
    # DuckDB cannot have one file open for reading and for writing in the same process.
    writing = open_file(workspace, read_only=False)
    try:
        bring_forward(writing)
    finally:
        writing.close()
    return open_file(workspace, read_only=True)


@contextmanager
def _storage_errors(workspace: Workspace) -> Iterator[None]:
    """Turn DuckDB's errors about a full or broken disk into a StorageError that names the warehouse."""
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException, duckdb.FatalException) as error:
        # DuckDB raises OutOfMemoryException both for memory and for a full disk of the spill folder.
        raise _storage(workspace, error) from error
    except duckdb.TransactionException as error:
        if "write file" not in str(error):
            raise
        # A commit that found no disk space for its log; DuckDB has rolled it back, so the books are unchanged.
        raise _storage(workspace, error) from error
    except RuntimeError as error:
        if str(error) == _INTERRUPTED:  # how DuckDB reports Ctrl-C
            raise KeyboardInterrupt from error
        raise


def _require(workspace: Workspace) -> None:
    if not workspace.warehouse_path.exists():
        todo = "run `rebatch run` first: it makes the warehouse"
        raise TerminalError(
            Problem("there is no warehouse in this workspace yet", todo, at=Place(workspace.warehouse_path.name))
        )


def open_file(workspace: Workspace, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Open the warehouse file whatever its version, and make it readable by its owner alone.

    Raises:
        WorkspaceBusyError: another process has the file open.
        StorageError: the file cannot be read or written.
        TerminalError: the file is not a warehouse.
    """
    path = workspace.warehouse_path
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": workspace.config.memory_limit,
        "temp_directory": str(workspace.root / "spill"),
        # Nothing is downloaded or loaded behind the user's back: a run must not depend on a network.
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,  # a Python variable must never be taken for a table of the same name
        "checkpoint_threshold": "128MB",  # default 16MB; larger, so that a run merges its log into the file once
    }
    if workspace.config.threads is not None:
        config["threads"] = workspace.config.threads
    try:
        connection = duckdb.connect(str(path), read_only=read_only, config=config)
    except duckdb.IOException as error:
        # DuckDB has no class of its own for a file locked by another process: only the text of the error tells.
        if "lock" in str(error).lower():
            todo = "wait until it has finished, or end it"
            raise WorkspaceBusyError(
                Problem("another process has the warehouse open", todo, at=Place(path.name))
            ) from error
        raise _storage(workspace, error) from error
    except (duckdb.SerializationException, duckdb.InvalidInputException) as error:
        found = f"the file is not a warehouse that can be read ({_first_line(error)})"
        raise TerminalError(Problem(found, "restore it from a backup", at=Place(path.name))) from error
    if not read_only:
        # Also for a file of an earlier version or one that was copied here with a wider mode.
        path.chmod(PRIVATE_FILE)
    return connection


def checkpoint(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the log into the database file, unless a transaction is open.

    Otherwise DuckDB does it when the connection closes, while the user waits.
    """
    # Another cursor is inside a transaction: no harm, the log is merged on closing.
    with suppress(duckdb.TransactionException):
        connection.execute("CHECKPOINT")


def _storage(workspace: Workspace, error: duckdb.Error) -> StorageError:
    found = f"the warehouse could not be read or written ({_first_line(error)})"
    todo = "free disk space or give write permission, then run again: nothing was half done"
    return StorageError(Problem(found, todo, at=Place(workspace.warehouse_path.name)))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
