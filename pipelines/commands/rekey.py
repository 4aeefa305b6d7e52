"""The command that gives rows in force other keys: rekey."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.commands.options import AsJson, By, Yes, open_here

app = typer.Typer()


@app.command()
def rekey(
    context: typer.Context,
    *,
    new: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A source that is another one, not a renamed one; may be repeated."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would do; change nothing.")] = False,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is kept in the books.")] = "",
    by: By = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Give rows in force the keys that rebatch.yaml asks for, after a source, its key or `ids:` was changed.

    First it is shown which rows would stay, get another key, merge or split. Where rows that say different things would
    have one key, it is refused, unless `repeated_keys` of the source says which counts.

    Example: rebatch rekey --reason "the ERP was renamed" --by ann
    """
    from pipelines.books.actors import this_person
    from pipelines.console.terminal import show
    from pipelines.intake.rekey import propose
    from pipelines.intake.rekey import rekey as give_keys

    if as_json and not (yes or dry_run):
        # JSON goes to a program, which cannot answer a question on the terminal.
        message = "--json asks nothing: say --yes too"
        raise typer.BadParameter(message)
    workspace, others = open_here(context), new or []
    plan = propose(workspace, others)
    if plan.is_empty or dry_run:
        show(plan.tables, as_json=as_json)
        return
    person = by or this_person()
    if not yes:
        show(plan.tables)
        typer.confirm(f"Do so as {person}?", abort=True)
    done = give_keys(workspace, plan, new=others, person=person, reason=reason)
    show([*(plan.tables if yes else []), done], as_json=as_json)
