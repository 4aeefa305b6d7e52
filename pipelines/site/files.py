"""The files of the site: each whole, written only where it changed, and gone when nobody wants it any more."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

from pipelines.workspace.files import PART, make_own_folder, make_private_folder, storage_errors, write_whole
from pipelines.workspace.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from concurrent.futures import Future
    from pathlib import Path

INDEX = "made.json"


AT_ONCE = 8
"""Files that are written at the same time: most of that is waiting until the disk has them."""

LARGE = 1_000_000
"""Bytes from which a file is written by itself: those that wait to be written are in memory."""


class SiteFiles:
    """The folder of the site while it is made; a context manager. `changed` and `unchanged` count the files."""

    def __init__(self, folder: Path) -> None:
        """Read what was made before.

        Raises:
            TerminalError: the folder is a link.
            StorageError: it cannot be written.
        """
        make_own_folder(folder)
        self._folder = folder
        self._before = _read_index(folder)
        self._made: dict[str, str] = {}
        self._writers = ThreadPoolExecutor(AT_ONCE)
        self._waiting: deque[Future[None]] = deque()
        self.changed = self.unchanged = 0

    def __enter__(self) -> Self:
        """Return the files themselves."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the writing; where something failed, what waits to be written is left out."""
        self._writers.shutdown(cancel_futures=True)

    def write(self, paths: Iterable[str], content: bytes) -> None:
        """Write a file in one or more places, unless it is there with the same content.

        Raises:
            StorageError: the disk is full or may not be written; a file is as it was. Maybe one written before.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        for path in paths:
            if self._is_there(path, sha256, len(content)):
                self._keep(path, sha256)
                continue
            target = self._folder / path
            make_private_folder(target.parent)
            if len(content) >= LARGE:
                write_whole(target, content, tidy=False)
            else:
                self._waiting.append(self._writers.submit(write_whole, target, content, tidy=False))
                self._wait(AT_ONCE)
            self._made[path] = sha256
            self.changed += 1

    def copy(self, paths: Sequence[str], source: Path, sha256: str) -> bool:
        """Copy a published file; returns False, and copies nothing, where it is not the one that was published.

        `sha256`: of the published file, or "" where that is not known.
        """
        size = source.stat().st_size
        if sha256 and all(self._is_there(path, sha256, size) for path in paths):
            for path in paths:
                self._keep(path, sha256)
            return True
        content = read_regular(source)
        if sha256 and hashlib.sha256(content).hexdigest() != sha256:
            return False
        self.write(paths, content)
        return True

    def _wait(self, most: int) -> None:
        """Wait until at most so many files are still being written."""
        while len(self._waiting) > most:
            self._waiting.popleft().result()

    def finish(self) -> None:
        """Remove what was not made this time, and remember the rest.

        Raises:
            StorageError: the disk is full or may not be written.
        """
        self._wait(0)
        with storage_errors(self._folder):
            for found in sorted(self._folder.rglob("*"), reverse=True):
                path = found.relative_to(self._folder).as_posix()
                if found.is_dir() and not found.is_symlink():
                    if not any(found.iterdir()):
                        found.rmdir()
                elif path not in self._made and path != INDEX:
                    found.unlink()
                    self.changed += not found.name.startswith(PART)
        write_whole(self._folder / INDEX, json.dumps(self._made, sort_keys=True, indent=0).encode())

    def _is_there(self, path: str, sha256: str, size: int) -> bool:
        # The size tells of a file that was cut short or edited by mistake, without reading all files every night.
        try:
            return self._before.get(path) == sha256 and (self._folder / path).stat().st_size == size
        except OSError:
            return False

    def _keep(self, path: str, sha256: str) -> None:
        self._made[path] = sha256
        self.unchanged += 1


def _read_index(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file that was made before; empty if that cannot be read."""
    try:
        read = json.loads(read_regular(folder / INDEX))
        return {str(path): str(sha256) for path, sha256 in read.items()}
    except (OSError, ValueError, AttributeError):
        return {}
