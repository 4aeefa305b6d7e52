"""The command that adds up what rebates cost."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.commands.options import AsJson, AsOf, open_books

app = typer.Typer()


@app.command()
def cost(
    context: typer.Context,
    *,
    by: Annotated[
        str, typer.Option(metavar="COLUMNS", help="program, rebate, tier, period, month, or columns of members.")
    ] = "program",
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Show what rebates cost, added up by program, tier, month, or what is known of members, such as their region.

    Example: rebatch cost --by program,tier,month
    """
    from pipelines.audit.cost import cost as read_cost
    from pipelines.audit.past import books_as_of
    from pipelines.console.terminal import show

    with books_as_of(open_books(context), as_of, is_computed=False) as then:
        show(read_cost(then, [name.strip() for name in by.split(",")]), as_json=as_json)
