"""The stage documents: every statement of the run as PDF, where the workspace asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.console.stage_progress import StageResult
from pipelines.documents.make import make_documents

if TYPE_CHECKING:
    from pipelines.books.runs import Run
    from pipelines.workspace.configuration import Workspace


def documents(workspace: Workspace, run: Run) -> StageResult:
    """Write the statements of the run that was just published as PDF; those that cannot be set are told.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    made = make_documents(workspace, None, run.progress)
    counts: dict[str, int | str] = {"new": made.new, "unchanged": made.unchanged, "not_made": len(made.problems)}
    return StageResult("documents", counts | {"folder": made.folder}, made.problems)
