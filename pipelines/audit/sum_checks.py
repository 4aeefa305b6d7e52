"""Sums that no scan of the transactions finds: they are kept from run to run, so nothing else would tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.calculation.sums import AGGREGATE_SQL, ITEM_SQL
from pipelines.warehouse.frames import read

if TYPE_CHECKING:
    import duckdb
    import polars as pl

KEPT_ITEMS = "SELECT * REPLACE (SUM(rows) AS rows) FROM work.items GROUP BY ALL HAVING SUM(rows) <> 0"
COUNTED = """
    (item_kind, segment) IN (SELECT item_kind, segment FROM work.item_segments)
    AND (item_kind, span) IN (SELECT item_kind, span FROM work.item_spans)
"""
MOST = 1_000
"""Rows that are returned: who looks into one of them need not see them all."""


def changed_sums(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the sums, and the orders and products counted, that a scan of the rows as they are now does not find.

    Columns: what (sum | item), in_the_books (whether it is there or missing there), and member_id, segment, amount,
    quantity, transactions, item.
    """
    items = " UNION ALL BY NAME ".join(f"({query})" for query in ITEM_SQL.values())
    pairs = (
        ("sum", "FROM work.sums", AGGREGATE_SQL),
        ("item", f"FROM ({KEPT_ITEMS}) WHERE {COUNTED}", items),
    )
    found = " UNION ALL BY NAME ".join(
        f"SELECT '{what}' AS what, {there} AS in_the_books, * FROM (({one}) EXCEPT ALL ({other}))"  # noqa: S608
        for what, kept, scanned in pairs
        for there, one, other in (("true", kept, scanned), ("false", scanned, kept))
    )
    return read(
        connection,
        f"""
        SELECT what, in_the_books, member_id, segment, amount, quantity, transactions, item
        FROM ({found}) LEFT JOIN (SELECT span, member_id FROM work.member_spans) USING (span)
        ORDER BY ALL LIMIT {MOST}
        """,  # noqa: S608 - constant text
    )
