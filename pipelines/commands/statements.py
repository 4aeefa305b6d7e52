"""The commands about statements: make them as PDF, send them by mail, and look after what was sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import AsJson, By, Wait, open_here

ABOUT = "Make the statements of the last run as PDF, and send them by mail."
app = typer.Typer(name="statements", help=ABOUT, no_args_is_help=True)

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
    from pipelines.console.progress import progress
    from pipelines.console.terminal import show_outcome
    from pipelines.documents.make import make_documents
    from pipelines.workspace.lock import hold

    chosen, workspace = _chosen(payee, everybody=everybody), open_here(context)
    with hold(workspace.lock_path, wait=wait), progress() as listener:
        made = make_documents(workspace, chosen, listener, folder=output)
    raise typer.Exit(show_outcome([made.table()], made.problems, as_json=as_json))


@app.command()
def send(
    context: typer.Context,
    *,
    payee: OfPayees = None,
    everybody: OfAll = False,
    really: Annotated[
        bool, typer.Option("--really", help="Send them. Without it they are written as .eml files, to be looked at.")
    ] = False,
    wait: Wait = 0.0,
    as_json: AsJson = False,
) -> None:
    """Send the statements of the last run by mail, each once; without --really write the mails as files.

    What was sent, refused or is in doubt is not sent again before somebody says so (`rebatch statements resend`).
    Exit code 7: a mail needs somebody; the others were sent.

    Example: rebatch statements send --all
    """
    from pipelines.console.progress import progress
    from pipelines.console.terminal import show_outcome
    from pipelines.mail.send import send_statements
    from pipelines.workspace.lock import hold

    chosen, workspace = _chosen(payee, everybody=everybody), open_here(context)
    with hold(workspace.lock_path, wait=wait), progress() as listener:
        sending = send_statements(workspace, chosen, listener, really=really)
    raise typer.Exit(show_outcome([sending.table()], sending.problems, as_json=as_json))


@app.command()
def status(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the outbox: every mail, its state (pending, sending, sent, failed, unknown) and what the server said.

    Example: rebatch statements status
    """
    from pipelines.console.terminal import show
    from pipelines.mail.again import mail_status

    show(mail_status(open_here(context)), as_json=as_json)


@app.command()
def resend(
    context: typer.Context,
    *,
    payee: Annotated[list[str], typer.Option("--payee", metavar="ID", help="The payee of the statement.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why it is sent again; kept for ever.")],
    by: By = None,
    wait: Wait = 0.0,
    as_json: AsJson = False,
) -> None:
    """Have a statement sent again that was sent, refused, or of which nobody knows: the next `send --really` does it.

    Example: rebatch statements resend --payee D-0001 --reason "the mailbox was full"
    """
    from pipelines.books.actors import this_person
    from pipelines.console.terminal import show
    from pipelines.mail.again import resend as have_sent_again
    from pipelines.workspace.lock import hold

    workspace, person = open_here(context), by or this_person()
    with hold(workspace.lock_path, wait=wait):
        show(have_sent_again(workspace, payee, person=person, reason=reason), as_json=as_json)
