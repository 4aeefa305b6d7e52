"""The stage rate: from sums, visits and agreed figures to entitlements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.calculation.facts import left_out_sums, read_facts
from pipelines.calculation.unconverted import unconverted
from pipelines.console.stage_progress import StageResult
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read_work, write
from rules.engine import Contract, entitle_ahead
from rules.rating.inputs import Lookups

if TYPE_CHECKING:
    import duckdb

    from pipelines.books.runs import Run
    from pipelines.workspace.configuration import Workspace


def rate(workspace: Workspace, run: Run) -> StageResult:
    """Rate what `aggregate` wrote, and write work.entitlements, work.forecast and work.unconverted."""
    run.progress.start("rate", None)
    with connect(workspace) as connection:
        entitlements, forecast, lost = entitle_ahead(
            read_facts(connection), read_lookups(connection), read_contract(connection)
        )
        if workspace.config.accruals is None:  # what is in the table must be accrued; panels foresee for themselves
            forecast = forecast.clear()
        lost = left_out_sums(connection, lost)
        write(connection, {"entitlements": entitlements, "forecast": forecast, "unconverted": lost})
        warned = unconverted(connection)
    run.progress.end()
    settled = entitlements.filter(horizon="settled")
    counts: dict[str, int | str] = {
        "entitlements": settled.height,
        "earning": settled.filter(settled["amount"] != 0).height,
        "unconverted": int(lost["transactions"].sum()),
    }
    return StageResult("rate", counts | ({"warned": "\n".join(map(str, warned))} if warned else {}))


def read_lookups(connection: duckdb.DuckDBPyConnection) -> Lookups:
    """Return the lookups that `aggregate` wrote."""
    return Lookups(**{name: read_work(connection, name) for name in Lookups.__dataclass_fields__})


def read_contract(connection: duckdb.DuckDBPyConnection) -> Contract:
    """Return what the rules say, as compiled by `aggregate`."""
    return Contract(**{name: read_work(connection, name) for name in Contract.__dataclass_fields__})
