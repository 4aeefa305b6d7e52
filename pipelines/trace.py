"""Trace: from a figure back to the transactions behind it, by the lookups that made it."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

TRACE_SQL = resources.files("pipelines").joinpath("sql/trace.sql").read_text(encoding="utf-8")


def counted_transactions(
    connection: duckdb.DuckDBPyConnection, *, members: Sequence[str], programs: Sequence[str]
) -> pl.DataFrame:
    """List the transactions that count for `members` in `programs`, as the last run saw them.

    One row per horizon, rebate, term (measure, qualifier or baseline), period and transaction, sorted: horizon,
    program, rebate, term, member_id, period, transaction_id, activity_date, received_on, product_id, product_name,
    type, quantity, unit, amount, currency, order_id, path, line, load_seq.
    """
    connection.register(
        "wanted_members", pl.DataFrame({"member_id": list(members)}, schema={"member_id": pl.String}).to_arrow()
    )
    connection.register(
        "wanted_programs", pl.DataFrame({"program": list(programs)}, schema={"program": pl.String}).to_arrow()
    )
    try:
        rows: pl.DataFrame = connection.sql(TRACE_SQL).pl()
    finally:
        connection.unregister("wanted_members")
        connection.unregister("wanted_programs")
    return rows.sort(
        "horizon", "program", "rebate", "term", "member_id", "period", "activity_date", "transaction_id", "line"
    )
