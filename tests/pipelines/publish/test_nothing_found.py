"""Frames of queries that are left out where there is nothing to find: they have the columns of those that are asked."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.exclusions import EXCLUDED, EXCLUSIONS, STATED, STATED_EXCLUSIONS
from pipelines.publish.statement_data import LEFT_OUT, LEFT_OUT_COLUMNS
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read, registered
from pipelines.workspace.configuration import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

WANTED = pl.Schema(
    dict.fromkeys(("payee_id", "horizon", "program", "rebate", "term", "member_id", "node_id", "period"), pl.String())
    | {"is_shared": pl.Boolean()}
)


def test_they_have_the_columns_of_what_is_found(booked: Path) -> None:
    with connect(open_workspace(booked), read_only=True) as connection:
        assert read(connection, EXCLUDED).schema == EXCLUSIONS
        with registered(connection, excluded=pl.DataFrame(schema=EXCLUSIONS)):
            assert read(connection, STATED, ["2026-10", date(2026, 11, 23)]).schema == STATED_EXCLUSIONS
        with registered(connection, wanted=pl.DataFrame(schema=WANTED)):
            assert read(connection, LEFT_OUT).schema == LEFT_OUT_COLUMNS
