"""Meetings: where more than one rebate pays, found in the sums of the scan before any transaction is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.warehouse.frames import read, read_row, registered
from pipelines.warehouse.sql_files import read_sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
            connection.execute(PAYING_SQL)
        self.sums = read(connection, MEETINGS_SQL)
        self.is_twice: bool = read_row(connection, TWICE)[0]
        named = read(connection, "SELECT payer_no, payer, kind FROM payers").rows()
        self.rebates: dict[int, str] = {number: name for number, name, _ in named}
        self._kinds = {number: kind for number, _, kind in named}
        places = {number: (here, set(fresh)) for number, here, fresh in read(connection, PLACES).iter_rows()}
        goods = {number: set(payers) for number, payers in read(connection, GOODS).iter_rows()}
        met = (
            (place, on, [payer for payer in places[place][0] if payer in goods[on]], places[place][1])
            for place, on in self.sums.select("place_no", "goods_no").unique().sort(pl.all()).iter_rows()
        )
        least = 1 if self.is_twice else 2
        rows = [
            self._meeting(place, on, payers, fresh)
            for place, on, payers, fresh in met
            if len(payers) >= least and (self.is_twice or fresh.intersection(payers))
        ]
        self.found = pl.DataFrame(rows, schema=MEETINGS, orient="row")

    def of_rows(self) -> pl.DataFrame:
        """Return the meetings whose sums do not say enough: of orders or products, or where rows stand twice."""
        is_by_row = pl.col("of_orders") != pl.col("of_returns")
        return self.found if self.is_twice else self.found.filter(is_by_row)

    def names(self, payers: Iterable[int]) -> list[str]:
        """Return the names of rebates by their numbers, sorted."""
        return [self.rebates[payer] for payer in sorted(payers)]

    def _meeting(self, place: int, goods: int, payers: Sequence[int], fresh: set[int]) -> tuple[object, ...]:
        of_goods = [payer for payer in payers if self._kinds[payer] != "orders"]
        of_returns = [payer for payer in of_goods if self._kinds[payer] != "products"]
        return place, goods, sorted(fresh.intersection(payers)), payers, of_goods, of_returns
