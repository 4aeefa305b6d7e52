"""Changes: everything that happened to the books since a run, by figure and cause, tied out to the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.audit.past import find_run, read_past_run
from pipelines.console.tables import Table
from pipelines.warehouse.connection import connect
from pipelines.warehouse.sql_files import read_sql
from schemas.types import MONEY

if TYPE_CHECKING:
    from pipelines.workspace.configuration import Workspace

CHANGES_SQL = read_sql("audit", "changes")

BALANCES = """
    SELECT currency, CAST(COALESCE(SUM(amount) FILTER (seq <= $seq), 0) AS DECIMAL(18, 4)) AS before,
        CAST(SUM(amount) AS DECIMAL(18, 4)) AS after
    FROM payable GROUP BY currency ORDER BY currency
"""
"""Per currency, the ledger up to the posting `seq` and as it is now."""


def changes(workspace: Workspace, since: str) -> list[Table]:
    """Return what changed in the books after the run that `since` names (its id, or the last one up to a day).

    The first table gives per program, rebate, member, period and cause what the postings added up to before and after,
    and which rows, files or rule texts are behind it: settled (for the first time), late or corrected rows, rule_change
    (hashes of the texts before and after), data (another data set), adjustment, carry_forward, other. Two causes at
    once are named together ("corrected + late"); amounts of one cause are added up, so the steps are in the order in
    which each cause first occurred. Then come the sums by cause, and how they lead from the ledger then to the ledger
    now.

    Raises:
        BooksError: there is no such run.
    """
    with connect(workspace, read_only=True) as connection:
        run = read_past_run(connection, find_run(connection, since))
        seq = {"seq": run.ledger_after}
        found: pl.DataFrame = connection.sql(CHANGES_SQL, params=seq).pl()
        balances: pl.DataFrame = connection.sql(BALANCES, params=seq).pl()
    causes = _sums(found, "cause")
    return [
        Table("changes", f"What changed since {run.run.run_id}", found),
        Table("causes", "By cause", causes),
        Table("ledger", "The ledger", _tied_out(balances, found)),
    ]


def _sums(found: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Return the number of figures and the difference per currency, and per value of the columns `by`."""
    difference = pl.col("difference").cast(pl.Decimal(38, 4)).sum().cast(MONEY)
    return found.group_by(*by, "currency").agg(pl.len().alias("figures"), difference).sort(*by, "currency")


def _tied_out(balances: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Return the ledger then, the changes and the ledger now, per currency; `is_tied_out` says whether they agree."""
    added = _sums(found).select("currency", "difference")
    zero = pl.lit(0).cast(MONEY)
    return balances.join(added, on="currency", how="left").select(
        "currency",
        "before",
        pl.col("difference").fill_null(zero),
        "after",
        is_tied_out=pl.col("before") + pl.col("difference").fill_null(zero) == pl.col("after"),
    )
