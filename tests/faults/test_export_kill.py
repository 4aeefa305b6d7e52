"""An export is killed at any instant and started again: one batch, whole, and nothing in two of them."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from pipelines.books.decisions import record
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace
from rules.ledger.decisions import Decision
from tests.faults.disturbed import ROOT, books_of, run
from tests.faults.test_kill import half_published

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEPT = ("batch_payouts", "batch_files")


def start(root: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", "import cli; cli.main()", "-w", str(root), "export", "--yes", "--by", "bob"]
    return subprocess.Popen([*command, "--as-of", "2026-12-01"], cwd=ROOT, stdout=subprocess.DEVNULL)


def batches_of(root: Path) -> tuple[object, ...]:
    with connect(open_workspace(root), read_only=True) as connection:
        tables = [connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in KEPT]
        exports = connection.execute("SELECT subject, reference, note FROM decisions WHERE kind = 'export'").fetchall()
    files = {path: sha for path, sha in books_of(root).files.items() if path.startswith("out/export-")}
    return (*tables, sorted(exports), files)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_killed_at_any_instant(small: Path, copy_workspace: Callable[..., Path], tmp_path: Path) -> None:
    root = copy_workspace(small)
    assert run(root)[0] == 0
    with connect(open_workspace(root)) as connection:
        ids = connection.execute("SELECT payout_id FROM payouts WHERE amount > 0").fetchall()
        record(connection, [Decision("approve", payout_id, "approved", "ann") for (payout_id,) in ids])
    undisturbed = shutil.copytree(root, tmp_path / "undisturbed")
    began = time.monotonic()
    assert start(undisturbed).wait(120) == 0
    seconds, expected = time.monotonic() - began, batches_of(undisturbed)
    dice, killed = random.Random(4), 0
    for n in range(12):
        disturbed = shutil.copytree(root, tmp_path / str(n))
        # The second half of the time is where it works; before it, Python reads its modules.
        for _ in range(2):
            process = start(disturbed)
            time.sleep(dice.uniform(0.5, 1) * seconds)
            killed += process.poll() is None
            process.kill()
            process.wait()
            assert list(half_published(disturbed)) == []
        assert start(disturbed).wait(120) == 0
        assert batches_of(disturbed) == expected
    assert killed >= 6
