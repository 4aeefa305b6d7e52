"""The facts of a run as rating takes them: the sums and items of the scan, counted where rules count them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.warehouse.frames import read, read_work, registered
from pipelines.warehouse.sql_files import read_sql
from rules.rating.inputs import Facts
from rules.rating.measures import LEFT_OUT

if TYPE_CHECKING:
    import duckdb
    import polars as pl

COUNTING_SQL = read_sql("calculation", "counting")
CELLS_SQL = read_sql("calculation", "cells")
COUNTED_SQL = read_sql("calculation", "counted")
LEFT_OUT_CELLS_SQL = read_sql("calculation", "left_out_cells")

NODES = "SELECT DISTINCT node_no, place, member_id FROM counting_nodes"
WINDOWS = """
    SELECT DISTINCT a.first_no AS window_no, w.horizon, m.program, m.rebate, m.term, w.period
    FROM counting_windows AS w JOIN counting_terms AS m USING (term_no) JOIN counting_alike AS a USING (window_no)
    ORDER BY ALL
"""
"""The windows of cells, once for each of the terms that are alike."""


def read_facts(connection: duckdb.DuckDBPyConnection) -> Facts:
    """Return the facts that `aggregate` wrote.

    One sum counts for many terms, windows and nodes. They are added up here, in the database, so that what is rated
    grows with the members and not with the transactions.
    """
    connection.execute(COUNTING_SQL)
    return Facts(
        cells=read(connection, CELLS_SQL),
        counted=read(connection, COUNTED_SQL),
        nodes=read(connection, NODES),
        windows=read(connection, WINDOWS),
        completed_visits=read_work(connection, "completed_visits"),
        indicators=read_work(connection, "indicators"),
        agreed=read_work(connection, "agreed"),
    )


def left_out_sums(connection: duckdb.DuckDBPyConnection, lost: pl.DataFrame) -> pl.DataFrame:
    """Return the sums of the scan behind cells that could not be converted, as work.unconverted, after `read_facts`.

    `lost` as returned by rules.rating.measures.measure.
    """
    with registered(connection, lost=lost.select("node_no", "window_no", *LEFT_OUT)):
        return read(connection, LEFT_OUT_CELLS_SQL)
