"""Two runs at once: one works, the other waits or says who holds the workspace."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from pipelines.workspace.lock import hold
from schemas.errors import WorkspaceBusyError
from tests.faults.disturbed import Books, books_of, run, start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BUSY = WorkspaceBusyError.exit_code

HOLD_OPEN = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
print("open", flush=True)
sys.stdin.read()
"""


def test_the_second_says_who_holds_the_workspace(small: Path, copy_workspace: Callable[[Path], Path]) -> None:
    root = copy_workspace(small)
    before = books_of(root)
    with hold(root / "warehouse.lock"):
        code, out, err = run(root)
    assert code == BUSY
    assert out == ""
    assert f"process {os.getpid()} on " in err
    assert "Traceback" not in err
    assert books_of(root) == before


@pytest.mark.long
def test_the_second_waits_if_told_to(small: Path, small_books: Books, copy_workspace: Callable[[Path], Path]) -> None:
    root = copy_workspace(small)
    release = threading.Event()
    held = threading.Event()

    def holder() -> None:
        with hold(root / "warehouse.lock"):
            held.set()
            release.wait(60)

    thread = threading.Thread(target=holder)
    thread.start()
    held.wait(60)
    threading.Timer(1.5, release.set).start()
    code, _, err = run(root, "2026-11-23", "--wait", "60")
    thread.join()
    assert (code, err) == (0, "")
    assert books_of(root) == small_books


@pytest.mark.long
def test_both_at_once_leave_what_one_leaves(
    small: Path, small_books: Books, copy_workspace: Callable[[Path], Path]
) -> None:
    root = copy_workspace(small)
    both = [start(root), start(root)]
    printed = [process.communicate(timeout=120)[1] for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes in ([0, 0], [0, BUSY])
    assert all("holds the workspace" in err for process, err in zip(both, printed, strict=True) if process.returncode)
    assert books_of(root) == small_books


@pytest.mark.long
def test_an_analyst_with_the_warehouse_open_is_named_as_the_reason(
    small: Path, small_books: Books, copy_workspace: Callable[[Path], Path]
) -> None:
    root = copy_workspace(small)
    command = [sys.executable, "-c", HOLD_OPEN, str(root / "warehouse.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as analyst:
        assert analyst.stdout is not None
        assert analyst.stdout.readline() == "open\n"
        code, _, err = run(root)
        analyst.communicate("")
    assert code == BUSY
    assert "another process has the warehouse open" in err
    assert run(root)[0] == 0
    assert books_of(root) == small_books
