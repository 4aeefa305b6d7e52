"""The load of one large file, and what is measured then: python -m tests.benchmarks.visit_load WORKSPACE NAME.

`WORKSPACE/large.csv` is loaded as `extracts/NAME`, after everything else. Prints JSON: CPU seconds of the load, rows
read, CPU seconds of `visits measures`, and the peak memory in MB after each.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import date
from pathlib import Path

from pipelines.books.runs import Run
from pipelines.intake.extract import extract
from pipelines.intake.stage import stage
from pipelines.stages import run_all
from pipelines.visits.measures import measures
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace
from tests.benchmarks.stages import seconds

AS_OF = date(2026, 11, 23)


def peak() -> float:
    """Return the most memory that this process held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(root: str, name: str) -> None:
    workspace, run = open_workspace(Path(root)), Run(AS_OF)
    run_all(workspace, run)
    (workspace.root / "large.csv").rename(workspace.root / "extracts" / name)
    begun = seconds()
    # Held open, as a run does: each stage would else close the warehouse.
    with connect(workspace):
        extract(workspace, run)
        read = stage(workspace, run).counts["read"]
    found = {"read": read, "load": seconds() - begun, "load_mb": peak()}
    if name.startswith("visit"):
        run_all(workspace, run)
        begun = seconds()
        tables = {table.name: table.frame for table in measures(workspace, by=["region"], per="quarter")}
        rows = int(tables["indicators"]["rows"].sum())
        found |= {"measured": rows, "measure": seconds() - begun, "measure_mb": peak()}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
