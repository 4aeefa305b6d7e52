"""The transactions on which several rebates pay, listed on demand: the run's overlaps.csv has their sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.runs import current_run
from pipelines.console.tables import Table
from pipelines.publish.overlap_report import read_overlaps
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import has_work
from schemas.errors import Problem, TerminalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.workspace.configuration import Workspace

MOST_SHOWN = 200
"""People are shown as many rows; JSON and CSV have all of them."""


def overlap_list(workspace: Workspace, rebates: Sequence[str] = ()) -> pl.DataFrame:
    """Return the transactions on which more than one rebate pays, and among them every one of `rebates`.

    One of those that pay was posted to in the payout period of the last run. `rebates` are named program/rebate.
    Columns: transaction_id, source, member_id, activity_date, amount, currency, payers (a list of such names).

    Raises:
        TerminalError: nothing was computed yet, or one of `rebates` is not of the last run.
    """
    with connect(workspace, read_only=True) as connection:
        if not has_work(connection, "entitlements"):
            raise TerminalError(Problem("no run has computed anything yet", "`rebatch run` first"))
        known = connection.execute("SELECT program || '/' || rebate FROM work.rebates ORDER BY ALL").fetchall()
        names = [name for (name,) in known]
        if strange := sorted(set(rebates) - set(names)):
            found = f"the last run has no rebate called {' or '.join(strange)}"
            raise TerminalError(Problem(found, f"name one of {', '.join(names)}"))
        rows = read_overlaps(connection, current_run(connection))
    return rows.filter(*(pl.col("payers").list.contains(name) for name in rebates))


def overlap_tables(overlaps: pl.DataFrame) -> list[Table]:
    """Return the list for people, of which they are shown the first rows; in JSON it is complete."""
    cut = "" if overlaps.height <= MOST_SHOWN else f": the first {MOST_SHOWN} of {overlaps.height:,}, --csv has all"
    shown = overlaps.head(MOST_SHOWN).with_columns(pl.col("payers").list.join("; "))
    return [Table("overlaps", f"Paid on by several rebates{cut}", shown, overlaps.to_dicts())]
