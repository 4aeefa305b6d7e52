"""Privacy: what Rebatch writes holds names and figures of partners, so only its owner may read it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
_OF_OTHERS = 0o077


@contextmanager
def private_files() -> Iterator[None]:
    """Let whatever is created meanwhile, by any library (logs, spill files), be its owner's alone."""
    before = os.umask(_OF_OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def create_private(path: Path) -> IO[bytes]:
    """Open the file `path` for writing, empty, readable by its owner alone even if it was there before."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    os.fchmod(descriptor, PRIVATE_FILE)
    return os.fdopen(descriptor, "wb")
