"""The load of a workspace, the stages extract and stage, with what it costs: python -m tests.benchmarks.load WORKSPACE.

Prints JSON: CPU seconds, peak memory in MB, and the rows read.
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
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace
from tests.benchmarks.stages import seconds

AS_OF = date(2026, 11, 23)


def main(root: str) -> None:
    workspace, begun = open_workspace(Path(root)), seconds()
    # Held open, as a run does: each stage would else close the warehouse.
    with connect(workspace):
        extract(workspace, Run(AS_OF))
        read = stage(workspace, Run(AS_OF)).counts["read"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"seconds": seconds() - begun, "megabytes": peak, "read": read}))


if __name__ == "__main__":
    main(*sys.argv[1:])
