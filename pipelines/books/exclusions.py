"""Exclusions: transactions that people have taken out, and the rebates and periods they would count for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.in_force import is_in_force
from pipelines.books.runs import current_run
from pipelines.warehouse.frames import read, registered

if TYPE_CHECKING:
    import duckdb

    from pipelines.books.runs import OpenRun

EXCLUDED = """
    SELECT DISTINCT w.program, w.rebate, w.period, x.node_id, COALESCE(o.member_id, x.node_id) AS owner_id, t.member_id,
        t.transaction_id, t.activity_date, t.product_id, t.type, t.quantity, t.unit, t.amount, t.currency,
        e.reason, e.note, e.person, e.decided_at
    FROM work.excluded AS e
    JOIN (SELECT * FROM work.every_version WHERE {in_force}) AS t USING (row_key)
    JOIN work.member_spans AS s ON s.member_id = t.member_id AND t.activity_date BETWEEN s.valid_from AND s.valid_to
    JOIN work.participants AS x ON x.span = s.span AND NOT x.is_baseline
    LEFT JOIN work.parts AS o ON o.program = x.program AND o.node_id = x.node_id AND o.member_id = t.member_id
    JOIN work.periods AS w ON w.program = x.program AND w.horizon IN ('settled', 'to_date')
        AND t.activity_date BETWEEN w.period_start AND w.period_end
    JOIN work.terms AS m ON m.program = w.program AND m.rebate = w.rebate AND NOT m.is_baseline
        AND m.kind IN ('revenue', 'quantity', 'transactions', 'orders', 'products')
    JOIN work.product_classes AS p ON p.product_id = t.product_id
        AND t.activity_date BETWEEN p.valid_from AND p.valid_to
    JOIN work.product_matches AS pm ON pm.filter = m.product_filter AND pm.product_class = p.product_class
    JOIN work.attribute_classes AS a ON a.attribute_key = t.attribute_key
    JOIN work.attribute_matches AS am ON am.filter = m.attribute_filter AND am.attribute_class = a.attribute_class
    ORDER BY ALL
"""
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

STATED = """
    SELECT DISTINCT COALESCE(l.payee_id, p.payee_id) AS payee_id, x.member_id, x.transaction_id, x.activity_date,
        x.amount, x.currency, x.reason, x.note
    FROM excluded AS x
    JOIN work.payees AS p ON p.program = x.program AND p.member_id = x.owner_id
    JOIN work.periods AS w ON w.program = x.program AND w.rebate = x.rebate AND w.period = x.period
    LEFT JOIN (
        SELECT program, rebate, member_id, period, ARG_MIN(payee_id, seq) AS payee_id,
            COUNT(*) FILTER (payout_period = ?) AS postings_now
        FROM ledger
        WHERE kind IN ('rebate', 'restatement')
        GROUP BY program, rebate, member_id, period
    ) AS l ON l.program = x.program AND l.rebate = x.rebate AND l.member_id = x.owner_id AND l.period = x.period
    WHERE w.horizon = 'to_date' OR (w.horizon = 'settled' AND (w.period_end >= ? OR l.postings_now > 0))
    ORDER BY ALL
"""
"""Exclusions of periods that statements show (sql/positions.sql): running, or posted to in the payout period."""


def read_exclusions(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> pl.DataFrame:
    """Return the transactions excluded when `run` was made: one row per rebate, period and transaction.

    Columns: program, rebate, period, node_id (where it would be added up), owner_id (who would be paid for it),
    member_id (who bought), transaction_id, activity_date, product_id, type, quantity, unit, amount, currency, and of
    the decision reason, note, person and decided_at.
    """
    return read(connection, EXCLUDED.format(in_force=is_in_force(run)))


def excluded_from(connection: duckdb.DuckDBPyConnection, member: str, program: str) -> pl.DataFrame:
    """Return, as `read_exclusions` does, what `member` bought or has added up at it, as the last run knew."""
    out = read_exclusions(connection, current_run(connection))
    return out.filter((pl.col("member_id") == member) | (pl.col("node_id") == member), program=program)


def stated_exclusions(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> pl.DataFrame:
    """Return the exclusions that statements mention.

    Columns: payee_id, member_id, transaction_id, activity_date, amount, currency, reason, note. Of a shared payout each
    payee is shown only the transactions of its own members.
    """
    with registered(connection, excluded=read_exclusions(connection, run)):
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
