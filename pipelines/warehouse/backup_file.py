"""The file of a backup: the whole warehouse with a description that proves it, written whole and read back."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING, Any

from pipelines.warehouse.ledger_head import head_of
from pipelines.warehouse.migrations import warehouse_version
from pipelines.workspace.files import create_private, fresh_part, sha256_of_file, storage_errors
from pipelines.workspace.regular_files import open_regular
from schemas.errors import Place, Problem, RebatchError, TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

ABOUT = "backup.json"
BOOKS = "warehouse.duckdb"
"""The two parts of a backup, in this order: an uncompressed tar, so that the books can be taken out without Rebatch."""

_CHUNK = 1 << 20
_LONGEST_ABOUT = 1 << 16
"""Bytes of the longest description: ours have some 300."""


@dataclass(frozen=True)
class About:
    """What a backup states about the warehouse in it: digest, size in bytes, schema version, postings, last hash."""

    sha256: str
    bytes: int
    warehouse_version: int
    postings: int
    ledger_hash: str


def write_backup(connection: duckdb.DuckDBPyConnection, warehouse: Path, target: Path) -> About:
    """Write the file `warehouse`, open as `connection`, into the backup `target`, and read it back to verify it.

    `target` appears whole or not at all, in the place of what was there. Nobody writes the warehouse meanwhile.

    Raises:
        TerminalError: what was written cannot be read back.
        StorageError: the disk is full or cannot be written.
    """
    # Merges the log, so that copying one file copies everything.
    connection.execute("CHECKPOINT")
    version = warehouse_version(connection)
    postings, head = head_of(connection) if version else (0, "")
    beside = fresh_part(target)
    with storage_errors(target):
        try:
            about = About(sha256_of_file(warehouse), warehouse.stat().st_size, version, postings, head)
            with create_private(beside) as file:
                _write(file, warehouse, about)
                file.flush()
                os.fsync(file.fileno())
            # Read back before it gets its name: a backup that cannot be read is worse than none.
            read_backup(beside, None)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    return about


def read_backup(source: Path, target: IO[bytes] | None) -> About:
    """Copy the books in the backup to `target`, if given, and refuse a backup that does not hold what it states.

    Raises:
        TerminalError: there is no such file, or it is not a whole backup.
    """
    try:
        with open_regular(source) as file, tarfile.open(fileobj=file, mode="r:") as archive:
            about = _read_about(archive)
            books = _part(archive, BOOKS, os.fstat(file.fileno()).st_size)
            # Read twice rather than written before it is known: what an archive claims may be any number of bytes.
            if (_digest(books), books.tell()) != (about.sha256, about.bytes):
                raise damaged_backup(source, "what is in it is not what was backed up: it was changed or cut off")
            if target is not None:
                books.seek(0)
                shutil.copyfileobj(books, target, _CHUNK)
    except (tarfile.TarError, ValueError, TypeError, KeyError) as error:
        raise damaged_backup(source, f"it is not a backup that can be read ({error})") from error
    except FileNotFoundError as error:
        raise TerminalError(Problem("there is no such file", "name a backup", at=Place(str(source)))) from error
    return about


def is_backup(path: Path) -> bool:
    """Return whether a file says of itself what backups say, be it whole or not."""
    try:
        with open_regular(path) as file, tarfile.open(fileobj=file, mode="r:") as archive:
            _read_about(archive)
    except (OSError, tarfile.TarError, ValueError, TypeError, KeyError):
        return False
    return True


def last_good_backup(folder: Path) -> Path | None:
    """Return the newest backup in `folder` that is whole; None if there is none."""
    newest_first = sorted(folder.glob("[!.]*.tar"), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    return next((path for path in newest_first if _is_whole(path)), None)


def damaged_backup(source: Path, found: str) -> TerminalError:
    """Return the error that says what is wrong with a backup."""
    return TerminalError(Problem(found, "use another backup: nothing was changed", at=Place(str(source))))


def _is_whole(path: Path) -> bool:
    try:
        read_backup(path, None)
    except (RebatchError, OSError):
        return False
    return True


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


def _about(said: dict[str, Any]) -> About:
    return About(
        str(said["sha256"]),
        int(said["bytes"]),
        int(said["warehouse_version"]),
        int(said["postings"]),
        str(said["ledger_hash"]),
    )


def _read_about(archive: tarfile.TarFile) -> About:
    return _about(json.loads(_part(archive, ABOUT, _LONGEST_ABOUT).read()))


def _part(archive: tarfile.TarFile, name: str, most: int) -> IO[bytes]:
    """Return the next part of the archive: two of known names follow each other, and nothing else is looked for."""
    member = archive.next()
    part = archive.extractfile(member) if member is not None and member.isreg() and not member.issparse() else None
    if member is None or member.name != name or part is None:
        message = f"{name} is not where it belongs"
        raise ValueError(message)
    if member.size > most:
        message = f"{name} claims {member.size:,} bytes, which cannot be"
        raise ValueError(message)
    return part


def _digest(books: IO[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(books):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(part: IO[bytes]) -> Iterator[bytes]:
    while chunk := part.read(_CHUNK):
        yield chunk
