"""Returns that name a sale which is not known: they count on their own day, with whatever rebate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.warehouse.frames import has_work, read
from schemas.errors import Place, Problem

if TYPE_CHECKING:
    import duckdb

TODO = (
    "load the sale, of the same source and member, or correct original_id; it restates what it should have counted in"
)
"""What to do about such a return."""

UNKNOWN = """
    SELECT l.path, t.line, t.transaction_id, t.member_id, t.activity_date, t.original_id
    FROM work.named_sales AS n
    JOIN work.transactions_in_force AS t USING (row_key)
    JOIN loads AS l ON l.load_seq = t.load_seq
    WHERE n.sold_on IS NULL
    ORDER BY l.path, t.line
"""


def read_unknown_sales(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the rows that name an unknown sale: path, line, transaction_id, member_id, activity_date, original_id.

    As the last run saw them; none where no rebate counts returns with their sale.
    """
    return read(connection, UNKNOWN) if has_work(connection, "named_sales") else pl.DataFrame()


def unknown_sales(connection: duckdb.DuckDBPyConnection) -> list[Problem]:
    """Return one problem about all of them, at the first; none if there are none."""
    rows = read_unknown_sales(connection)
    if rows.is_empty():
        return []
    path, line, transaction, member, _, original = rows.row(0)
    more = {1: "", 2: ", and another row does so"}.get(rows.height, f", and {rows.height - 1:,} more rows do so")
    found = f"{transaction} of {member} names the sale {original!r}, which is not known{more}: it counts on its own day"
    return [Problem(found, f"{TODO}; `rebatch rejects` lists them", at=Place(path, line))]
