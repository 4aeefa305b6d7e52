"""The command that simulates proposed rules on history."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import AsJson, Lang, open_here

app = typer.Typer()


@app.command()
def simulate(
    context: typer.Context,
    rules: Annotated[Path, typer.Argument(help="The proposed rule file, or a folder of them.")],
    *,
    history: Annotated[
        int | None,
        typer.Option(min=1900, max=9999, metavar="YEAR", help="The year to compute; the one before the last run."),
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page with all members too.")] = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Show what proposed rules would have cost on a past year, against today's: per tier, who wins, who loses.

    Example: rebatch simulate proposed/dealer-revenue.yaml --history 2025 --html simulation.html
    """
    from pipelines.authoring.simulate import MOST_SHOWN, write_simulation
    from pipelines.authoring.simulate import simulate as run_simulation
    from pipelines.console.terminal import show
    from pipelines.publish.presentation import language_for

    workspace = open_here(context)
    language = language_for(workspace, lang)
    made = run_simulation(workspace, rules, history)
    if html is not None:
        write_simulation(made, html, workspace, language)
    show(made.tables(None if as_json else MOST_SHOWN), as_json=as_json)
