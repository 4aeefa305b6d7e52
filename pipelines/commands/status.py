"""The commands that a day begins with: the books at a glance, one figure to the cent, rows that were refused."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.commands.options import AsJson, AsOf, open_asked, open_here, today

app = typer.Typer()


@app.command()
def explain(
    context: typer.Context,
    member: Annotated[str, typer.Argument(help="Id of the member, such as D-0001.")],
    program: Annotated[str, typer.Argument(help="Id of the program, such as dealer-revenue.")],
    period: Annotated[str, typer.Argument(help='Period, such as "2026-Q1", "2026-03" or "2026".')],
    *,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Explain every cent of a member's rebates in a period: clause, tier, figures, postings, transactions.

    Example: rebatch explain D-0001 dealer-revenue 2026-Q1
    """
    from pipelines.audit.explain import explain as explain_figure
    from pipelines.audit.past import books_as_of
    from pipelines.console.terminal import show

    with books_as_of(open_asked(context, as_of), as_of) as books:
        show(explain_figure(books, member=member, program=program, period=period), as_json=as_json)


@app.command()
def status(context: typer.Context, *, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Show the books at a glance: runs, rows in, entitlements, ledger, payouts, what waits for an answer, open rejects.

    Example: rebatch status --as-of 2026-10-31
    """
    from pipelines.audit.past import books_as_of
    from pipelines.audit.status import status as read_status
    from pipelines.console.terminal import show

    with books_as_of(open_asked(context, as_of), as_of) as books:
        show(read_status(books, None if as_of else today()), as_json=as_json)


@app.command()
def rejects(
    context: typer.Context,
    *,
    data_set: Annotated[str | None, typer.Option(metavar="NAME", help="Only this data set, such as members.")] = None,
    resolved: Annotated[bool, typer.Option("--all", help="Also those that a corrected file has resolved.")] = False,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")] = False,
) -> None:
    """List input rows that were refused: file, line, column, reason, original text, and what to do.

    Example: rebatch rejects --data-set transactions
    """
    from pipelines.audit.reject_list import reject_list, reject_tables
    from pipelines.console.terminal import show, write_exact

    found = reject_list(open_here(context), data_set=data_set, with_resolved=resolved)
    if as_csv:
        write_exact(found.write_csv().encode(), "send it to a file or a program, or leave out --csv")
        return
    show(reject_tables(found), as_json=as_json)
