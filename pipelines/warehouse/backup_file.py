"""The file of a backup: the whole warehouse with a description that proves it, written whole and read back."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING, Any

from pipelines.warehouse.ledger_head import head_of
from pipelines.warehouse.migrations import warehouse_version
from pipelines.workspace.files import create_private, sha256_of_file, storage_errors
from schemas.errors import Place, Problem, RebatchError, TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

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
    beside = target.with_name(f".{target.name}.tmp")
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
        raise damaged_backup(source, f"it is not a backup that can be read ({error})") from error
    except FileNotFoundError as error:
        raise TerminalError(Problem("there is no such file", "name a backup", at=Place(str(source)))) from error
    if (digest.hexdigest(), size) != (about.sha256, about.bytes):
        raise damaged_backup(source, "what is in it is not what was backed up: it was changed or cut off")
    return about


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


def _part(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    part = archive.extractfile(archive.getmember(name))
    if part is None:
        message = f"{name} is not a file"
        raise ValueError(message)
    return part


def _chunks(part: IO[bytes]) -> Iterator[bytes]:
    while chunk := part.read(_CHUNK):
        yield chunk
