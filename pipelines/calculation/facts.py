"""The facts of a run as rating takes them: the sums and items of the scan, counted where rules count them."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from pipelines.warehouse.frames import read, read_work, registered
from pipelines.warehouse.parsed import run_script
from pipelines.warehouse.sql_files import read_sql
from rules.rating.inputs import Facts
from rules.rating.measures import LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb
    import polars as pl

COUNTING_SQL = read_sql("calculation", "counting")
COUNTED_SQL = ";\n".join(read_sql("calculation", name) for name in ("counting", "cells", "items", "nodes_and_windows"))
LEFT_OUT_CELLS_SQL = read_sql("calculation", "left_out_cells")
LOST = ("node_no", "window_no", *LEFT_OUT)
"""What it takes of a cell that could not be converted to find the sums behind it."""

FACTS = {
    "cells": "FROM counted_cells",
    "counted": "FROM counted_items",
    "nodes": "SELECT node_no, place, member_id FROM counted_nodes",
    "windows": "FROM counted_windows ORDER BY ALL",
}
"""What is read of all nodes after `count_facts`, by the frame's name; the others are tables of the schema work."""


def count_facts(connection: duckdb.DuckDBPyConnection) -> None:
    """Count what `aggregate` added up, into the temporary tables counted_*.

    One sum counts for many terms, windows and nodes. They are added up here, in the database, so that what is rated
    grows with the members and not with the transactions.
    """
    run_script(connection, COUNTED_SQL)


def read_facts(connection: duckdb.DuckDBPyConnection) -> Facts:
    """Return the facts that `aggregate` wrote."""
    count_facts(connection)
    return Facts(**read_frames(connection, Facts, FACTS))


def read_frames(
    connection: duckdb.DuckDBPyConnection, kind: type, queries: Mapping[str, str]
) -> dict[str, pl.DataFrame]:
    """Return the frames of a class of them by name, each by its query, or else the table of its name in work."""
    return {
        each.name: read(connection, queries[each.name]) if each.name in queries else read_work(connection, each.name)
        for each in fields(kind)
    }


def left_out_sums(connection: duckdb.DuckDBPyConnection, lost: pl.DataFrame) -> pl.DataFrame:
    """Return the sums of the scan behind cells that could not be converted, as work.unconverted, after `count_facts`.

    `lost` as returned by rules.rating.measures.measure.
    """
    with registered(connection, lost=lost.select(LOST)):
        return read(connection, LEFT_OUT_CELLS_SQL)
