"""Meetings: where more than one rebate pays, found in the sums of the scan before any transaction is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.warehouse.frames import read, read_row, registered
from pipelines.warehouse.parsed import run_script
from pipelines.warehouse.sql_files import read_sql

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from pipelines.books.runs import OpenRun

PAYING_SQL = read_sql("publish", "paying")
MEETINGS_SQL = read_sql("publish", "meetings")

FRESH = "SELECT DISTINCT program, rebate, member_id, period FROM payable WHERE payout_period = ?"
"""The keys that were posted to in the payout period."""

TWICE = "SELECT EXISTS (SELECT 1 FROM work.transactions_in_force WHERE counted_by IS NOT NULL)"
"""Whether returns are in force twice, by their own day and by that of their sale."""

PLACES = "SELECT DISTINCT place_no, here, COALESCE(fresh_here, []) AS fresh_here FROM paying_at"
GOODS = "SELECT DISTINCT goods_no, payers FROM paying_on"

_NUMBERS = pl.List(pl.Int64())
MEETINGS = pl.Schema(
    {
        "place_no": pl.Int64(),
        "goods_no": pl.Int64(),
        "fresh": _NUMBERS,
        "of_orders": _NUMBERS,
        "of_goods": _NUMBERS,
        "of_returns": _NUMBERS,
    }
)
"""A meeting by its numbers (see sql/paying.sql), and the numbers of the rebates that pay on its rows.

`fresh`: those that were posted to in the payout period. Then those that pay on goods bought by an order, on other goods
bought, and on goods that came back: an order or a product counts by what was bought of it.
"""


class Meetings:
    """The sums on which more than one rebate may pay.

    `sums`: as meetings.sql returns them. `rebates`: the name of each rebate, program/rebate, by its number. `found`:
    the meetings of MEETINGS. `is_twice`: a row may stand in two of them, once by each of its days; then those of a
    single rebate are among them.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, run: OpenRun) -> None:
        """Find the meetings of `run`; what their SQL needs stays on the connection."""
        with registered(connection, fresh=read(connection, FRESH, [run.payout_period])):
            run_script(connection, PAYING_SQL)
        self.sums = read(connection, MEETINGS_SQL)
        self.is_twice: bool = read_row(connection, TWICE)[0]
        named = read(connection, "SELECT payer_no, payer, kind FROM payers")
        self.rebates: dict[int, str] = dict(named.select("payer_no", "payer").iter_rows())
        places, goods = read(connection, PLACES), read(connection, GOODS)
        met = self.sums.select("place_no", "goods_no").unique().sort(pl.all())
        self.found = (
            met.join(places, on="place_no", maintain_order="left")
            .join(goods, on="goods_no", maintain_order="left")
            .pipe(_paid_by, _of_kind(named, "orders"), _of_kind(named, "products"), least=1 if self.is_twice else 2)
            .filter((pl.col("fresh").list.len() > 0) | self.is_twice)
        )

    def of_rows(self) -> pl.DataFrame:
        """Return the meetings whose sums do not say enough: of orders or products, or where rows stand twice."""
        is_by_row = pl.col("of_orders") != pl.col("of_returns")
        return self.found if self.is_twice else self.found.filter(is_by_row)

    def names(self, payers: Iterable[int]) -> list[str]:
        """Return the names of rebates by their numbers, sorted."""
        return [self.rebates[payer] for payer in sorted(payers)]


def _paid_by(met: pl.DataFrame, orders: pl.Series, products: pl.Series, *, least: int) -> pl.DataFrame:
    """Return the meetings of so many rebates at least: MEETINGS. `orders`, `products`: those that count them."""
    payers = pl.col("here").list.set_intersection("payers").list.sort()
    of_goods = pl.col("of_orders").list.set_difference(pl.lit(orders)).list.sort()
    of_returns = pl.col("of_goods").list.set_difference(pl.lit(products)).list.sort()
    return (
        met.with_columns(of_orders=payers)
        .filter(pl.col("of_orders").list.len() >= least)
        .with_columns(of_goods=of_goods, fresh=pl.col("fresh_here").list.set_intersection("of_orders").list.sort())
        .with_columns(of_returns=of_returns)
        .select(pl.col(name).cast(dtype) for name, dtype in MEETINGS.items())
    )


def _of_kind(named: pl.DataFrame, kind: str) -> pl.Series:
    """Return a list of the numbers of the rebates that count one kind of thing."""
    return named.filter(kind=kind)["payer_no"].implode()
