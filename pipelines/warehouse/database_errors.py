"""What DuckDB's errors mean to whoever runs Rebatch: damage, too little memory, a full disk, a query ended by hand."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from pipelines.warehouse.backup_file import last_good_backup
from schemas.errors import DamageError, MemoryLimitError, Place, Problem, RebatchError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.workspace.configuration import Workspace

_INTERRUPTED = "Query interrupted"
"""The text of the RuntimeError that DuckDB raises for an interrupted query; it has no class of its own for that."""

# DuckDB raises the same few classes for very different causes: only the texts tell them apart (duckdb 1.5 to 2.0).
_DAMAGE = (
    "corrupt database file",
    "not a valid duckdb database file",
    "could not read enough bytes",
    "checksum",
    "failed to deserialize",
    "replaying wal",
)
_DISK_FULL = ("no space left", "disk quota", "write file", "max_temp_directory_size")
_IS_DAMAGE = (duckdb.SerializationException, duckdb.InternalException)


@contextmanager
def database_errors(workspace: Workspace) -> Iterator[None]:
    """Raise what DuckDB raises about the warehouse as an error that says what to do.

    Raises:
        DamageError: the file is damaged, cut off, or no warehouse at all.
        MemoryLimitError: the work does not fit into `memory_limit`.
        StorageError: the disk is full or cannot be read or written.
        KeyboardInterrupt: a person has ended a query.
    """
    try:
        yield
    except duckdb.Error as error:
        raise _explained(workspace, error) from error
    except RuntimeError as error:
        if str(error) == _INTERRUPTED:  # how DuckDB reports Ctrl-C
            raise KeyboardInterrupt from error
        raise


def _explained(workspace: Workspace, error: duckdb.Error) -> RebatchError:
    """Return the error that tells people what `error` means."""
    text = str(error).lower()
    if any(sign in text for sign in _DISK_FULL):
        return _storage(workspace, error)
    if isinstance(error, _IS_DAMAGE) or any(sign in text for sign in _DAMAGE):
        return _damage(workspace, first_line(error))
    if isinstance(error, duckdb.OutOfMemoryException):
        return _memory(workspace, error)
    if isinstance(error, duckdb.IOException | duckdb.FatalException):
        return _storage(workspace, error)
    return _strange(workspace, error)


def _damage(workspace: Workspace, what: str) -> DamageError:
    """Return the error that says that the warehouse is damaged, and which backup to put back."""
    # In the workspace itself, also where a rehearsal found the damage.
    backup = last_good_backup(workspace.root / workspace.backups_dir.name)
    put_back = "the damaged file is kept as warehouse.duckdb.replaced"
    if backup is None:
        todo = f"put your last backup back: `rebatch restore FILE --overwrite`; {put_back}"
    else:
        name = f"{workspace.backups_dir.name}/{backup.name}"
        todo = f"put the last good backup back: `rebatch restore {name} --overwrite`; {put_back}"
    found = f"the warehouse is damaged ({what})"
    return DamageError(Problem(found, todo, at=Place(workspace.warehouse_path.name)))


def first_line(error: Exception) -> str:
    """Return what an error says first."""
    return str(error).splitlines()[0]


def _strange(workspace: Workspace, error: Exception) -> DamageError:
    """Return the error that says that the warehouse lacks what a query needs: it is another file, or was changed."""
    found = f"the warehouse is not as Rebatch left it ({first_line(error)})"
    todo = "`rebatch verify` says what is wrong; put a backup back, or report this line if the books hold"
    return DamageError(Problem(found, todo, at=Place(workspace.warehouse_path.name)))


def _memory(workspace: Workspace, error: Exception) -> MemoryLimitError:
    limit = workspace.config.memory_limit
    found = f"the work does not fit into `memory_limit: {limit}` ({first_line(error)})"
    todo = "raise `memory_limit` in rebatch.yaml, or lower `threads`; nothing was half done"
    return MemoryLimitError(Problem(found, todo, at=Place(workspace.warehouse_path.name)))


def _storage(workspace: Workspace, error: Exception) -> StorageError:
    found = f"the warehouse could not be read or written ({first_line(error)})"
    todo = "free disk space or give write permission, then run again: nothing was half done"
    return StorageError(Problem(found, todo, at=Place(workspace.warehouse_path.name)))
