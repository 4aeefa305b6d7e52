"""Folders that appear whole or not at all: drafted beside their final name, synced, and renamed in one step."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pipelines.workspace.files import (
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    make_private_folder,
    sha256_of_file,
    storage_errors,
)
from schemas.errors import BooksError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

DRAFT = ".rebatch-draft-"
"""How the names of unfinished folders begin: by it Rebatch knows what it may delete."""

SYNCED_AT_ONCE = 8
"""Files synced at the same time: a disk brings several to rest in little more time than one."""


@contextmanager
def draft_folder(final: Path) -> Iterator[Path]:
    """Create a private folder next to `final` to write into, and delete it afterwards unless it was published.

    Drafts left by killed runs are removed first: the caller holds the workspace, so nobody is writing to them.

    Raises:
        StorageError: the disk is full or cannot be written; nothing is left half-written.
    """
    draft = final.with_name(f"{DRAFT}{final.name}")
    make_private_folder(final.parent)
    with storage_errors(final):
        for leftover in final.parent.glob(f"{DRAFT}*"):
            if leftover.is_dir() and not leftover.is_symlink():
                shutil.rmtree(leftover)
        draft.mkdir(mode=PRIVATE_FOLDER)
    try:
        with storage_errors(final):
            yield draft
    finally:
        # After publishing it has another name, and there is nothing to remove.
        shutil.rmtree(draft, ignore_errors=True)


def write_file(folder: Path, relative: str, content: bytes) -> None:
    """Write one new private file; `relative` uses forward slashes and must stay inside `folder`.

    `publish_folder` makes it durable.

    Raises:
        ValueError: `relative` leads outside.
    """
    path = _inside(folder, relative)
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    # O_EXCL: two files of one name would be a mistake in the program, and must not replace each other silently.
    _write(path, content, os.O_CREAT | os.O_EXCL)


def add_to_file(folder: Path, relative: str, content: bytes) -> None:
    """Write more at the end of a file that `write_file` began.

    Raises:
        ValueError: `relative` leads outside.
    """
    _write(_inside(folder, relative), content, os.O_APPEND)


def _inside(folder: Path, relative: str) -> Path:
    parts = PurePosixPath(relative).parts
    if not parts or ".." in parts or PurePosixPath(relative).is_absolute():
        message = f"not a path inside the folder: {relative!r}"
        raise ValueError(message)
    return folder.joinpath(*parts)


def _write(path: Path, content: bytes, how: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | how, PRIVATE_FILE), "wb") as file:
        file.write(content)


def publish_folder(draft: Path, final: Path) -> bool:
    """Publish `draft` under its final name; returns False when the same bytes were published before.

    Raises:
        BooksError: `final` is there with other content than `draft`, naming the files that differ.
    """
    if final.exists():
        _refuse_changes(draft, final)
        return False
    _sync_all(draft)
    draft.rename(final)
    # Makes the rename itself durable.
    _sync(final.parent)
    return True


def _refuse_changes(draft: Path, final: Path) -> None:
    """Refuse to publish when `final` has files that are missing, added or different."""
    new, old = _files(draft), _files(final)
    faults = [(name, "is missing from") for name in new - old]
    faults += [(name, "is not part of") for name in old - new]
    faults += [
        (name, "differs in") for name in new & old if sha256_of_file(draft / name) != sha256_of_file(final / name)
    ]
    if faults:
        todo = "find out who changed it; to publish this run anew, move the folder away and run again"
        place = f"{final.parent.name}/{final.name}"
        problems = (
            Problem(f"the file {fault} what was published", todo, at=Place(f"{place}/{name}")) for name, fault in faults
        )
        raise BooksError(*problems)


def _files(folder: Path) -> set[str]:
    """Return the relative paths of the files in `folder`, without hidden ones: file managers leave those behind."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
    return {path.as_posix() for path in paths if not any(part.startswith(".") for part in path.parts)}


def _sync_all(draft: Path) -> None:
    """Make everything in a folder durable: after a power failure the final name must not lead to empty files."""
    paths = list(draft.rglob("*"))
    with ThreadPoolExecutor(SYNCED_AT_ONCE) as hands:
        # A list, so that an error is raised here.
        list(hands.map(_sync, (path for path in paths if not path.is_dir())))
    # The names in a folder are durable only once the folder itself is synced: inner ones first, then the draft.
    for folder in (*(path for path in paths if path.is_dir()), draft):
        _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
