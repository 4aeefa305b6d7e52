"""How much a run of the demo does, counted and not timed: a change that makes the work grow is noticed here.

A figure may be set anew where the work is worth it; the message of that commit says why.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest

from pipelines.books.runs import Run
from pipelines.stages import run_all
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import Workspace, open_workspace
from tests.conftest import MADE_BY_RUNS, ROOT

if TYPE_CHECKING:
    from pathlib import Path

NIGHT = """\
transaction_id,dealer_no,product_id,activity_date,booked_on,type,quantity,unit,amount,currency,order_id,channel
N-1,M-0001,P-1085,2026-11-20,2026-11-23,sale,1,each,10.00,USD,O-N-1,web
"""


@dataclass
class Work:
    """What a run does: statements of SQL, frames of Polars collected, transactions read, bytes in its folder."""

    statements: int = 0
    frames: int = 0
    rows: int = 0
    kilobytes: int = 0


FIRST = Work(statements=1_045, frames=92, rows=49_733, kilobytes=14_000)
"""The most that the first run of the demo may do."""
AFTER = Work(statements=399, frames=23, rows=1, kilobytes=14_000)
"""The most that a night with one sale on it may do."""


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Work:
    """Count the statements and frames of this process."""
    work = Work()

    def count(owner: Any, name: str, what: str) -> None:
        original = getattr(owner, name)

        def counting(*arguments: Any, **named: Any) -> Any:
            setattr(work, what, getattr(work, what) + 1)
            return original(*arguments, **named)

        monkeypatch.setattr(owner, name, counting)

    for name in ("execute", "sql"):
        count(duckdb.DuckDBPyConnection, name, "statements")
    count(pl.LazyFrame, "collect", "frames")
    count(pl, "collect_all", "frames")
    return work


def run(workspace: Workspace, day: date, counted: Work) -> Work:
    """Run, and return what that took."""
    counted.statements = counted.frames = 0
    run_all(workspace, Run(day))
    statements, frames = counted.statements, counted.frames
    with connect(workspace, read_only=True) as connection:
        [(rows,)] = connection.execute("SELECT rows_read FROM work.last_scan").fetchall()
    [folder] = (workspace.root / "out").glob(f"{day}-*")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Work(statements, frames, rows, size // 1024)


def test_a_run_does_no_more_than_it_did(tmp_path: Path, counted: Work) -> None:
    for part in ("data/demo", "rules/programs"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=MADE_BY_RUNS)
    workspace = open_workspace(tmp_path / "data" / "demo")
    first = run(workspace, date(2026, 11, 23), counted)
    (workspace.root / "extracts" / "transactions-2026-night.csv").write_text(NIGHT, encoding="utf-8")
    after = run(workspace, date(2026, 11, 24), counted)
    for done, most in ((first, FIRST), (after, AFTER)):
        assert all(getattr(done, name) <= figure for name, figure in vars(most).items()), (done, most)
