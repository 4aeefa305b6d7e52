"""Rebuild: the published files that are missing, made again from the warehouse, as after a restore."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.audit.replay import is_equal, replay
from pipelines.console.tables import Table
from pipelines.warehouse.connection import connect
from schemas.errors import RebatchError

if TYPE_CHECKING:
    from pipelines.console.stage_progress import Progress
    from pipelines.workspace.configuration import Workspace

REBUILT = {"run_id": pl.String, "folder": pl.String, "result": pl.String}

PUBLISHED = "SELECT run_id FROM runs WHERE state = 'published' ORDER BY run_seq"


def rebuild_published(workspace: Workspace, progress: Progress) -> Table:
    """Publish every run again whose folder in out/ is missing, if its replay gives what the books sealed.

    Folders of exports are not made again: the ERP takes them away, and a second one would be a second payment. The
    caller holds the workspace.

    Returns a table with the columns REBUILT: a run whose replay differs is named, and its files are not published.
    """
    with connect(workspace, read_only=True) as connection:
        published = [run_id for (run_id,) in connection.execute(PUBLISHED).fetchall()]
    missing = [run_id for run_id in published if not (workspace.out_dir / run_id).exists()]
    rows = []
    progress.start("rebuild", len(missing))
    for run_id in missing:
        rows.append((run_id, f"{workspace.out_dir.name}/{run_id}", _again(workspace, run_id)))
        progress.advance(1)
    progress.end()
    return Table("rebuilt", "Published files made again", pl.DataFrame(rows, schema=REBUILT, orient="row"))


def _again(workspace: Workspace, run_id: str) -> str:
    try:
        tables = replay(workspace, run_id, to=workspace.out_dir / run_id, is_missing=True)
    except RebatchError as error:
        return f"not made again: {error.problems[0]}"
    if is_equal(tables):
        return "made again, equal to what the books sealed"
    return f"not made again: the replay differs (`rebatch replay {run_id}` says where)"
