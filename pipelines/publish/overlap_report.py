"""The overlap report: transactions of this payout period on which more than one rebate pays, intended or not."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

from pipelines.warehouse.frames import read, read_row, write
from pipelines.warehouse.sql_files import read_sql
from schemas.types import MONEY

if TYPE_CHECKING:
    import duckdb

    from pipelines.books.runs import OpenRun

PAID_CELLS_SQL = read_sql("publish", "paid_cells")
OVERLAPS_SQL = read_sql("publish", "overlaps")

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

TWICE = "SELECT EXISTS (SELECT 1 FROM work.transactions_in_force WHERE counted_by IS NOT NULL)"
"""Whether returns are in force twice, by their own day and by that of their sale."""

JOINED = """
    SELECT transaction_id, source, member_id, activity_date, amount, currency, load_seq, line,
        LIST_SORT(LIST_DISTINCT(FLATTEN(LIST(payers)))) AS payers, BOOL_OR(is_fresh) AS is_fresh
    FROM placed GROUP BY ALL
"""
"""The rows of `placed`, with the rebates that pay on them by either day."""

# Wider than money: sums over millions of transactions.
_SUM = pl.Decimal(38, 4)
PAIRS = pl.Schema(
    {"one": pl.String(), "other": pl.String(), "currency": pl.String(), "transactions": pl.Int64(), "amount": _SUM}
)
"""Columns of the totals on which two rebates both pay."""


def find_overlaps(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> pl.DataFrame:
    """Return the transactions on which more than one rebate pays, one of them by a posting of this period.

    A rebate pays where its entitlement is above zero, whatever stacking left of it. Columns OVERLAPS, sorted; the sums
    by pair, PAIRS, are written to work.overlaps. Transactions are scanned only if the groups of the last scan show that
    there are any.
    """
    is_twice: bool = read_row(connection, TWICE)[0]
    asked = {"payout_period": run.payout_period, "by_either_day": is_twice}
    cells: pl.DataFrame = connection.sql(PAID_CELLS_SQL, params=asked).pl()
    if cells.is_empty():
        # The usual case: it saves reading all transactions once more.
        found = pl.DataFrame(schema=OVERLAPS)
    else:
        write(connection, {"paid_cells": cells})
        rows = JOINED if is_twice else "SELECT * FROM placed"
        found = read(connection, OVERLAPS_SQL.format(rows=rows)).cast(OVERLAPS)
    write(connection, {"overlaps": pairs_of(found)})
    return found


def pairs_of(overlaps: pl.DataFrame) -> pl.DataFrame:
    """Return the sums of OVERLAPS by pair of rebates and currency, with the columns PAIRS, sorted."""
    # By set of rebates first: there are few sets, so that pairs are formed for each of them and not for each
    # transaction.
    sets = overlaps.group_by("payers", "currency").agg(
        transactions=pl.len().cast(pl.Int64), amount=pl.col("amount").cast(_SUM).sum()
    )
    rows = [
        (*pair, currency, transactions, amount)
        for payers, currency, transactions, amount in sets.iter_rows()
        for pair in combinations(payers, 2)
    ]
    return (
        pl.DataFrame(rows, schema=PAIRS, orient="row")
        .group_by("one", "other", "currency")
        .agg(pl.col("transactions", "amount").sum())
        .sort("one", "other", "currency")
        .cast(PAIRS)
    )
