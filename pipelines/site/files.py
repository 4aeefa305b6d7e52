"""The files of the site: each whole, written only where it changed, and gone when nobody wants it any more."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from pipelines.workspace.files import PART, make_own_folder, make_private_folder, storage_errors, write_whole
from pipelines.workspace.regular_files import read_regular

if TYPE_CHECKING:
    from pathlib import Path

INDEX = "made.json"


class SiteFiles:
    """The folder of the site while it is made. `changed` and `unchanged` count the files."""

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
        self.changed = self.unchanged = 0

    def write(self, path: str, content: bytes) -> None:
        """Write a file unless it is there with the same content.

        Raises:
            StorageError: the disk is full or may not be written; the file is as it was.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        if self._is_there(path, sha256, len(content)):
            self._keep(path, sha256)
            return
        target = self._folder / path
        make_private_folder(target.parent)
        write_whole(target, content)
        self._made[path] = sha256
        self.changed += 1

    def copy(self, path: str, source: Path, sha256: str) -> bool:
        """Copy a published file; returns False, and copies nothing, where it is not the one that was published.

        `sha256`: of the published file, or "" where that is not known.
        """
        if sha256 and self._is_there(path, sha256, source.stat().st_size):
            self._keep(path, sha256)
            return True
        content = read_regular(source)
        if sha256 and hashlib.sha256(content).hexdigest() != sha256:
            return False
        self.write(path, content)
        return True

    def finish(self) -> None:
        """Remove what was not made this time, and remember the rest."""
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
