"""The one DuckDB file of a workspace, opened only for as long as a stage needs it."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import resources
from typing import TYPE_CHECKING

import duckdb

from schemas.errors import Problem, StorageError, TerminalError, WorkspaceBusyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.workspace import Workspace

BOOKS_SQL = resources.files("pipelines").joinpath("sql/books.sql").read_text(encoding="utf-8")


@contextmanager
def connect(workspace: Workspace, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse of `workspace`, making its books if they are not there yet.

    Raises:
        WorkspaceBusyError: another process has the file open.
        StorageError: the disk is full or the file cannot be written.
        TerminalError: the file is not a warehouse, or there is none to read.
    """
    connection = _open(workspace, read_only=read_only)
    try:
        if not read_only:
            connection.execute(BOOKS_SQL)
        yield connection
    except (duckdb.OutOfMemoryException, duckdb.IOException, duckdb.FatalException) as error:
        # DuckDB says "out of memory" both for memory and for the spill folder's disk.
        raise _storage(workspace, error) from error
    except duckdb.TransactionException as error:
        if "write file" not in str(error):
            raise
        # A commit that found no room for its log: it was rolled back.
        raise _storage(workspace, error) from error
    finally:
        connection.close()


def _open(workspace: Workspace, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    path = workspace.warehouse_path
    if read_only and not path.exists():
        todo = "run `rebatch run` first: it makes the warehouse"
        raise TerminalError(Problem(path.name, 0, 0, "there is no warehouse in this workspace yet", todo))
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": workspace.config.memory_limit,
        "temp_directory": str(workspace.root / "spill"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if workspace.config.threads is not None:
        config["threads"] = workspace.config.threads
    try:
        return duckdb.connect(str(path), read_only=read_only, config=config)
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            todo = "wait until it has finished, or end it"
            raise WorkspaceBusyError(
                Problem(path.name, 0, 0, "another process has the warehouse open", todo)
            ) from error
        raise _storage(workspace, error) from error
    except (duckdb.SerializationException, duckdb.InvalidInputException) as error:
        found = f"the file is not a warehouse that can be read ({_first_line(error)})"
        raise TerminalError(Problem(path.name, 0, 0, found, "restore it from a backup")) from error


def _storage(workspace: Workspace, error: duckdb.Error) -> StorageError:
    found = f"the warehouse could not be read or written ({_first_line(error)})"
    todo = "free disk space or give write permission, then run again: nothing was half done"
    return StorageError(Problem(workspace.warehouse_path.name, 0, 0, found, todo))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
