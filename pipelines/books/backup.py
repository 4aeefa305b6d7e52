"""Backups: one verified file that holds the whole warehouse, from which every run's files can be made again."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING, Any

import duckdb
import polars as pl

from pipelines.books.seals import head_of
from pipelines.console.tables import Table
from pipelines.warehouse.connection import open_file
from pipelines.warehouse.migrations import VERSION, warehouse_version
from pipelines.workspace.files import create_private, storage_errors
from schemas.errors import BooksError, Place, Problem, TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

ABOUT = "backup.json"
BOOKS = "warehouse.duckdb"
"""The two parts of a backup, in this order: an uncompressed tar, so that the books can be taken out without Rebatch."""

_CHUNK = 1 << 20


@dataclass(frozen=True)
class About:
    """What a backup states about the warehouse in it: digest, size in bytes, schema version, postings, last hash."""

    sha256: str
    bytes: int
    warehouse_version: int
    postings: int
    ledger_hash: str


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
    if not path.exists():
        raise TerminalError(Problem("there is no warehouse to back up", "`rebatch run` makes one", at=Place(path.name)))
    beside = target.with_name(f".{target.name}.tmp")
    with storage_errors(target):
        try:
            about = _describe(workspace)
            with create_private(beside) as file:
                _write(file, path, about)
                file.flush()
                os.fsync(file.fileno())
            # Read back before it gets its name: a backup that cannot be read is worse than none.
            _unpack(beside, None)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    return about


def restore(workspace: Workspace, source: Path, *, overwrite: bool = False) -> About:
    """Restore the warehouse of the backup `source` in place of the workspace's, whole or not at all.

    The caller holds the workspace. With `overwrite` the old warehouse is kept next to it, its name ending in
    `.replaced`.

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
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with create_private(beside) as file:
                about = _unpack(source, file)
                os.fsync(file.fileno())
            _open_copy(beside, source, about)
            # The log first: a restored file next to the old one's log would have that log replayed into it. Killed
            # between these renames, nothing is lost: both old files are kept as .replaced.
            for name in (f"{path.name}.wal", path.name):
                _set_aside(path.with_name(name))
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    return about


def about_table(about: About, name: str, title: str) -> Table:
    """Return what a backup holds as a table of one row."""
    return Table(name, title, pl.DataFrame([asdict(about)]))


def _describe(workspace: Workspace) -> About:
    """Write all committed changes into the one file, and return what is in it."""
    connection = open_file(workspace, read_only=False)
    try:
        # Merges the log, so that copying one file copies everything.
        connection.execute("CHECKPOINT")
        version = warehouse_version(connection)
        postings, head = head_of(connection) if version else (0, "")
    finally:
        connection.close()
    path = workspace.warehouse_path
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return About(sha256, path.stat().st_size, version, postings, head)


def _write(file: IO[bytes], books: Path, about: About) -> None:
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        text = json.dumps(asdict(about), indent=1).encode()
        archive.addfile(_member(ABOUT, len(text)), io.BytesIO(text))
        with books.open("rb") as content:
            archive.addfile(_member(BOOKS, about.bytes), content)


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def _unpack(source: Path, target: IO[bytes] | None) -> About:
    """Copy the books in the backup to `target`, if given, and refuse a backup that does not hold what it states."""
    try:
        with tarfile.open(source, mode="r:") as archive:
            # Two parts of known names, read as streams: a name in the archive never decides where something is written.
            about = _about(json.loads(_part(archive, ABOUT).read(_CHUNK)))
            digest, size = hashlib.sha256(), 0
            for chunk in _chunks(_part(archive, BOOKS)):
                digest.update(chunk)
                size += len(chunk)
                if target is not None:
                    target.write(chunk)
    except (tarfile.TarError, ValueError, TypeError, KeyError) as error:
        raise _damaged(source, f"it is not a backup that can be read ({error})") from error
    except FileNotFoundError as error:
        raise TerminalError(Problem("there is no such file", "name a backup", at=Place(str(source)))) from error
    if (digest.hexdigest(), size) != (about.sha256, about.bytes):
        raise _damaged(source, "what is in it is not what was backed up: it was changed or cut off")
    return about


def _about(said: dict[str, Any]) -> About:
    return About(
        str(said["sha256"]),
        int(said["bytes"]),
        int(said["warehouse_version"]),
        int(said["postings"]),
        str(said["ledger_hash"]),
    )


def _part(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    part = archive.extractfile(archive.getmember(name))
    if part is None:
        message = f"{name} is not a file"
        raise ValueError(message)
    return part


def _chunks(part: IO[bytes]) -> Iterator[bytes]:
    while chunk := part.read(_CHUNK):
        yield chunk


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
        raise _damaged(source, f"its warehouse cannot be opened ({str(error).splitlines()[0]})") from error
    if (version, *head) != (about.warehouse_version, about.postings, about.ledger_hash):
        raise _damaged(source, "its warehouse is not the one it speaks of")


def _set_aside(path: Path) -> None:
    """Rename the file to .replaced, if it is there."""
    if path.exists():
        path.replace(path.with_name(f"{path.name}.replaced"))


def _damaged(source: Path, found: str) -> TerminalError:
    return TerminalError(Problem(found, "use another backup: nothing was changed", at=Place(str(source))))
