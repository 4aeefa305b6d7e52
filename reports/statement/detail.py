"""How much of a position a statement lists: its transactions, or sums of them, so that a page can still be read."""

from __future__ import annotations

from heapq import heapify, heapreplace
from typing import NamedTuple

import polars as pl

from reports.page.paper import MOST_TRANSACTIONS
from reports.statement.listing import SHOWN_OPEN
from reports.statement.position import FULL

DETAILS = ("row", "day", "month", "none")
"""From the most detail to the least: a line a transaction, sums by day, by month, and the total alone."""


class Most(NamedTuple):
    """The most lines of transactions that a statement lists: of one position, and in all."""

    of_position: int = 200
    of_page: int = 2_000


def with_detail(sizes: pl.DataFrame, most: Most) -> pl.DataFrame:
    """Return `sizes` with the column detail: that of DETAILS in which each position is listed.

    sizes: one row per position: payee_id, and of its transactions the number of lines by row, day and month. A position
    is listed in the first detail with no more lines than a position may have. Where a page would still have too many,
    the longest list goes to its next detail, until they fit.
    """
    fits = [pl.when(pl.col(name) <= most.of_position).then(pl.lit(name)) for name in DETAILS[:-1]]
    first = sizes.with_columns(detail=pl.coalesce(*fits, pl.lit(DETAILS[-1])))
    lines = pl.coalesce(pl.when(pl.col("detail") == name).then(name) for name in DETAILS[:-1]).fill_null(0)
    is_over = lines.sum().over("payee_id") > most.of_page
    cut = [_cut(of_payee, most) for _, of_payee in first.filter(is_over).group_by("payee_id", maintain_order=True)]
    return pl.concat([first.filter(~is_over), *cut])


def is_listed() -> pl.Expr:
    """Return whether a page lists the transactions of a position, by its form, horizon and number of rows.

    Of a settled period they were listed while it ran: they are listed again only where that is short.
    """
    return (pl.col("form") == FULL) & ((pl.col("horizon") != "settled") | (pl.col("row") <= SHOWN_OPEN))


def has_file() -> pl.Expr:
    """Return whether a payee's transactions are in a file beside its statement, by payee_id, detail and row."""
    is_summed, rows = (pl.col("detail") != DETAILS[0]).any(), pl.col("row").sum()
    return (is_summed | (rows > MOST_TRANSACTIONS)).over("payee_id")


def may_be_long(most: Most) -> pl.Expr:
    """Return whether a position of `sizes`, of which only the column row is known, may need less than all detail."""
    on_page = pl.col("row").sum().over("payee_id")
    return (pl.col("row") > most.of_position) | (on_page > most.of_page)


def _cut(of_payee: pl.DataFrame, most: Most) -> pl.DataFrame:
    """Return the positions of one payee; the longest go to their next detail until the page is short enough."""
    lines = of_payee.select(*DETAILS[:-1], none=pl.lit(0)).rows()
    levels = [DETAILS.index(detail) for detail in of_payee["detail"]]
    longest = [(-of[level], n) for n, (of, level) in enumerate(zip(lines, levels, strict=True))]
    total = -sum(negative for negative, _ in longest)
    heapify(longest)
    while total > most.of_page:
        negative, n = longest[0]
        levels[n] += 1
        total += negative + lines[n][levels[n]]
        heapreplace(longest, (-lines[n][levels[n]], n))
    return of_payee.with_columns(detail=pl.Series([DETAILS[level] for level in levels]))
