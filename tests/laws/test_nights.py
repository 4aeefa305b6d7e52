"""A year of nights per seed, with crashes: it verifies, nobody is paid twice, what is posted is what was earned."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.faults.disturbed import ROOT

SECONDS = 40


@pytest.mark.long
@pytest.mark.timeout(SECONDS * 10)
@pytest.mark.parametrize("first", [1, 2])
def test_nights_hold(first: int) -> None:
    seeds = [str(seed) for seed in range(first, 100, 2)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.laws.nights", str(SECONDS), *seeds],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"},
    )
    if done.returncode:
        pytest.fail(done.stdout or done.stderr, pytrace=False)
    assert int(done.stdout.split()[0]) > 0
