"""The commands that exchange files with the ERP: export, reconcile, outstanding."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands.options import AsJson, By, open_here, today
from pipelines.commands.payout_choice import OfPayee, OfProgram

if TYPE_CHECKING:
    from pipelines.erp.export import Plan

app = typer.Typer()


@app.command()
def export(
    context: typer.Context,
    *,
    payee: OfPayee = None,
    program: OfProgram = None,
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="How the files are written. Default: what rebatch.yaml says.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be exported.")] = False,
    as_of: Annotated[
        date | None, typer.Option(parser=date.fromisoformat, metavar="DATE", help="The day of the batch; today.")
    ] = None,
    by: By = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask: for scripts.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the approved payouts for the ERP, once: a folder out/export-… with its trigger file last.

    The same command again completes or shows the same batch; no payout leaves twice unless the ERP refused it.
    What a file or the bank would not take is set aside with its reason, and the others leave: exit code 7.

    Example: rebatch export --profile sap --dry-run
    """
    from pipelines.books.actors import this_person
    from pipelines.console.terminal import confirm, show
    from pipelines.erp.export import Asked, plan_export
    from pipelines.erp.export import export as export_payouts
    from schemas.errors import BooksError

    if as_json and not (yes or dry_run):
        # JSON goes to a program, which cannot answer a question on the terminal.
        message = "--json asks nothing: say --yes or --dry-run too"
        raise typer.BadParameter(message)
    workspace = open_here(context)
    asked = Asked(by or this_person(), as_of or today(), profile, payee, program)
    plan = plan_export(workspace, asked)
    if dry_run:
        show(plan.tables, as_json=as_json)
    else:
        if not yes and (plan.batch is not None or plan.changed.height):
            show(plan.tables)
            confirm(_question(plan, asked.person))
        show(export_payouts(workspace, asked, plan), as_json=as_json)
    if not plan.set_aside.is_empty():
        raise typer.Exit(BooksError.exit_code)


def _question(plan: Plan, person: str) -> str:
    parts = [
        *([f"put {plan.changed.height} payouts back in review"] if plan.changed.height else []),
        *([f"export {plan.batch.payouts.height} payouts"] if plan.batch else []),
    ]
    asked = ", ".join(parts)
    return f"{asked[:1].upper()}{asked[1:]} as {person}?"


@app.command()
def reconcile(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="The ERP's answers; those that runs have loaded.")] = None,
    *,
    dismissed: Annotated[
        list[str] | None,
        typer.Option(
            "--dismiss", metavar="ID", help="Ask no more for an answer (ANS-…) or what a payout got too much."
        ),
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why it is dismissed; kept for ever.")] = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record what the ERP says of exported payouts: paid, paid in part, refused. What is not understood is listed.

    The file is read as the source of payments in rebatch.yaml says. Exit code 7: an answer, or what was paid too much,
    needs somebody.

    Example: rebatch reconcile answers.csv
    """
    from pipelines.books.actors import this_person
    from pipelines.console.terminal import show
    from pipelines.erp.dismiss import dismiss
    from pipelines.erp.reconcile import is_settled, reconcile_answers
    from schemas.errors import BooksError

    if bool(dismissed) != bool(reason) or (dismissed and file):
        message = "say either FILE, or --dismiss ID with --reason TEXT"
        raise typer.BadParameter(message)
    workspace, person = open_here(context), by or this_person()
    if dismissed:
        show(dismiss(workspace, dismissed, person=person, reason=reason), as_json=as_json)
        return
    tables = reconcile_answers(workspace, file, person=person)
    show(tables, as_json=as_json)
    if not is_settled(tables):
        raise typer.Exit(BooksError.exit_code)


@app.command()
def outstanding(
    context: typer.Context,
    *,
    as_of: Annotated[
        date | None, typer.Option(parser=date.fromisoformat, metavar="DATE", help="The day to count from; today.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what is still to be paid of every payout, for how long it has been due, and answers that are in doubt.

    Example: rebatch outstanding --as-of 2027-01-31
    """
    from pipelines.console.terminal import show
    from pipelines.erp.outstanding import outstanding as read_outstanding

    show(read_outstanding(open_here(context), as_of or today()), as_json=as_json)
