"""The power goes out: a run is killed at any instant, also inside a statement of SQL; as if nothing had happened."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults.disturbed import ROOT, SECOND, TELLING_RUN, Books, books_of, half_published, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STAGES = ("extract", "stage", "aggregate", "rate", "settle", "post", "publish")


def kill_in(root: Path, stage: str, *, after: float) -> bool:
    """Kill a run so many seconds after it began `stage`; say whether it was still running."""
    command = [sys.executable, "-c", TELLING_RUN, str(root), SECOND]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == stage:
                break
        time.sleep(after)
        was_running = process.poll() is None
        process.kill()
    return was_running


def stage_seconds(root: Path) -> dict[str, float]:
    """Measure how long each stage takes."""
    command = [sys.executable, "-c", TELLING_RUN, str(root), SECOND]
    began: dict[str, float] = {}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            began.setdefault(line.strip(), time.monotonic())
    assert process.returncode == 0
    ends = [*list(began.values())[1:], time.monotonic()]
    return {name: end - start for (name, start), end in zip(began.items(), ends, strict=True)}


def kill_through_every_stage(root: Path, dice: random.Random, seconds: dict[str, float]) -> int:
    """Kill one run in every stage, in any order, at a random moment; return how many were cut off."""
    killed = 0
    for stage in dice.sample(STAGES, len(STAGES)):
        killed += kill_in(root, stage, after=dice.uniform(0, seconds.get(stage, 0.05)))
        assert list(half_published(root)) == []
    return killed


@pytest.mark.long
def test_killed_in_every_stage(small: Path, small_books: Books, copy_workspace: Callable[[Path], Path]) -> None:
    seconds = stage_seconds(copy_workspace(small))
    assert tuple(seconds) == STAGES
    root = copy_workspace(small)
    killed = kill_through_every_stage(root, random.Random(23), seconds)
    assert killed >= len(STAGES) - 2
    assert run(root)[0] == 0
    assert books_of(root) == small_books
