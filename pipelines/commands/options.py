"""Options shared by many commands, and opening the workspace they name."""

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
Lang = Annotated[
    str | None, typer.Option(metavar="en|de|ja", help="The language of the page. Default: the workspace's.")
]
By = Annotated[str | None, typer.Option(metavar="PERSON", help="Who does it. Default: REBATCH_USER, else the user.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask: for scripts.")]
Wait = Annotated[
    float, typer.Option(min=0, metavar="SECONDS", help="How long to wait for another run in this workspace.")
]


def open_here(context: typer.Context) -> Workspace:
    """Open the workspace given by `--workspace` or REBATCH_WORKSPACE, else the one in the current folder."""
    from pipelines.workspace.configuration import open_workspace, workspace_root

    return open_workspace(workspace_root(context.obj))


def open_if_named(context: typer.Context) -> Workspace | None:
    """Open the workspace as `open_here` does; None where no folder is named and the current one is none."""
    from pipelines.workspace.configuration import open_workspace, workspace_root
    from schemas.errors import WorkspaceError

    try:
        root = workspace_root(context.obj)
    except WorkspaceError:
        return None
    return open_workspace(root)


def open_books(context: typer.Context) -> Workspace:
    """Open a workspace for its warehouse alone: its configuration and rule files may be broken or gone."""
    from pipelines.workspace.configuration import books_of, workspace_root

    return books_of(workspace_root(context.obj))


def open_asked(context: typer.Context, as_of: str | None) -> Workspace:
    """Open a workspace: for its warehouse alone where a run of the past is asked for, which brings the rest."""
    return open_books(context) if as_of else open_here(context)


def today() -> date:
    """Return today's date in the local time zone of the machine."""
    return datetime.now().astimezone().date()
