"""Commands of `rebatch`, each in a child of one process that has imported everything: a start costs no import.

The parent never uses DuckDB or Polars, whose threads a child would miss.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Self

from pipelines.books import runs
from pipelines.commands import options
from tests.faults.steps import put

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOT_NEEDED = ("pipelines.flows", "pipelines.prefect_server")
NOON = datetime(2026, 12, 31, 12, tzinfo=UTC)
"""When commands are given, if nothing else is said."""


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code, negative for a signal, and what it printed."""

    code: int
    printed: str


def import_everything() -> None:
    """Import all modules of the product, so that children need not."""
    importlib.import_module("cli")
    for floor in ("pipelines", "rules", "reports", "schemas"):
        path = importlib.import_module(floor).__path__
        for module in pkgutil.walk_packages(path, f"{floor}."):
            if not module.name.startswith(NOT_NEEDED):
                importlib.import_module(module.name)


def in_child(work: Callable[[], None], printed: Path) -> Ended:
    """Do `work` in a child that prints into the file `printed`."""
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        _be_child(work, printed)
    _, status = os.waitpid(pid, 0)
    return Ended(os.waitstatus_to_exitcode(status), printed.read_text(encoding="utf-8", errors="replace"))


def _be_child(work: Callable[[], None], printed: Path) -> None:
    """Do the work and end this process, whatever happens."""
    code: object = 99
    try:
        descriptor = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for standard in (1, 2):
            os.dup2(descriptor, standard)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        work()
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:  # noqa: BLE001  # the child of a test must not go on as the test
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def command(root: Path, *arguments: str, now: datetime = NOON) -> None:
    """Do as `rebatch -w ROOT …` does, with a clock that stands at `now`."""

    class StoppedClock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(now.timestamp(), tz)

    put(runs, datetime=StoppedClock)
    put(options, datetime=StoppedClock)
    sys.argv = ["rebatch", "-w", str(root), *arguments]
    importlib.import_module("cli").main()
