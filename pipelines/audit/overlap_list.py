"""What several rebates pay on: the sums and the cost of each pair of them, and on demand the transactions."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.runs import current_run
from pipelines.console.tables import Table
from pipelines.publish.overlap_report import read_overlaps, read_pairs
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import has_work, read
from rules.ledger.double_cost import with_double_cost
from schemas.errors import Problem, TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from pipelines.workspace.configuration import Workspace

MOST_PAIRS = 10
"""People are shown as many pairs of each currency; JSON has all of them."""

MOST_SHOWN = 200
"""People are shown as many transactions; JSON and CSV have all of them."""

RATES = """
    SELECT e.program || '/' || e.rebate AS name, MAX(e.currency) AS currency, SUM(e.amount) AS amount,
        SUM(e.measure) AS measure
    FROM work.entitlements AS e JOIN work.rebates AS r USING (program, rebate)
    WHERE e.horizon = 'settled' AND r.measure_counted = 'revenue' AND r.measure_kind = 'plain' AND e.amount > 0
    GROUP BY name HAVING SUM(e.measure) > 0
"""
"""What rebates on revenue pay for it on average, where they pay."""


def overlap_pairs(workspace: Workspace, rebates: Sequence[str] = ()) -> pl.DataFrame:
    """Return the pairs of rebates that pay on the same transactions, in each currency those that cost most first.

    One of the two was posted to in the payout period of the last run. `rebates`, named program/rebate: only pairs of
    which they are part. Columns: rebate, other_rebate, transactions, amount, currency, double_cost (what the cheaper
    of the two pays on the sales of both; see rules.ledger.double_cost).

    Raises:
        TerminalError: nothing was computed yet, or one of `rebates` is not of the last run.
    """
    with _computed(workspace, rebates) as connection:
        pairs = with_costs(connection, read_pairs(connection, current_run(connection)))
    sides = pl.concat_list("one", "other")
    order = ["currency", "double_cost", "amount", "one", "other"]
    most = pairs.sort(order, descending=[False, True, True, False, False], nulls_last=True)
    chosen = most.filter(*(sides.list.contains(name) for name in rebates))
    named = chosen.rename({"one": "rebate", "other": "other_rebate"})
    return named.select("rebate", "other_rebate", "transactions", "amount", "currency", "double_cost")


def with_costs(connection: duckdb.DuckDBPyConnection, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return pairs of rebates with double_cost, at the average rate of each in the last computed run."""
    return with_double_cost(pairs, read(connection, RATES))


def overlap_list(workspace: Workspace, rebates: Sequence[str] = ()) -> pl.DataFrame:
    """Return the transactions on which more than one rebate pays, and among them every one of `rebates`.

    One of those that pay was posted to in the payout period of the last run. `rebates` are named program/rebate.
    Columns: transaction_id, source, member_id, activity_date, amount, currency, payers (a list of such names).

    Raises:
        TerminalError: nothing was computed yet, or one of `rebates` is not of the last run.
    """
    with _computed(workspace, rebates) as connection:
        rows = read_overlaps(connection, current_run(connection))
    return rows.filter(*(pl.col("payers").list.contains(name) for name in rebates))


def overlap_tables(pairs: pl.DataFrame, overlaps: pl.DataFrame | None) -> list[Table]:
    """Return both for people, who are shown the first rows, and for JSON, where they are complete.

    overlaps: None where nobody asked for transactions.
    """
    few = pairs.group_by("currency", maintain_order=True).head(MOST_PAIRS)
    of = "" if few.height == pairs.height else f": the first of {pairs.height:,} in each currency, --json has all"
    tables = [Table("pairs", f"Rebates that pay on the same sales{of}", few, pairs.to_dicts())]
    if overlaps is not None:
        cut = "" if overlaps.height <= MOST_SHOWN else f": the first {MOST_SHOWN} of {overlaps.height:,}, --csv has all"
        shown = overlaps.head(MOST_SHOWN).with_columns(pl.col("payers").list.join("; "))
        tables.append(Table("overlaps", f"The transactions that they pay on{cut}", shown, overlaps.to_dicts()))
    return tables


@contextmanager
def _computed(workspace: Workspace, rebates: Sequence[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a warehouse with what the last run computed, `rebates` among it."""
    with connect(workspace, read_only=True) as connection:
        if not has_work(connection, "entitlements"):
            raise TerminalError(Problem("no run has computed anything yet", "`rebatch run` first"))
        known = connection.execute("SELECT program || '/' || rebate FROM work.rebates ORDER BY ALL").fetchall()
        names = [name for (name,) in known]
        if strange := sorted(set(rebates) - set(names)):
            found = f"the last run has no rebate called {' or '.join(strange)}"
            raise TerminalError(Problem(found, f"name one of {', '.join(names)}"))
        yield connection
