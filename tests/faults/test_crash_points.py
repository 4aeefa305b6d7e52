"""Every crash point: a command fails at each of its steps, by an error or by a kill; given again, nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.disturbed import FIRST, ROOT, SECOND, run
from tests.faults.journey import ACTS, travel
from tests.faults.steps import BY_ERROR, BY_KILL, TORN, writes
from tests.turns import turn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import BuiltOnce

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
EVERY = {"night": 12, "first run": 12, "exclude": 12, "export": 2, "reconcile": 2}
"""Of commands with very many steps, or that compute at each of them what would move, one in so many is taken: each day
others."""
EVERY_OF_THE_DEMO = 100


@pytest.fixture(scope="session")
def scenes(built_once: BuiltOnce) -> Path:
    """A workspace before each command on its way to money."""
    return built_once("scenes", travel)


def cut_off(before: Path, every: int, first: int, *arguments: str) -> dict[str, Any]:
    """Cut a command off at its steps, in another process, which has no threads yet; return what was found."""
    asked = [str(before), str(every), str(first), *arguments]
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.crash_points", *asked],
        cwd=ROOT, check=False, capture_output=True, text=True, env=os.environ | ONE_THREAD,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["faults"] == []
    return report


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ACTS)
def test_cut_off_at_every_step(scenes: Path, name: str) -> None:
    arguments = json.loads((scenes / f"{name}.json").read_text(encoding="utf-8"))
    every = EVERY.get(name, 1)
    report = cut_off(scenes / name, every, turn(every) + 1, *arguments)
    steps = sum(report["steps"].values())
    assert sum(report["cut_off"].values()) > steps // (every * 2)
    assert report["cut_off"][BY_KILL] > steps // (every * 6)
    assert report["cut_off"][BY_ERROR] > 0
    assert every > 1 or report["cut_off"][TORN] > 0


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_demo_cut_off_at_steps_here_and_there(demo: Path, copy_workspace: Callable[[Path], Path]) -> None:
    first = copy_workspace(demo)
    assert run(first, FIRST)[0] == 0
    report = cut_off(first, EVERY_OF_THE_DEMO, turn(EVERY_OF_THE_DEMO) + 1, "run", "--as-of", SECOND)
    assert report["cut_off"][BY_KILL] >= 2


@pytest.mark.parametrize(
    ("statement", "does"),
    [
        ("SELECT 1", False),
        ("-- why\n  FROM ledger", False),
        ("WITH a AS (SELECT 1) SELECT * FROM a", False),
        ("CREATE OR REPLACE TEMP TABLE a AS SELECT 1", False),
        ("WITH a AS (SELECT 1) INSERT INTO ledger FROM a", True),
        ("INSERT INTO loads VALUES (1)", True),
        ("/* all */ COPY loads TO 'a.parquet'", True),
        ("CHECKPOINT", True),
    ],
)
def test_a_statement_that_writes_is_a_step(statement: str, *, does: bool) -> None:
    assert writes(statement) == does
