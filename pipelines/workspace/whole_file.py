"""A file that somebody asked for by name: there in whole, or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pipelines.workspace.whole_folder import storage_errors
from schemas.errors import Place, Problem, TerminalError

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(target: Path, content: bytes) -> None:
    """Write `content` to `target`, in the place of what was there.

    Raises:
        StorageError: the disk is full or may not be written.
        TerminalError: there is no such folder, or the name cannot be one of a file.
    """
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with storage_errors(target):
            beside.write_bytes(content)
            beside.replace(target)
    except OSError as error:
        found = f"the file cannot be written ({error.strerror})"
        raise TerminalError(Problem(found, "name a file in a folder that is there", at=Place(str(target)))) from error
    finally:
        beside.unlink(missing_ok=True)
