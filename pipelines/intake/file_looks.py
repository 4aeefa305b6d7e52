"""Two looks at a file: one that changes between them is still being written, and is not read."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from pipelines.intake.extract_list import fingerprint, still_written
from schemas.errors import ExtractError

if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from pathlib import Path

SETTLED_SECONDS = 1.0
"""A new file that was written within the last so many seconds is looked at again when they are over."""


def first_looks(root: Path, paths: Iterable[Path], known: Container[str]) -> dict[Path, str]:
    """Return the fingerprint of each file; waits a moment if one that is not `known` was written a moment ago."""
    looks = {path: _state(root, path) for path in paths}
    _let_settle([path for path, look in looks.items() if look not in known])
    return looks


def refuse_if_changed(path: Path, name: str, first_look: str) -> None:
    """Refuse a file that is not what it was at the first look.

    Raises:
        ExtractError: it changed.
    """
    if fingerprint(path, name) != first_look:
        raise ExtractError(still_written(name))


def _state(root: Path, path: Path) -> str:
    """Return the fingerprint of a file; "" for one that is gone meanwhile, which no file has."""
    try:
        return fingerprint(path, path.relative_to(root).as_posix())
    except OSError:
        return ""


def _let_settle(paths: Iterable[Path]) -> None:
    with suppress(OSError):
        age = time.time() - max((path.stat().st_mtime for path in paths), default=0.0)
        # A file of the future comes from a machine with another clock: its age is not known.
        if 0 <= age < SETTLED_SECONDS:
            time.sleep(SETTLED_SECONDS - age)
