"""Exclusions: transactions that people have taken out, and the rebates and periods they would count for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.warehouse.frames import read, read_row, registered
from pipelines.warehouse.sql_files import read_sql

if TYPE_CHECKING:
    import duckdb

    from pipelines.books.runs import OpenRun

EXCLUSIONS = pl.Schema(
    {
        **dict.fromkeys(
            ("program", "rebate", "period", "node_id", "owner_id", "member_id", "transaction_id"), pl.String()
        ),
        "activity_date": pl.Date(),
        "product_id": pl.String(),
        "type": pl.String(),
        "quantity": pl.Decimal(18, 6),
        "unit": pl.String(),
        "amount": pl.Decimal(18, 4),
        **dict.fromkeys(("currency", "reason", "note", "person"), pl.String()),
        "decided_at": pl.Datetime("us"),
    }
)
"""Columns of what was excluded: node_id (where it would be added up), owner_id (who would be paid for it), member_id
(who bought); reason, note, person and decided_at are those of the decision."""

EXCLUDED = read_sql("books", "excluded")
"""Excluded transactions joined through the lookups of the scan to the rebates and periods they would count for."""

NOTHING_LEFT = """
    SELECT p.program, p.rebate, p.period, p.horizon, p.through, w.member_id, w.member_id AS node_id,
        CAST(0 AS DECIMAL(18, 4)) AS amount, r.currency, 'all that would count was taken out' AS note, r.rule_version
    FROM wanted AS w
    JOIN work.periods AS p USING (program, rebate, period)
    JOIN work.rebates AS r USING (program, rebate)
    WHERE p.horizon IN ('settled', 'to_date')
    ORDER BY p.rebate, p.period, p.horizon
"""
"""Figures of amount 0 for the periods in which exclusions left no transaction."""

STATED_EXCLUSIONS = pl.Schema(
    {"payee_id": pl.String()}
    | {
        name: EXCLUSIONS[name]
        for name in ("member_id", "transaction_id", "activity_date", "amount", "currency", "reason", "note")
    }
)
"""Columns of the exclusions that statements mention."""

STATED = read_sql("books", "stated")
"""Exclusions of periods that statements show (sql/positions.sql): running, or posted to in the payout period."""


def read_exclusions(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the transactions excluded when the last run was made: EXCLUSIONS, per rebate, period and transaction."""
    if read_row(connection, "SELECT COUNT(*) FROM work.excluded") == (0,):
        return pl.DataFrame(schema=EXCLUSIONS)  # the usual case: the joins cost the same over no rows
    return read(connection, EXCLUDED)


def excluded_from(connection: duckdb.DuckDBPyConnection, member: str, program: str) -> pl.DataFrame:
    """Return what `member` bought or has added up at it and was excluded, with the columns EXCLUSIONS.

    As far as the last run knew.
    """
    out = read_exclusions(connection)
    return out.filter((pl.col("member_id") == member) | (pl.col("node_id") == member), program=program)


def stated_exclusions(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> pl.DataFrame:
    """Return the exclusions that statements mention: STATED_EXCLUSIONS.

    Of a shared payout each payee is shown only the transactions of its own members.
    """
    excluded = read_exclusions(connection)
    if excluded.is_empty():
        return pl.DataFrame(schema=STATED_EXCLUSIONS)
    with registered(connection, excluded=excluded):
        return read(connection, STATED, [run.payout_period, run.as_of])


def nothing_left(
    connection: duckdb.DuckDBPyConnection, excluded: pl.DataFrame, entitled: pl.DataFrame, member: str
) -> pl.DataFrame:
    """Return the figures of `member` from which `excluded` took every transaction, so that `entitled` lacks them.

    Columns: program, rebate, period, horizon, through, member_id, node_id, amount (0), currency, note, rule_version.
    """
    key = ["program", "rebate", "period"]
    wanted = excluded.filter(node_id=member).select(*key, member_id="node_id").unique()
    left = wanted.join(entitled.filter(node_id=member), on=key, how="anti").sort(key)
    with registered(connection, wanted=left):
        return read(connection, NOTHING_LEFT)
