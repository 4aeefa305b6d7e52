"""The progress of a command: bars in a terminal; without one, none."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelines.console.stage_progress import Silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.console.stage_progress import Progress


@contextmanager
def progress() -> Iterator[Progress]:
    """Start progress bars on standard error, or none if that is not a terminal."""
    if not sys.stderr.isatty():
        yield Silent()
        return
    from pipelines.console.bars import Bars

    with Bars() as bars:
        yield bars
