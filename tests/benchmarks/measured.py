"""A program in a process of its own, with what the system says that it cost."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Cost:
    """What a process cost: seconds of CPU, in it and in the system for it, and its peak memory in MB.

    The peak is never below the memory of the process that began it."""

    seconds: float
    megabytes: float
    printed: str


PACKAGES = Path(sys.prefix) / "peers"
"""Where `make bench` installs libraries that only scripts of benchmarks may find."""


def cost_of(*arguments: str, packages: Path | None = None) -> Cost:
    """Run Python with `arguments` from the root of the repository, and return what it cost.

    `packages` is a folder with libraries that this program alone finds.

    Raises:
        RuntimeError: it did not end well.
    """
    env = os.environ | ({"PYTHONPATH": str(packages)} if packages else {})
    begun = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    assert begun.stdout is not None
    printed = begun.stdout.read()
    # Not wait(), which keeps the system's figures to itself.
    _, status, usage = os.wait4(begun.pid, 0)
    begun.returncode = os.waitstatus_to_exitcode(status)
    begun.stdout.close()
    if begun.returncode:
        message = f"{arguments} ended with {begun.returncode}: {printed}"
        raise RuntimeError(message)
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, printed)
