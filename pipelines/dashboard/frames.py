"""What the dashboard shows, as frames; each equals what a command shows, from the same books."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.audit.near import ways
from pipelines.audit.overlap_list import with_costs
from pipelines.books.runs import current_run
from pipelines.panel.ahead import forecasts
from pipelines.panel.frames import positions_of, year_of
from pipelines.publish.overlap_report import PAIRS
from pipelines.warehouse.frames import has_table, has_work, read, read_work
from pipelines.warehouse.parsed import run_script
from pipelines.warehouse.sql_files import read_sql
from rules.compiled.periods import shift_months
from rules.rating.near import way_to_tiers
from rules.rating.projection import project
from schemas.types import MONEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

MEMBERS_SQL = read_sql("dashboard", "members")
POSTED_SQL = read_sql("dashboard", "posted")
SALES_SQL = read_sql("dashboard", "sales")
GROWTH_SQL = read_sql("dashboard", "growth")
PLAN_SQL = read_sql("dashboard", "plan")
BUDGETS = """
    SELECT p.program, MAX(r.currency) AS currency, CAST(MAX(p.budget) AS DECIMAL(38, 4)) AS budget,
        CAST(COALESCE(MAX(l.spent), 0) AS DECIMAL(38, 4)) AS spent
    FROM work.provisions AS p
    JOIN work.rebates AS r USING (program, rebate)
    LEFT JOIN (
        SELECT program, SUM(amount) AS spent FROM ledger WHERE kind IN ('rebate', 'restatement') GROUP BY program
    ) AS l ON l.program = p.program
    WHERE p.budget IS NOT NULL GROUP BY p.program ORDER BY p.program
"""
_NO_VISITS = (
    "CREATE TEMP VIEW visits AS SELECT '' AS member_id, 1 AS superseded_seq, '' AS status, NULL AS actual_start"
)
_YEAR = 12


def dashboard_frames(connection: duckdb.DuckDBPyConnection, overlaps: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    """Return the frames of the dashboard from books with a forecast (see pipelines.panel.ahead), and `overlaps`.

    members: member, name, region. posted: what was posted, by program, rebate, tier, region, month, period, member,
    currency. open: what open periods have earned and are projected to pay. near: who has a next tier, what is missing
    and what it brings. plan: target and actual. sales: by product, month, region, currency, of two years. growth: what
    members bought this year and on the same days of last year, and their visits. overlaps: pairs of rebates that pay
    on the same sales, what they are, and about what the smaller of the two pays on them. budgets: budget and spent.
    """
    run = current_run(connection)
    run_script(connection, MEMBERS_SQL)
    if not has_table(connection, "visits"):
        connection.execute(_NO_VISITS)
    first, _ = year_of(run.as_of)
    days = {
        "since": first,
        "as_of": run.as_of,
        "before": shift_months(first, -_YEAR),
        "same_day": shift_months(run.as_of, -_YEAR),
    }
    members = read(connection, "SELECT * FROM dashboard_members ORDER BY member")
    region = members.select("member", "region")
    since = {"since": days["before"], "as_of": run.as_of}
    return {
        "members": members,
        "posted": read(connection, POSTED_SQL),
        "open": _open(connection, region),
        "near": _near(connection, region),
        "plan": read(connection, PLAN_SQL),
        "sales": read(connection, SALES_SQL, since),
        "growth": read(connection, GROWTH_SQL, days),
        "overlaps": overlaps,
        "budgets": read(connection, BUDGETS),
    }


def _open(connection: duckdb.DuckDBPyConnection, region: pl.DataFrame) -> pl.DataFrame:
    """Return what open periods have earned, and what they are projected to pay and between which amounts."""
    projected = project(positions_of(connection, current_run(connection)), *forecasts(connection))
    columns = ("program", "rebate", "tier", "region", "period", "member", "currency")
    return (
        projected.filter("is_open")
        .rename({"member_id": "member"})
        .join(region, on="member", how="left")
        .with_columns(pl.col("tier").fill_null(0), pl.col("region").fill_null(""))
        .select(*columns, "earned", "projected", "low", "high")
        .sort(columns)
    )


def _near(connection: duckdb.DuckDBPyConnection, region: pl.DataFrame) -> pl.DataFrame:
    """Return who has a next tier in an open period: what is missing, in percent too, and what reaching it brings."""
    found = way_to_tiers(*ways(connection)).rename({"member_id": "member"})
    known = found.filter(pl.col("short_percent").is_between(0, 100), pl.col("brings") > 0)
    in_money = (pl.col("short_unit") == "percent") & pl.col("short_amount").is_not_null()
    return (
        known.join(region, on="member", how="left")
        .with_columns(
            pl.col("region").fill_null(""),
            short=pl.when(in_money).then(pl.col("short_amount").cast(pl.Decimal(38, 10))).otherwise("short"),
            short_unit=pl.when(in_money).then("currency").otherwise("short_unit"),
        )
        .select(
            "program", "rebate", "tier", "region", "period", "member", "currency", "until", "short", "short_unit",
            "short_percent", "brings",
        )
    )  # fmt: skip


def read_double_cost(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the pairs of rebates that pay on the same sales, as the last run found them: see rules.ledger.double_cost.

    `connection` is open to the books themselves: a scratch copy has no overlaps.
    """
    if not has_work(connection, "overlaps"):
        return pl.DataFrame(schema=PAIRS | {"double_cost": MONEY})
    return with_costs(connection, read_work(connection, "overlaps"))
