"""The command that lists the transactions on which several rebates pay."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.commands.options import AsJson, AsOf, open_books, open_here

app = typer.Typer()


@app.command()
def overlaps(
    context: typer.Context,
    *,
    rebate: Annotated[
        list[str] | None, typer.Option(metavar="PROGRAM/REBATE", help="Only where this one pays; may be repeated.")
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")] = False,
) -> None:
    """List transactions that several rebates pay on, one of them in this payout period; overlaps.csv has their sums.

    Example: rebatch overlaps --rebate dealer-revenue/quarterly-revenue --rebate edi-orders/electronic-orders
    """
    from pipelines.audit.overlap_list import overlap_list, overlap_tables
    from pipelines.audit.past import books_as_of
    from pipelines.console.terminal import show, write_exact
    from reports.erp.overlaps import render_listed
    from rules.money import MINOR_UNITS

    with books_as_of(open_books(context) if as_of else open_here(context), as_of) as books:
        found = overlap_list(books, rebate or ())
    if as_csv:
        write_exact(render_listed(found, MINOR_UNITS), "send it to a file or a program, or leave out --csv")
        return
    show(overlap_tables(found), as_json=as_json)
