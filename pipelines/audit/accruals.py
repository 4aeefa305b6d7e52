"""Accruals: what is accrued per program and month, and how it compares with what was settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.console.figures import PERCENT
from pipelines.console.tables import Table
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.warehouse.sql_files import read_sql
from rules.ledger.accruals import accrued
from rules.rating.quotients import percentage
from schemas.types import VALUE

if TYPE_CHECKING:
    from pipelines.workspace.configuration import Workspace

ACCRUALS_SQL = read_sql("audit", "accruals")
VARIANCE_SQL = read_sql("audit", "variance")


def accruals(workspace: Workspace) -> list[Table]:
    """Return what the books have accrued.

    accruals: program, month, currency, accrued and reversed in the month, open at its end. open: program, rebate,
    period, currency, members and what is accrued for them now. variance: program, rebate, period, settled_through,
    settled_on, currency, what was accrued before that run, what it posted, what is still accrued after it, difference =
    posted + still_accrued - accrued, and that in percent of what was accrued (empty where nothing was;
    percent_unit: its unit).

    Raises:
        TerminalError: nothing was ever run here.
    """
    with connect(workspace, read_only=True) as connection:
        months = read(connection, ACCRUALS_SQL)
        variance = read(connection, VARIANCE_SQL)
        ledger = read(connection, "SELECT * FROM ledger WHERE kind IN ('accrual', 'accrual_reversal')")
    return [
        Table("accruals", "Accrued and taken back, by month", months),
        Table("open", "Accrued now", _open(ledger)),
        Table(
            "variance",
            "Accrued before each settlement, against what it posted",
            _in_percent(variance),
            units={"percent": "percent_unit"},
        ),
    ]


def _open(ledger: pl.DataFrame) -> pl.DataFrame:
    by = ["program", "rebate", "period", "currency"]
    kept = accrued(ledger).filter(pl.col("accrued") != 0)
    return kept.group_by(by).agg(members=pl.len().cast(pl.Int64), open=pl.col("accrued").sum()).sort(by)


def _in_percent(variance: pl.DataFrame) -> pl.DataFrame:
    """Return `variance` with the difference in percent of what was accrued; NULL where nothing was."""
    of = pl.col("accrued").cast(VALUE)
    percent = percentage(pl.col("difference").cast(VALUE), pl.when(of != 0).then(of))
    return variance.with_columns(percent=percent, percent_unit=pl.lit(PERCENT))
