"""The transactions behind statements: joined once for all payees, kept in the order of payees, and read in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import polars as pl

from pipelines.books.trace import days_of, trace
from pipelines.warehouse.frames import read, registered
from pipelines.warehouse.parsed import run_script
from pipelines.warehouse.sql_files import read_sql
from reports.statement.detail import DETAILS, Most, has_file, is_listed, may_be_long, with_detail

if TYPE_CHECKING:
    import duckdb

SUMS_SQL = read_sql("publish", "counted_sums")
BY_DAY_SQL = read_sql("publish", "counted_by_day")
LISTED_SQL = read_sql("publish", "listed")
COUNTS_FOR_SQL = read_sql("publish", "counts_for")
COUNTS_FOR = "SELECT * FROM counts_for WHERE place_no BETWEEN ? AND ?"
KEPT = """
    SELECT reader, place_no, goods_no, lost_no, bought, activity_date, transaction_id, order_id, member_id AS bought_by,
        product_id, type, quantity, unit, amount, currency
    FROM traced
    WHERE rowid >= ? AND rowid < ?
"""
"""Some of the transactions that were kept, as they lie: they were put into order once."""

LENGTHS = """
    SELECT figure, COUNT(*) AS day, COUNT(DISTINCT (DATE_TRUNC('month', activity_date), type, unit, currency)) AS month
    FROM counted_by_day
    GROUP BY figure
"""
_NUMBERS = ("place_no", "goods_no", "lost_no", "bought")

READER = pl.col("figure").min().over("payee_id")
"""A payee by a number, which is that of its first position."""

READERS = "SELECT part, reader, COUNT(*) AS rows FROM traced GROUP BY part, reader ORDER BY part, reader"

MOST_SORTED = 4_000_000
"""Transactions that are put into order at a time."""


class Part(NamedTuple):
    """The figures of a few payees, from the first to the last, and the detail of each: figure, detail."""

    first: int
    last: int
    details: pl.DataFrame

    @classmethod
    def of(cls, details: pl.DataFrame) -> Self:
        """Return the part with these details: figure, detail, in the order of figures."""
        # Positions are numbered in the order of payees: those of a few lie side by side.
        figures = details["figure"].to_list() or [0]
        return cls(figures[0], figures[-1], details.select("figure", "detail"))


def count_transactions(
    connection: duckdb.DuckDBPyConnection, positions: pl.DataFrame, *, most_sorted: int = MOST_SORTED
) -> pl.DataFrame:
    """Return the sums of the transactions behind `positions` by figure, buyer, unit and currency.

    `positions`: see sql/positions.sql, each with its number, figure. The transactions stay on the connection, for the
    functions below, each once for a payee, put into order about `most_sorted` at a time. Of a shared payout a member
    sees only what it bought itself. Columns of the sums: transactions (their number), amount, quantity.
    """
    key = ["figure", "horizon", "program", "rebate", "term", "node_id", "period"]
    buyer = pl.when(pl.col("part").is_not_null()).then("member_id")
    figures = positions.select(*key, buyer=buyer, reader=READER)
    trace(connection, figures, parts=days_of(connection, most_sorted))
    return read(connection, SUMS_SQL)


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
        run_script(connection, BY_DAY_SQL)
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
        return read(connection, LISTED_SQL, {"first": part.first, "last": part.last})


class Chunk(NamedTuple):
    """Transactions kept on the connection, from the first to before the end, and the payees of whom they are wanted."""

    start: int
    end: int
    readers: pl.DataFrame


def chunks_of(connection: duckdb.DuckDBPyConnection, readers: pl.DataFrame, most_rows: int) -> list[Chunk]:
    """Return the transactions of payees in chunks of so many at most; readers: reader, see `filed_readers`."""
    # In each part those of a payee lie one after the other, so that their number says where each payee's begin.
    ends = read(connection, READERS).with_columns(end=pl.col("rows").cum_sum())
    inside = ends.with_columns(start=pl.col("end") - pl.col("rows")).join(readers, on="reader", how="semi")
    found = []
    for start in range(0, int(ends["rows"].sum()), most_rows):
        wanted = inside.filter(pl.col("end") > start, pl.col("start") < start + most_rows)
        if wanted.height:
            found.append(Chunk(start, start + most_rows, wanted.select("reader")))
    return found


def filed_readers(positions: pl.DataFrame, details: pl.DataFrame) -> pl.DataFrame:
    """Return the payees that have a file beside their statement: reader, payee_id."""
    readers = positions.select("payee_id", reader=READER).unique()
    return readers.join(details.filter(has_file()), on="payee_id", how="semi")


def name_figures(connection: duckdb.DuckDBPyConnection, names: pl.DataFrame) -> None:
    """Keep on the connection, for `read_chunk`, what the transactions count for in words; names: figure, name."""
    with registered(connection, named=names):
        run_script(connection, COUNTS_FOR_SQL)


def read_chunk(connection: duckdb.DuckDBPyConnection, chunk: Chunk) -> pl.DataFrame:
    """Return the transactions of a chunk, in the order of payees and days: reader, and the columns of the file."""
    kept = read(connection, KEPT, [chunk.start, chunk.end]).join(chunk.readers, on="reader", how="semi")
    names = read(connection, COUNTS_FOR, [kept["place_no"].min(), kept["place_no"].max()])
    # What counts for nothing has no name, and is not listed.
    return kept.join(names, on=_NUMBERS, maintain_order="left")
