"""The overlap report: what more than one rebate pays on in this payout period, intended or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.publish.meetings import Meetings
from pipelines.warehouse.frames import read, registered, write
from pipelines.warehouse.parsed import run_script
from pipelines.warehouse.sql_files import read_sql
from schemas.types import MONEY

if TYPE_CHECKING:
    import duckdb

    from pipelines.books.runs import OpenRun

MET_SQL = read_sql("publish", "met")
OVERLAPS_SQL = read_sql("publish", "overlaps")
ROWS_SQL = OVERLAPS_SQL.format(
    what="transaction_id, source, member_id, activity_date, amount, currency, payers",
    closing="ORDER BY activity_date, source, transaction_id, load_seq, line",
)
SUMS_SQL = OVERLAPS_SQL.format(
    what="payers, currency, COUNT(*) AS transactions, CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount",
    closing="GROUP BY payers, currency",
)

PAIRS_SQL = """
    WITH each AS (SELECT place, UNNEST(payers) AS payer_no, currency, transactions, amount FROM sets),
    pairs AS (
        SELECT a.payer_no AS one_no, b.payer_no AS other_no, a.currency, SUM(a.transactions) AS transactions,
            SUM(a.amount) AS amount
        FROM each AS a
        JOIN each AS b ON b.place = a.place AND b.payer_no > a.payer_no
        GROUP BY one_no, other_no, a.currency
    )
    SELECT o.payer AS one, r.payer AS other, p.currency, CAST(p.transactions AS BIGINT) AS transactions,
        CAST(p.amount AS DECIMAL(38, 4)) AS amount
    FROM pairs AS p JOIN payers AS o ON o.payer_no = p.one_no JOIN payers AS r ON r.payer_no = p.other_no
    ORDER BY one, other, p.currency
"""
"""The sums of `sets` by pair of their rebates; where a thousand pay on the same sales, there are millions of pairs."""

# Wider than money: sums over millions of transactions.
_SUM = pl.Decimal(38, 4)
OVERLAPS = pl.Schema(
    {
        "transaction_id": pl.String(),
        "source": pl.String(),
        "member_id": pl.String(),
        "activity_date": pl.Date(),
        "amount": MONEY,
        "currency": pl.String(),
        "payers": pl.List(pl.String()),
    }
)
"""Columns of an overlap: one transaction and the rebates that pay on it, each as program/rebate."""

SETS = pl.Schema({"payers": pl.List(pl.Int64()), "currency": pl.String(), "transactions": pl.Int64(), "amount": _SUM})
"""Columns of the sums on which the same rebates pay."""

PAIRS = pl.Schema(
    {"one": pl.String(), "other": pl.String(), "currency": pl.String(), "transactions": pl.Int64(), "amount": _SUM}
)
"""Columns of the totals on which two rebates both pay."""


def add_up_overlaps(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> int:
    """Write work.overlaps, what two rebates both pay on, one of them by a posting of this period: PAIRS, sorted.

    A rebate pays where its entitlement is above zero, whatever stacking left of it. Returns the number of transactions
    on which more than one pays. They are read only where orders or products are counted, or returns with their sale.
    """
    sets = _sets(connection, Meetings(connection, run))
    write(connection, {"overlaps": _pairs(connection, sets)})
    return int(sets["transactions"].sum())


def read_pairs(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> pl.DataFrame:
    """Return what `add_up_overlaps` writes, found anew: PAIRS, sorted. Nothing is written."""
    return _pairs(connection, _sets(connection, Meetings(connection, run)))


def read_overlaps(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> pl.DataFrame:
    """Return the transactions that `add_up_overlaps` adds up: OVERLAPS, sorted by day."""
    meetings = Meetings(connection, run)
    found = _met(connection, meetings.found, ROWS_SQL)
    names = [meetings.names(payers) for payers in found["payers"]]
    return found.with_columns(payers=pl.Series(names, dtype=OVERLAPS["payers"])).cast(OVERLAPS)


def _sets(connection: duckdb.DuckDBPyConnection, meetings: Meetings) -> pl.DataFrame:
    """Return the sums on which the same rebates pay: SETS."""
    return pl.concat([_by_sums(meetings), _by_rows(connection, meetings)])


def _by_sums(meetings: Meetings) -> pl.DataFrame:
    """Return the sums of the scan that lie in meetings which count all of their rows alike."""
    alike = meetings.found.join(meetings.of_rows(), on=["place_no", "goods_no"], how="anti")
    left = pl.col("of_goods").list.set_difference(pl.col("lost").fill_null([])).list.sort()
    met = meetings.sums.join(alike, on=["place_no", "goods_no"]).with_columns(payers=left)
    is_overlap = (pl.col("payers").list.len() > 1) & (pl.col("payers").list.set_intersection("fresh").list.len() > 0)
    sums = met.filter(is_overlap).group_by("payers", "currency").agg(pl.col("transactions", "amount").sum())
    return sums.select(pl.col(name).cast(dtype) for name, dtype in SETS.items())


def _by_rows(connection: duckdb.DuckDBPyConnection, meetings: Meetings) -> pl.DataFrame:
    """Return the sums of the transactions in the other meetings."""
    rows = meetings.of_rows()
    if rows.is_empty():
        # The usual case: it saves reading all transactions once more.
        return pl.DataFrame(schema=SETS)
    return _met(connection, rows, SUMS_SQL).cast(SETS)


def _met(connection: duckdb.DuckDBPyConnection, meetings: pl.DataFrame, query: str) -> pl.DataFrame:
    with registered(connection, meetings=meetings):
        run_script(connection, MET_SQL)
        return read(connection, query)


def _pairs(connection: duckdb.DuckDBPyConnection, sets: pl.DataFrame) -> pl.DataFrame:
    """Return SETS by pair of rebates and currency, with the columns PAIRS, sorted."""
    with registered(connection, sets=sets.with_row_index("place")):
        return read(connection, PAIRS_SQL).cast(PAIRS)
