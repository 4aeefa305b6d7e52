"""The stage rate: from sums, visits and agreed figures to entitlements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.calculation.batches import read_batches
from pipelines.calculation.facts import LOST, left_out_sums, read_frames
from pipelines.calculation.unconverted import unconverted
from pipelines.console.stage_progress import StageResult
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read_row, write, write_in_order
from rules.engine import ENTITLEMENT_KEY, Contract, entitle_some, refuse_uncomputed, uncomputed
from rules.rating.inputs import Lookups

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.books.runs import Run
    from pipelines.workspace.configuration import Workspace
    from rules.engine import Entitled

COUNTS = """
    SELECT COUNT(*), COUNT(*) FILTER (amount <> 0), (SELECT COALESCE(SUM(transactions), 0) FROM work.unconverted)
    FROM work.entitlements WHERE horizon = 'settled'
"""


def rate(workspace: Workspace, run: Run) -> StageResult:
    """Rate what `aggregate` wrote, and write work.entitlements, work.forecast and work.unconverted."""
    run.progress.start("rate", None)
    with connect(workspace) as connection:
        lost: list[pl.DataFrame] = []
        # What is in the table of forecasts must be accrued; panels foresee for themselves.
        tables = _tables(connection, lost, is_accruing=workspace.config.accruals is not None)
        write_in_order(connection, tables, ENTITLEMENT_KEY)
        write(connection, {"unconverted": left_out_sums(connection, pl.concat(lost))})
        warned = unconverted(connection)
        counts: dict[str, int | str] = {
            name: int(count)
            for name, count in zip(
                ("entitlements", "earning", "unconverted"), read_row(connection, COUNTS), strict=True
            )
        }
    run.progress.end()
    return StageResult("rate", counts | ({"warned": "\n".join(map(str, warned))} if warned else {}))


def _tables(
    connection: duckdb.DuckDBPyConnection, lost: list[pl.DataFrame], *, is_accruing: bool
) -> Iterator[dict[str, pl.DataFrame]]:
    """Yield the rows of work.entitlements and work.forecast, a batch at a time; append to `lost` what is not converted.

    Raises:
        BooksError: two different targets, or baselines, are agreed for one member, rebate and period.
        RuleError: an amount is too large for the books or to be shared exactly; after the last batch, with all of them.
    """
    refused: list[pl.DataFrame] = []
    for inputs in read_batches(connection):
        entitled: Entitled = entitle_some(*inputs)
        refused.append(uncomputed(entitled))
        lost.append(entitled.unconverted.select(LOST))
        yield {
            "entitlements": entitled.entitlements,
            "forecast": entitled.forecast if is_accruing else entitled.forecast.clear(),
        }
    refuse_uncomputed(pl.concat(refused))


def read_lookups(connection: duckdb.DuckDBPyConnection) -> Lookups:
    """Return the lookups that `aggregate` wrote."""
    return Lookups(**read_frames(connection, Lookups, {}))


def read_contract(connection: duckdb.DuckDBPyConnection) -> Contract:
    """Return what the rules say, as compiled by `aggregate`."""
    return Contract(**read_frames(connection, Contract, {}))
