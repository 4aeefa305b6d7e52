"""What many commands are given: the workspace, and options that mean the same everywhere."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipelines.workspace.configuration import Workspace

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables; money is text, exact.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="RUN|DATE", help="What the books said then: a run's id, or the last run up to a day."
    ),
]
By = Annotated[str | None, typer.Option(metavar="PERSON", help="Who does it. Default: REBATCH_USER, else the user.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask: for scripts.")]
Wait = Annotated[
    float, typer.Option(min=0, metavar="SECONDS", help="How long to wait for another run in this workspace.")
]


def open_here(context: typer.Context) -> Workspace:
    """Open the workspace that is asked for, else the one in this folder, else the demo."""
    from pipelines.workspace.configuration import open_workspace, workspace_root

    return open_workspace(workspace_root(context.obj))


def open_books(context: typer.Context) -> Workspace:
    """Open a workspace of which only the books are asked: configuration and rules may be broken or gone."""
    from pipelines.workspace.configuration import books_of, workspace_root

    return books_of(workspace_root(context.obj))


def today() -> date:
    """Return the day it is where the command is given."""
    return datetime.now().astimezone().date()
