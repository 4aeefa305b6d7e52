from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest

from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace
from schemas.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.pipelines.conftest import House


def test_a_variable_never_stands_in_for_a_table_that_is_not_there(house: House) -> None:
    adjustments = pl.DataFrame({"amount": [1]})
    assert adjustments.height == 1
    with connect(open_workspace(house.root)) as connection, pytest.raises(duckdb.CatalogException):
        connection.execute("SELECT * FROM adjustments")


def test_a_warehouse_of_another_owner_is_a_storage_error(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "chmod", fail)
    with pytest.raises(StorageError, match="Operation not permitted"), connect(open_workspace(house.root)):
        pass


@pytest.mark.parametrize("ask", [lambda query: query.fetchall(), lambda query: query.pl()])
def test_a_person_can_end_what_is_asked_of_it(house: House, ask: Callable[[Any], object]) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    try:
        with pytest.raises(KeyboardInterrupt), connect(open_workspace(house.root)) as connection:  # noqa: PT012 - in it
            timer.start()
            for _ in range(10_000):
                ask(connection.sql("SELECT SUM(range) FROM range(1000000)"))
    finally:
        timer.join()
        signal.signal(signal.SIGINT, before)


SPILLING = """
import os, signal, sys
from pathlib import Path
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace
with connect(open_workspace(Path(sys.argv[1]))) as connection:
    connection.execute("SET memory_limit = '60MB'")
    connection.execute("CREATE TEMP TABLE many AS SELECT md5(CAST(range AS VARCHAR)) AS text FROM range(2_000_000)")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_put_aside_is_deleted_by_the_next_writer(house: House) -> None:
    workspace = open_workspace(house.root)
    killed = subprocess.run([sys.executable, "-c", SPILLING, str(house.root)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [path for path in workspace.spill_dir.iterdir() if path.stat().st_size]
    kept = workspace.spill_dir / "notes.txt"
    kept.touch()
    with connect(workspace, read_only=True):
        assert len(list(workspace.spill_dir.iterdir())) > 1  # another reader may be using it
    with connect(workspace):
        assert list(workspace.spill_dir.iterdir()) == [kept]
    with connect(workspace) as connection, connect(workspace):
        connection.execute("SET memory_limit = '60MB'")
        connection.execute("CREATE TEMP TABLE many AS SELECT md5(CAST(range AS VARCHAR)) AS text FROM range(2_000_000)")
        with connect(workspace):
            assert connection.execute("SELECT COUNT(DISTINCT text) FROM many").fetchall() == [(2_000_000,)]
