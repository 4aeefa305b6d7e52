"""The transactions behind statements: joined once for all payees, kept in the order of pages, and read in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from pipelines.books.trace import TRACE_SQL, TRACED_PLACES_SQL
from pipelines.warehouse.frames import read, registered
from pipelines.warehouse.sql_files import read_sql
from reports.statement.detail import DETAILS, Most, has_file, is_listed, may_be_long, with_detail

if TYPE_CHECKING:
    import duckdb

COUNTED_SQL = read_sql("publish", "counted").format(trace=TRACE_SQL)
BY_DAY_SQL = read_sql("publish", "counted_by_day")
LISTED_SQL = read_sql("publish", "listed")

SUMS = """
    SELECT figure, buyer, unit, currency, COUNT(*) AS transactions, CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount,
        CAST(SUM(quantity) AS DECIMAL(38, 6)) AS quantity
    FROM counted
    GROUP BY figure, buyer, unit, currency
    ORDER BY figure, buyer, unit, currency
"""
LENGTHS = """
    SELECT figure, COUNT(*) AS day, COUNT(DISTINCT (DATE_TRUNC('month', activity_date), type, unit, currency)) AS month
    FROM counted_by_day
    GROUP BY figure
"""
CHUNK = "SELECT * FROM counted SEMI JOIN wanted USING (figure) WHERE rowid >= ? AND rowid < ? ORDER BY rowid"
"""Some rows of `counted`, of some figures."""


class Part(NamedTuple):
    """The figures of a few payees, from the first to the last, and the detail of each: figure, detail."""

    first: int
    last: int
    details: pl.DataFrame


def count_transactions(connection: duckdb.DuckDBPyConnection, positions: pl.DataFrame) -> pl.DataFrame:
    """Return the sums of the transactions behind `positions` by figure, buyer, unit and currency.

    `positions`: see sql/positions.sql, each with its number, figure. The transactions stay on the connection, for the
    functions below. Of a shared payout a member sees only what it bought itself. Columns of the sums: transactions
    (their number), amount, quantity.
    """
    key = ["figure", "horizon", "program", "rebate", "term", "node_id", "period"]
    buyer = pl.when(pl.col("part").is_not_null()).then("member_id")
    with registered(connection, figures=positions.select(*key, buyer=buyer)):
        connection.execute(TRACED_PLACES_SQL)
        connection.execute(COUNTED_SQL)
    return read(connection, SUMS)


def choose_details(
    connection: duckdb.DuckDBPyConnection, positions: pl.DataFrame, sums: pl.DataFrame, most: Most
) -> pl.DataFrame:
    """Return in which detail a page lists each position, sorted by figure: figure, payee_id, row (lines), detail.

    What is added up by day stays on the connection. Before this no transaction was read.
    """
    numbers = sums.group_by("figure").agg(row=pl.col("transactions").sum())
    sizes = numbers.join(positions.select("figure", "payee_id", "form", "horizon"), on="figure").sort("figure")
    shown = sizes.filter(is_listed())
    with registered(connection, many=shown.filter(may_be_long(most)).select("figure")):
        connection.execute(BY_DAY_SQL)
    # What cannot be too long is as long by day: it is listed row by row.
    lengths = shown.join(read(connection, LENGTHS), on="figure", how="left")
    filled = lengths.with_columns(pl.col("day", "month").fill_null(pl.col("row")))
    # What has no place of its own on the page is in the file beside it alone.
    summed = sizes.filter(~is_listed()).with_columns(detail=pl.lit(DETAILS[-1]))
    columns = ["figure", "payee_id", "row", "detail"]
    return pl.concat([with_detail(filled, most).select(columns), summed.select(columns)]).sort("figure")


def read_lines(connection: duckdb.DuckDBPyConnection, part: Part) -> pl.DataFrame:
    """Return the lines of a few statements: figure, buyer, and of reports.statement.listing.COLUMNS all others."""
    with registered(connection, wanted=part.details):
        found: pl.DataFrame = connection.sql(LISTED_SQL, params={"first": part.first, "last": part.last}).pl()
    return found


class Chunk(NamedTuple):
    """Rows of `counted`, from the first to before the end, and the figures of which they are wanted."""

    start: int
    end: int
    figures: pl.DataFrame


def chunks_of(details: pl.DataFrame, rows: int) -> list[Chunk]:
    """Return what has a file beside its statement, in chunks of so many rows of `counted` at most."""
    # Figures lie in `counted` one after the other, so that their numbers of rows say where each of them begins.
    ends = details.with_columns(end=pl.col("row").cum_sum()).with_columns(start=pl.col("end").shift(fill_value=0))
    filed = ends.filter(has_file())
    found = []
    for start in range(0, sum(details["row"]), rows):
        inside = filed.filter(pl.col("end") > start, pl.col("start") < start + rows)
        if inside.height:
            found.append(Chunk(start, start + rows, inside.select("figure")))
    return found


def read_chunk(connection: duckdb.DuckDBPyConnection, chunk: Chunk) -> pl.DataFrame:
    """Return the rows of a chunk, in the order of statements."""
    with registered(connection, wanted=chunk.figures):
        return read(connection, CHUNK, [chunk.start, chunk.end])
