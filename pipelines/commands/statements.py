"""The commands about statements: make them as PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import AsJson, Wait, open_here

app = typer.Typer(name="statements", help="Make the statements of the last run as PDF.", no_args_is_help=True)

OfPayees = Annotated[list[str] | None, typer.Option("--payee", metavar="ID", help="The statement of this payee.")]
OfAll = Annotated[bool, typer.Option("--all", help="The statements of all payees.")]


def _chosen(payees: list[str] | None, *, everybody: bool) -> list[str] | None:
    """Return the payees that are meant; None for all.

    Raises:
        BadParameter: neither or both are said.
    """
    if bool(payees) == everybody:
        message = "say either --payee ID or --all"
        raise typer.BadParameter(message)
    return payees or None


@app.command()
def make(
    context: typer.Context,
    *,
    payee: OfPayees = None,
    everybody: OfAll = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="The folder. Default: statements/ and the month."),
    ] = None,
    wait: Wait = 0.0,
    as_json: AsJson = False,
) -> None:
    """Make the statements of the last run as PDF; what is there unchanged is not made again.

    A statement with a character that no font has is named, and the others are made: exit code 7.

    Example: rebatch statements make --all
    """
    from pipelines.console.bars import progress
    from pipelines.console.terminal import show, show_problems
    from pipelines.documents.make import make_documents
    from pipelines.workspace.lock import hold
    from schemas.errors import BooksError

    chosen, workspace = _chosen(payee, everybody=everybody), open_here(context)
    with hold(workspace.lock_path, wait=wait), progress() as listener:
        made = make_documents(workspace, chosen, listener, folder=output)
    show([made.table()], as_json=as_json)
    if made.problems:
        show_problems(made.problems)
        raise typer.Exit(BooksError.exit_code)
