"""Folders that appear whole: written beside their final name, synced, and renamed in one step."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pipelines.workspace.private import PRIVATE_FILE, PRIVATE_FOLDER
from schemas.errors import BooksError, Place, Problem, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

STORAGE_FAULTS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EFBIG})


@contextmanager
def draft_folder(final: Path) -> Iterator[Path]:
    """Give a new private folder beside `final` to write into; it is gone afterwards unless it was published.

    Drafts that killed runs left are removed first: the caller holds the workspace, so nobody writes to them.

    Raises:
        StorageError: the disk is full or cannot be written; nothing is left half-written.
    """
    draft = final.with_name(f".{final.name}.tmp")
    with storage_errors(final):
        final.parent.mkdir(parents=True, exist_ok=True)
        for leftover in final.parent.glob(".*.tmp"):
            shutil.rmtree(leftover)
        draft.mkdir(mode=PRIVATE_FOLDER)
    try:
        with storage_errors(final):
            yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_file(folder: Path, relative: str, content: bytes) -> None:
    """Write and sync one new private file; `relative` uses forward slashes and stays inside `folder`."""
    parts = PurePosixPath(relative).parts
    if not parts or ".." in parts or PurePosixPath(relative).is_absolute():
        message = f"not a path inside the folder: {relative!r}"
        raise ValueError(message)
    path = folder.joinpath(*parts)
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def publish_folder(draft: Path, final: Path) -> bool:
    """Give `draft` its final name; False when the same bytes were published before.

    Raises:
        BooksError: `final` is there with other content than `draft`, naming the files that differ.
    """
    if final.exists():
        _refuse_changes(draft, final)
        return False
    for folder in (*(path for path in draft.rglob("*") if path.is_dir()), draft):
        _sync(folder)
    draft.rename(final)
    _sync(final.parent)
    return True


@contextmanager
def storage_errors(place: Path) -> Iterator[None]:
    """Turn a full, read-only or broken disk into a `StorageError` that names `place`."""
    try:
        yield
    except OSError as error:
        if error.errno not in STORAGE_FAULTS:
            raise
        found = f"the files cannot be written ({error.strerror})"
        todo = "free disk space or give write permission, then run again: nothing was half done"
        raise StorageError(Problem(found, todo, at=Place(f"{place.parent.name}/{place.name}"))) from error


def _refuse_changes(draft: Path, final: Path) -> None:
    new, old = _files(draft), _files(final)
    faults = [(name, "is missing from") for name in new - old]
    faults += [(name, "is not part of") for name in old - new]
    faults += [(name, "differs in") for name in new & old if (draft / name).read_bytes() != (final / name).read_bytes()]
    if faults:
        todo = "find out who changed it; to publish this run anew, move the folder away and run again"
        place = f"{final.parent.name}/{final.name}"
        problems = (
            Problem(f"the file {fault} what was published", todo, at=Place(f"{place}/{name}")) for name, fault in faults
        )
        raise BooksError(*problems)


def _files(folder: Path) -> set[str]:
    """Name the files of `folder`, hidden ones apart: file managers and office programs leave those behind."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
    return {path.as_posix() for path in paths if not any(part.startswith(".") for part in path.parts)}


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
