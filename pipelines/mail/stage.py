"""The stage mail: what is new is sent after every run, where the workspace says so."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pipelines.console.stage_progress import StageResult
from pipelines.mail.send import send_statements

if TYPE_CHECKING:
    from pipelines.books.runs import Run
    from pipelines.workspace.configuration import Workspace


def mail(workspace: Workspace, run: Run) -> StageResult:
    """Post the statements that are new by mail; what somebody must look at is told.

    Raises:
        TerminalError: the mail server does not let us in.
    """
    sending = send_statements(workspace, None, run.progress, really=True)
    states = Counter(row.state for row in sending.rows)
    return StageResult("mail", dict(sorted(states.items())), tuple(sending.problems))
