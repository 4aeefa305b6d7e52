"""The accruals command: what is accrued per program and month, and how it compares with what was settled."""

from __future__ import annotations

import typer

from pipelines.commands.options import AsJson, AsOf, open_books

app = typer.Typer()


@app.command()
def accruals(context: typer.Context, *, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Show what is accrued per program and month, and each settlement's difference to what was accrued for it.

    Example: rebatch accruals --as-of 2026-10-31
    """
    from pipelines.audit.accruals import accruals as read_accruals
    from pipelines.audit.past import books_as_of
    from pipelines.console.terminal import show

    with books_as_of(open_books(context), as_of, is_computed=False) as then:
        show(read_accruals(then), as_json=as_json)
