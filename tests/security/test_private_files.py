"""Privacy: whatever holds names and figures of partners can be read by its owner alone, however lax the umask."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING

import pytest

from pipelines.audit.replay import replay
from pipelines.books.backup import backup
from pipelines.books.runs import Run
from pipelines.intake.extract import extract
from pipelines.stages import run_all
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace
from pipelines.workspace.files import create_private, private_files
from schemas.errors import InvariantError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Rebatch

AS_OF = Run(date(2026, 11, 23))


@pytest.fixture(autouse=True)
def lax() -> Iterator[None]:
    """Let everybody read what is not made private on purpose."""
    before = os.umask(0)
    yield
    assert os.umask(before) == 0  # a umask belongs to the process: it was put back


def open_to_others(root: Path) -> set[str]:
    """Name the files and folders of a workspace that others may read or write."""
    given = {"rebatch.yaml", "rules", "extracts"}
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.relative_to(root).parts[0] not in given
        and not path.is_symlink()
        and stat.S_IMODE(path.stat().st_mode) & 0o077
        and not (path.is_dir() and path.parent == root and not any(path.iterdir()))
    }


@pytest.fixture
def rejecting(sample: Path) -> Path:
    """A workspace with a row that is refused."""
    config, sales = sample / "rebatch.yaml", sample / "extracts" / "transactions.csv"
    config.write_text(config.read_text(encoding="utf-8").replace("rejects: 1%", "rejects: 50%"), encoding="utf-8")
    rows = sales.read_text(encoding="utf-8")
    sales.write_text(
        rows + rows.splitlines()[1].replace("T-0001", "T-X").replace("1600.00", "x") + "\n", encoding="utf-8"
    )
    return sample


@pytest.mark.long
def test_everything_a_run_writes_is_private(rejecting: Path, tmp_path: Path) -> None:
    run_all(open_workspace(rejecting), AS_OF)
    assert any((rejecting / "rejects").rglob("*.csv"))
    assert open_to_others(rejecting) == set()
    replay(open_workspace(rejecting), "2026-11-23", to=tmp_path / "again")
    backup(open_workspace(rejecting), tmp_path / "saved.tar")
    for path in (tmp_path / "saved.tar", *(tmp_path / "again").rglob("*")):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077


@pytest.mark.long
def test_every_file_that_any_command_writes_is_private(rebatch: Rebatch, tmp_path: Path) -> None:
    home, rule = tmp_path / "acme", tmp_path / "acme" / "rules" / "volume-bonus-2026.yaml"
    given = ["run", "--as-of", "2026-11-23"]
    lines: list[list[str | Path]] = [
        ["init", home],
        ["-w", home, *given],
        ["-w", home, "plan", "--html", tmp_path / "plan.html"],
        ["-w", home, "terms", rule, "--html", tmp_path / "terms.html", "--md", tmp_path / "terms.md"],
        ["schema", tmp_path / "rules.schema.json"],
        ["-w", home, "approve", "--all", "--yes", "--by", "ann"],
        ["-w", home, "export", "--yes", "--as-of", "2026-11-24", "--by", "ann"],
        ["-w", home, "replay", "2026-11-23", "--to", tmp_path / "again"],
        ["-w", home, "backup", tmp_path / "saved.tar"],
        ["-w", tmp_path / "new" / "home", "restore", tmp_path / "saved.tar"],
    ]
    assert [rebatch(*line).code for line in lines] == [0] * len(lines)
    written = [path for path in tmp_path.rglob("*") if not path.is_symlink()]
    assert {path.name for path in written} >= {
        "plan.html",
        "terms.md",
        "manifest.json",
        "ledger.parquet",
        "members.csv",
    }
    assert [str(path) for path in written if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_the_landing_is_private_while_it_is_there(sample: Path) -> None:
    extract(open_workspace(sample), AS_OF)
    assert list((sample / "landing").glob("*.parquet"))
    assert open_to_others(sample) == set()


def test_a_warehouse_that_was_open_to_others_is_closed(sample: Path) -> None:
    run_all(open_workspace(sample), AS_OF)
    (sample / "warehouse.duckdb").chmod(0o644)
    with connect(open_workspace(sample)):
        assert open_to_others(sample) == set()


def test_the_log_of_a_killed_run_is_private(sample: Path) -> None:
    script = """
import os, signal, sys
from pathlib import Path
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace
os.umask(0)
with connect(open_workspace(Path(sys.argv[1]))) as connection:
    connection.execute("SET checkpoint_threshold = '1TB'; CREATE TABLE names AS SELECT 'Alpha' AS name")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", script, str(sample)], check=False, env=os.environ | {"PYTHONPATH": "."})
    assert (sample / "warehouse.duckdb.wal").stat().st_size
    assert open_to_others(sample) == set()


def test_rows_that_break_a_guarantee_are_saved_privately(sample: Path) -> None:
    run_all(open_workspace(sample), AS_OF)
    with connect(open_workspace(sample)) as connection:
        connection.execute("UPDATE loads SET rows_read = rows_read + 1")
    with pytest.raises(InvariantError):
        run_all(open_workspace(sample), Run(date(2026, 11, 24)))
    assert list((sample / "broken").rglob("*.csv"))
    assert open_to_others(sample) == set()


def test_the_umask_is_put_back_when_something_fails() -> None:
    with pytest.raises(KeyError), private_files():
        raise KeyError
    assert os.umask(0) == 0


def test_a_file_that_was_there_open_to_others_becomes_private(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch(0o666)
    with create_private(path) as file:
        file.write(b"1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == b"1"
