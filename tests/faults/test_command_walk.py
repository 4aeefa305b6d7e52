"""Nothing ends in a traceback: every command of the command line under every fault of the machine."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.books.backup import backup
from pipelines.workspace.configuration import open_workspace
from tests.faults.disturbed import ROOT
from tests.turns import turn

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import BuiltOnce

SHARES = 13
"""Shares of the walk, of which each day takes one: with so many, each has all commands and nearly all faults."""


@pytest.fixture(scope="module")
def books(booked: Path, built_once: BuiltOnce) -> Path:
    """A workspace that was run and backed up once, in a folder of its own to copy from."""

    def build(root: Path) -> None:
        shutil.copytree(booked, root / "books", symlinks=True)
        backup(open_workspace(root / "books"), root / "books" / "kept.tar")

    return built_once("walked", build) / "books"


def walk(books: Path, every: int, first: int = 0) -> int:
    """Walk through every so many of the cases, in a process of its own; return how many there were."""
    command = [sys.executable, "-m", "tests.faults.command_walk", str(books), str(every), str(first)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["flaws"] == []
    return int(report["walked"])


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_commands_end_with_a_sentence_and_an_exit_code_under_every_fault(books: Path) -> None:
    assert walk(books, SHARES, turn(SHARES)) > 240
