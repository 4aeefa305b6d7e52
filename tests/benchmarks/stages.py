"""Stages of a run, with what each costs: python -m tests.benchmarks.stages WORKSPACE DAY [STAGE ...]. Prints JSON.

Without names of stages, all of them.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import date
from pathlib import Path

from pipelines.books.runs import Run
from pipelines.stages import STAGES
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace


def seconds() -> float:
    """Return the seconds of CPU that this process took so far, all its threads together."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main(root: str, day: str, *names: str) -> None:
    workspace, run = open_workspace(Path(root)), Run(date.fromisoformat(day))
    costs = {}
    # As a run does, which keeps the warehouse open from its first stage to its last.
    with connect(workspace):
        for stage in (each for each in STAGES if not names or each.name in names):
            begun = seconds()
            stage.run(workspace, run)
            costs[stage.name] = [seconds() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]
    with connect(workspace, read_only=True) as connection:
        paid = "SELECT CAST(SUM(amount) AS DECIMAL(18, 2)) FROM ledger WHERE kind IN ('rebate', 'restatement')"
        [(amount,)] = connection.execute(paid).fetchall()
    sys.stdout.write(json.dumps({"stages": costs, "paid": str(amount)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
