"""Files that appear whole or not at all, readable by their owner alone; for folders see pipelines.workspace.folders.

They are written under a temporary name, synced, and renamed in one step.
"""

from __future__ import annotations

import errno
import glob
import hashlib
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pipelines.workspace.regular_files import open_regular, require_regular
from schemas.errors import Place, Problem, StorageError, TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

PRIVATE_FILE = 0o600
"""Mode of a file: its owner may read and write, nobody else anything."""
PRIVATE_FOLDER = 0o700
"""Mode of a folder: its owner may enter, read and write, nobody else anything."""
_OF_OTHERS = 0o077

PART = ".rebatch-part-"
"""How the names of unfinished files begin: by it Rebatch knows what it may delete."""

STORAGE_FAULTS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EFBIG})
"""Error numbers that mean a full, read-only, forbidden or broken disk, rather than a mistake in the program."""


@contextmanager
def private_files() -> Iterator[None]:
    """Set the umask so that whatever is created meanwhile, by any library, is accessible to its owner only."""
    before = os.umask(_OF_OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def create_private(path: Path) -> IO[bytes]:
    """Create the file `path` anew for writing, readable by its owner alone; a link of this name is not followed."""
    anew = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        descriptor = os.open(path, anew, PRIVATE_FILE)
    except FileExistsError:
        path.unlink()
        descriptor = os.open(path, anew, PRIVATE_FILE)
    # The umask may have taken away what the owner needs.
    os.fchmod(descriptor, PRIVATE_FILE)
    return os.fdopen(descriptor, "wb")


def fresh_part(target: Path) -> Path:
    """Return the name under which a file is written until it is whole, and remove what stopped commands left of it.

    It lies in the same folder, since a rename is atomic only within one file system, is marked as ours, and bears the
    number of the process, since two commands may write the same file.
    """
    beside = _part_of(target)
    begin = f"{beside.stem}."
    with suppress(OSError):  # that the folder cannot be written is told by whoever writes the part
        for path in target.parent.glob(f"{glob.escape(begin)}*"):
            process = path.name.removeprefix(begin)
            if process.isdecimal() and not _is_running(int(process)):
                path.unlink(missing_ok=True)
    return beside


def _part_of(target: Path) -> Path:
    return target.with_name(f"{PART}{target.name}.{os.getpid()}")


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # another user's
        return True
    return True


def remove_parts(folder: Path) -> None:
    """Remove the files that commands which were stopped left half-written in `folder`; nobody may write there now.

    Raises:
        StorageError: the folder cannot be written.
    """
    with storage_errors(folder):
        for path in folder.glob(f"{PART}*"):
            if not path.is_dir():
                path.unlink(missing_ok=True)


def write_whole(target: Path, content: bytes, *, tidy: bool = True) -> None:
    """Write `content` to the private file `target`, replacing what was there in one step.

    What stopped commands left of it is looked for in its folder and removed; `tidy` says no where a folder gets many
    files, and `remove_parts` does that once for all of them.

    Raises:
        StorageError: the disk is full or may not be written.
        TerminalError: there is no such folder, or the name cannot be one of a file.
    """
    beside = fresh_part(target) if tidy else _part_of(target)
    try:
        with storage_errors(target):
            if os.path.lexists(target):
                require_regular(target)
            with create_private(beside) as file:
                file.write(content)
                file.flush()
                # Before the rename: after a power failure the final name must not lead to an empty file.
                os.fsync(file.fileno())
            beside.replace(target)
    except OSError as error:
        found = f"the file cannot be written ({error.strerror})"
        raise TerminalError(Problem(found, "name a file in a folder that is there", at=Place(str(target)))) from error
    finally:
        with suppress(OSError):  # a name that cannot be one of a file cannot be removed either
            beside.unlink(missing_ok=True)


def refuse_other_kind(target: Path, *endings: str) -> None:
    """Refuse to replace a file of another kind than is written: a slip would take a rule file or the books.

    Raises:
        TerminalError: there is something under this name that ends in none of `endings`.
    """
    if os.path.lexists(target) and target.suffix.lower() not in endings:
        todo = f"name a new file, or one that ends in {' or '.join(endings)}"
        raise TerminalError(Problem("what is here is of another kind", todo, at=Place(str(target))))


def make_private_folder(folder: Path) -> None:
    """Create `folder` and what is missing above it, private; nothing happens if it is there.

    Raises:
        StorageError: the disk is full or may not be written.
    """
    with storage_errors(folder), private_files():
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)


def make_own_folder(folder: Path) -> None:
    """Create a folder of the workspace in which Rebatch writes, deletes and renames, and refuse a link in its place.

    Raises:
        TerminalError: it is a link: what lies behind it may be anybody's.
        StorageError: the disk is full or may not be written.
    """
    with storage_errors(folder):
        is_link = folder.is_symlink()
    if is_link:
        todo = "put a folder there; to keep it on another disk, move the whole workspace or mount that disk here"
        raise TerminalError(Problem("this is a link, and Rebatch deletes files there", todo, at=Place(folder.name)))
    make_private_folder(folder)


@contextmanager
def storage_errors(place: Path) -> Iterator[None]:
    """Turn an OSError about a full, read-only or broken disk into a `StorageError` that names `place`."""
    try:
        yield
    except OSError as error:
        if error.errno not in STORAGE_FAULTS:
            raise
        found = f"the files cannot be written ({error.strerror})"
        todo = "free disk space or give write permission, then run again: nothing was half done"
        raise StorageError(Problem(found, todo, at=Place(f"{place.parent.name}/{place.name}"))) from error


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
