"""`rebatch serve` with its own Prefect server: a run that only the schedule asked for, read back from the warehouse."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pipelines
from pipelines.prefect_server import free_port
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read, read_row
from pipelines.workspace.configuration import create_workspace

if TYPE_CHECKING:
    from pipelines.workspace.configuration import Workspace

ROOT = Path(pipelines.__file__).resolve().parents[1]
SECONDS = 300
"""A server starts within a minute, a run is due within another, and it takes ten seconds."""

pytestmark = [pytest.mark.long, pytest.mark.timeout(SECONDS + 120), pytest.mark.xdist_group("prefect")]


def _serve_until_published(workspace: Workspace, home: Path) -> str:
    """Serve a run of every minute until one has published, and return what was printed meanwhile."""
    command = [sys.executable, "-c", "import cli; cli.command()", "-w", str(workspace.root), "serve"]
    schedule = ["--cron", "* * * * *", "--port", str(free_port())]
    environment = {**os.environ, "PREFECT_HOME": str(home / "prefect")}
    environment.pop("PREFECT_API_URL", None)
    printed = home / "printed.txt"
    deadline = time.monotonic() + SECONDS
    with (
        printed.open("wb") as output,
        subprocess.Popen(
            [*command, *schedule], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        ) as serving,
    ):
        try:
            while not list(workspace.out_dir.glob("*/manifest.json")):
                assert serving.poll() is None, printed.read_text()
                assert time.monotonic() < deadline, printed.read_text()
                time.sleep(0.5)
        finally:
            serving.terminate()
    return printed.read_text()


def test_a_run_that_is_due_runs_and_posts(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "sample")
    began = datetime.now(UTC).date()
    printed = _serve_until_published(workspace, tmp_path)
    assert "the next run is due on " in printed
    assert "has not started" not in printed
    assert "stopped: a run that was at work is made whole by the next one" in printed
    assert "Traceback" not in printed
    with connect(workspace, read_only=True) as connection:
        as_of, state = read_row(connection, "SELECT as_of, state FROM runs ORDER BY run_seq LIMIT 1")
        posted = read(connection, "SELECT currency, SUM(amount) AS amount FROM ledger GROUP BY currency")
    assert began <= as_of <= datetime.now(UTC).date()
    assert state in {"posted", "published"}
    assert posted.rows() == [("USD", Decimal("232.00"))]
