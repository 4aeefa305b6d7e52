"""Runs that are disturbed, and what must be the same afterwards as if nothing had happened."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

import pipelines
from pipelines.warehouse.contents import show_views

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(pipelines.__file__).resolve().parents[1]
FIRST, SECOND = "2026-10-05", "2026-11-23"

TELLING_RUN = """
import sys
from datetime import date
from pathlib import Path
from pipelines.books.runs import Run
from pipelines.stages import run_all
from pipelines.workspace.configuration import open_workspace

class Telling:
    def start(self, stage, total):
        print(stage, flush=True)
    def advance(self, n):
        pass
    def end(self):
        pass

run_all(open_workspace(Path(sys.argv[1])), Run(date.fromisoformat(sys.argv[2]), Telling()))
"""
"""A run that prints the name of each stage as it begins, so that a test can aim."""

KEPT = {
    "ledger": "SELECT * FROM ledger ORDER BY seq",
    "payouts": "SELECT * EXCLUDE (since_run) FROM payouts ORDER BY payout_id",
    "payout_lines": "SELECT seq, payout_id FROM payout_lines WHERE until_run IS NULL ORDER BY seq",
    "decisions": "SELECT * EXCLUDE (decided_at, previous_hash, hash) FROM decisions ORDER BY decision_seq",
    "settlements": "SELECT * FROM settlements ORDER BY ALL",
    "loads": "SELECT * EXCLUDE (loaded_at) FROM loads ORDER BY load_seq",
    "rejects": "SELECT * FROM rejects ORDER BY ALL",
    "rule_versions": "SELECT * FROM rule_versions ORDER BY rule_version",
    "runs": "SELECT run_id, as_of, load_seq, state FROM runs WHERE state = 'published' ORDER BY run_id",
    "transactions": "SELECT * FROM transactions ORDER BY ALL",
}


@dataclass(frozen=True)
class Books:
    """All that a workspace holds, to compare; files by their hashes, drafts and scratch apart."""

    tables: dict[str, list[tuple[Any, ...]]] = field(repr=False)
    files: dict[str, str]


def books_of(root: Path) -> Books:
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        show_views(connection)
        tables = {name: connection.execute(query).fetchall() for name, query in KEPT.items()}
    files = {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("out", "rejects")
        for path in sorted((root / folder).rglob("*"))
        if path.is_file()
    }
    return Books(tables, files)


def half_published(root: Path) -> Iterator[str]:
    """Name what stands under a final name without being whole."""
    for folder in (path for path in (root / "out").glob("*") if not path.name.startswith(".")):
        manifest = json.loads((folder / "manifest.json").read_bytes())
        for entry in manifest["files"]:
            if hashlib.sha256((folder / entry["path"]).read_bytes()).hexdigest() != entry["sha256"]:
                yield f"{folder.name}/{entry['path']}"


def start(root: Path, as_of: str = SECOND, *options: str, **how: Any) -> subprocess.Popen[str]:
    """Start the command line on `root`."""
    command = [sys.executable, "-c", "import cli; cli.main()", "-w", str(root), "run", "--as-of", as_of, *options]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ), **how
    )


def run(root: Path, as_of: str = SECOND, *options: str, **how: Any) -> tuple[int, str, str]:
    """Run the command line on `root` and return its exit code and what it printed."""
    process = start(root, as_of, *options, **how)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err
