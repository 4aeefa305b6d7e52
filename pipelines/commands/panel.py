"""The command that shows the panel of a member."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import AsJson, AsOf, Lang, open_here

app = typer.Typer()


@app.command()
def panel(
    context: typer.Context,
    member: Annotated[str, typer.Argument(help="Id of the member, or of who is paid for others, such as D-0001.")],
    *,
    purchases: Annotated[
        list[str] | None,
        typer.Option(
            "--if",
            metavar="PURCHASE",
            help='What would change with a purchase, such as "quantity +500 of P-100 in 2026-12"; as often as needed.',
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as a fragment of HTML too, to embed elsewhere.")
    ] = None,
    lang: Lang = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Show a member at a glance: rebates and tiers, projected year-end payout, open payouts, visits.

    Example: rebatch panel D-0001 --if "quantity +500 of P-100 in 2026-12"
    """
    from pipelines.console.terminal import show, write
    from pipelines.panel.panel import panel as make_panel
    from pipelines.panel.panel import write_panel
    from pipelines.panel.text import TERMINAL, panel_text
    from pipelines.publish.presentation import language_for

    workspace = open_here(context)
    if purchases:
        if html is not None or as_of is not None:
            other = "--html" if html is not None else "--as-of"
            message = f"what would be is computed on the books as they are, as tables or JSON: leave out {other}"
            raise typer.BadParameter(message)
        from pipelines.panel.what_if import what_if

        show(what_if(workspace, member, purchases), as_json=as_json)
        return
    language = language_for(workspace, lang)
    made = make_panel(workspace, member, as_of)
    if html is not None:
        write_panel(made, html, workspace, language)
    if as_json:
        show(made.tables.values(), as_json=True)
    else:
        write(panel_text(made.shown(TERMINAL)))
