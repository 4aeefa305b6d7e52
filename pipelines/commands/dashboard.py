"""The command that writes the dashboard for managers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import AsOf, Lang, open_here

app = typer.Typer()


@app.command()
def dashboard(
    context: typer.Context,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write; its name ends in .html.")
    ] = Path("dashboard.html"),
    lang: Lang = None,
    as_of: AsOf = None,
) -> None:
    """Write the dashboard for managers: one file to open from disk, with charts, tables and filters.

    Example: rebatch dashboard -o november.html
    """
    from pipelines.console.terminal import say
    from pipelines.dashboard.dashboard import write_dashboard

    size = write_dashboard(open_here(context), output, lang, as_of=as_of)
    say(f"written: {output}, {size / 1000:,.0f} kB; open it in a browser, it needs nothing else")
