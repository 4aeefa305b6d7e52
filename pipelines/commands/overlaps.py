"""The command that lists what several rebates pay on."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.commands.options import AsJson, AsOf, open_asked

app = typer.Typer()


@app.command()
def overlaps(
    context: typer.Context,
    *,
    rebate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PROGRAM/REBATE", help="Only where this one pays, with the transactions; may be repeated."
        ),
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the transactions as CSV.")] = False,
) -> None:
    """List rebates that pay on the same sales, one of them in this payout period, and what the cheaper one costs there.

    Example: rebatch overlaps --rebate dealer-revenue/quarterly-revenue --rebate edi-orders/electronic-orders
    """
    from pipelines.audit.overlap_list import overlap_list, overlap_pairs, overlap_tables
    from pipelines.audit.past import books_as_of
    from pipelines.console.terminal import show, write_exact
    from reports.erp.overlaps import render_listed
    from rules.money import MINOR_UNITS

    chosen = rebate or ()
    with books_as_of(open_asked(context, as_of), as_of) as books:
        if as_csv:
            listed = render_listed(overlap_list(books, chosen), MINOR_UNITS)
            write_exact(listed, "send it to a file or a program, or leave out --csv")
            return
        pairs = overlap_pairs(books, chosen)
        rows = overlap_list(books, chosen) if chosen or as_json else None
    show(overlap_tables(pairs, rows), as_json=as_json)
