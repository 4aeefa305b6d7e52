"""The stages of a run, in order."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.books.backup import keep_nightly
from pipelines.calculation.aggregate import aggregate
from pipelines.calculation.post import post
from pipelines.calculation.rate import rate
from pipelines.calculation.rule_files import load_programs
from pipelines.calculation.settle import settle
from pipelines.intake.extract import extract
from pipelines.intake.stage import stage
from pipelines.publish.publish import publish
from pipelines.warehouse.connection import connect
from pipelines.workspace.lock import hold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipelines.books.runs import Run
    from pipelines.console.stage_progress import StageResult
    from pipelines.workspace.configuration import Workspace
    from schemas.workspace import WorkspaceConfig


@dataclass(frozen=True)
class Stage:
    """A named step of a run: it reads the tables of the stage before it and writes its own."""

    name: str
    run: Callable[[Workspace, Run], StageResult] = field(repr=False)
    is_wanted: Callable[[WorkspaceConfig], bool] = field(default=lambda _: True, repr=False)


STAGES: tuple[Stage, ...] = (
    Stage("extract", extract),
    Stage("stage", stage),
    Stage("aggregate", aggregate),
    Stage("rate", rate),
    Stage("settle", settle),
    Stage("post", post),
    Stage("publish", publish),
)


def documents(workspace: Workspace, run: Run) -> StageResult:
    """Run the stage of pipelines.documents: its typesetter and fonts are read where they are wanted alone."""
    from pipelines.documents.stage import documents as make

    return make(workspace, run)


def mail(workspace: Workspace, run: Run) -> StageResult:
    """Run the stage of pipelines.mail."""
    from pipelines.mail.stage import mail as send

    return send(workspace, run)


AFTERWARDS: tuple[Stage, ...] = (
    Stage("documents", documents, lambda config: config.statements.pdf),
    Stage("mail", mail, lambda config: config.mails_nightly),
)
"""What follows once the run is published, where the workspace asks for it. Each does what it can for every payee."""


@contextmanager
def at_work(workspace: Workspace, *, wait: float = 0.0) -> Iterator[None]:
    """Hold the workspace's lock and keep its warehouse open for a whole run.

    Mistakes in rule files are reported now, before any extract is read.

    Raises:
        RuleError: the rule files have mistakes.
        WorkspaceBusyError: another run is at work, or somebody else has the warehouse open.
    """
    with hold(workspace.lock_path, wait=wait):
        # Only for its errors: reading all extracts may take minutes, a mistake in a rule should not wait for that.
        load_programs(workspace)
        # DuckDB shares one instance per file in a process: the stages' own connections reuse this one's cache.
        with connect(workspace):
            yield
        # Only after a run that is done, its warehouse closed: a backup is of books that hold.
        keep_nightly(workspace)
        if workspace.config.panels.nightly:
            from pipelines.panel.nightly import write_nightly

            write_nightly(workspace)


def run_all(workspace: Workspace, run: Run, *, wait: float = 0.0) -> list[StageResult]:
    """Run all stages in order while holding the workspace's lock, and return what each did.

    Raises:
        RebatchError: the first thing that stopped the run; what was there before is still there.
    """
    wanted = [stage for stage in AFTERWARDS if stage.is_wanted(workspace.config)]
    with at_work(workspace, wait=wait):
        return [stage.run(workspace, run) for stage in (*STAGES, *wanted)]
