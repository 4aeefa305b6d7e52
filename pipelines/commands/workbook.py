"""The command that writes the workbook for finance."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import AsJson, AsOf, open_asked

app = typer.Typer()


@app.command()
def workbook(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write; its name ends in .xlsx.")],
    *,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Write the books as a workbook: payouts, lines, balances, entitlements, ledger, rejects, visits, a control sheet.

    Example: rebatch workbook november.xlsx
    """
    import polars as pl

    from pipelines.audit.past import books_as_of
    from pipelines.audit.workbook import write_workbook
    from pipelines.console.tables import Table
    from pipelines.console.terminal import show
    from pipelines.visits.workbook import visit_sheets

    with books_as_of(open_asked(context, as_of), as_of) as books:
        sheets = write_workbook(books, target, visit_sheets(books))
    rows = pl.DataFrame({"sheet": [sheet.name for sheet in sheets], "rows": [sheet.rows.height for sheet in sheets]})
    show([Table("workbook", f"Written: {target}", rows)], as_json=as_json)
