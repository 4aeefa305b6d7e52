from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest

from pipelines.warehouse import connect
from pipelines.workspace import open_workspace

if TYPE_CHECKING:
    from tests.pipelines.conftest import House


def test_a_variable_never_stands_in_for_a_table_that_is_not_there(house: House) -> None:
    adjustments = pl.DataFrame({"amount": [1]})
    assert adjustments.height == 1
    with connect(open_workspace(house.root)) as connection, pytest.raises(duckdb.CatalogException):
        connection.execute("SELECT * FROM adjustments")
