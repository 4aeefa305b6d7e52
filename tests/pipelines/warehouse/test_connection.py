from __future__ import annotations

import errno
import os
import signal
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
