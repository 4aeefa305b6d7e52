"""A run as far as its money is posted, and what it would publish: what looks at no file saves a third of every run."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING

from pipelines.books.runs import Run
from pipelines.publish.publish import publish
from pipelines.stages import STAGES, at_work

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.console.stage_progress import StageResult
    from pipelines.workspace.configuration import Workspace


def post_run(workspace: Workspace, run: Run) -> list[StageResult]:
    """Run all stages but the last, publish, and return what each did."""
    with at_work(workspace):
        return [stage.run(workspace, run) for stage in STAGES if stage.name != "publish"]


def pages_of(workspace: Workspace) -> dict[str, str]:
    """Publish the last run, which was posted, and return its statements by the names of their files."""
    publish_last(workspace)
    pages = sorted(workspace.out_dir.rglob("statements/*.html"))
    return {page.name: page.read_text(encoding="utf-8") for page in pages}


def publish_last(workspace: Workspace) -> None:
    """Publish the last run, which was posted."""
    # Which day it was of is in the books.
    publish(workspace, Run(date.max))


def published_files(root: Path) -> dict[str, str]:
    """Return the SHA-256 of every published file of the workspace in `root`, by its path."""
    files = (path for path in (root / "out").rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
