"""The commands about payouts: list, submit, approve, reject, adjust, and each payee's balance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands.options import AsJson, AsOf, By, Yes, open_here
from pipelines.commands.payout_choice import by_status, to_decide

if TYPE_CHECKING:
    from pipelines.approval.approval_items import Choice
    from pipelines.approval.dispute import Dispute
    from pipelines.workspace.configuration import Workspace

app = typer.Typer()

Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why; kept for ever.")]


@app.command()
@by_status
def payouts(context: typer.Context, choice: Choice, *, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """List payouts with their status, and the adjustments, exclusions and write-offs that wait.

    Example: rebatch payouts --status draft --min 1000
    """
    from pipelines.approval.payout_list import list_payouts
    from pipelines.audit.past import books_as_of
    from pipelines.console.terminal import show

    with books_as_of(open_here(context), as_of, is_computed=False) as books:
        show(list_payouts(books, choice), as_json=as_json)


@app.command()
@to_decide
def submit(
    context: typer.Context,
    choice: Choice,
    *,
    by: By = None,
    reason: Reason = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Hand drafts in for review: runs leave them alone from then on, and draft what comes later as a further payout.

    Example: rebatch submit --period 2026-11 --by ann
    """
    _decide(context, "submit", choice, by=by, reason=reason, yes=yes, as_json=as_json)


@app.command()
@to_decide
def approve(
    context: typer.Context,
    choice: Choice,
    *,
    by: By = None,
    reason: Reason = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Approve payouts, or by id an adjustment or write-off of another person, which the next run then posts.

    Above `two_people_above` of rebatch.yaml it takes two people; below `auto_approve_below` runs approve by themselves.

    Example: rebatch approve --program dealer-revenue --max 5000 --by ann
    """
    _decide(context, "approve", choice, by=by, reason=reason, yes=yes, as_json=as_json)


@app.command()
@to_decide
def reject(
    context: typer.Context,
    choice: Choice,
    *,
    reason: Reason,
    by: By = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Reject payouts that were not exported: the next run takes their amounts into its drafts. Or an adjustment.

    Example: rebatch reject 2026-11-USD-0123456789ab --reason "disputed return" --by ann
    """
    _decide(context, "reject", choice, by=by, reason=reason, yes=yes, as_json=as_json)


@app.command()
def adjust(
    context: typer.Context,
    member: Annotated[str | None, typer.Argument(help="Id of the member.")] = None,
    program: Annotated[str | None, typer.Argument(help="Id of the program.")] = None,
    period: Annotated[str | None, typer.Argument(help='Period it belongs to, such as "2026-Q1".')] = None,
    amount: Annotated[str | None, typer.Argument(help="In the program's currency; after -- if negative.")] = None,
    *,
    exclude: Annotated[
        str | None, typer.Option(metavar="TRANSACTION", help="Take this transaction out of all rebates instead.")
    ] = None,
    include: Annotated[str | None, typer.Option(metavar="TRANSACTION", help="Let it count again.")] = None,
    recover: Annotated[
        str | None, typer.Option(metavar="PAYOUT", help="Take back what the ERP paid too much on this payout.")
    ] = None,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="If several sources have its id.")] = None,
    reason: Annotated[str, typer.Option(metavar="CODE", help="A short word, such as goodwill or price-error.")],
    note: Annotated[str, typer.Option(metavar="TEXT", help="What happened; it stands on the payee's statement.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="You asked for the very same today already, and mean a second one.")
    ] = False,
    by: By = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Ask for a manual adjustment: another person approves it (rebatch approve ADJ-…), then the next run posts it.

    Or for a disputed transaction to be taken out (approve EXC-…), after what that would move is shown; or to take back
    what a payout was paid too much. Given again on one day, as after a kill, it finds what it did and adds nothing.

    Example: rebatch adjust D-0001 dealer-revenue 2026-Q1 120.50 --reason goodwill --note "late delivery" --by ann
    """
    from pipelines.approval.adjust import Adjustment
    from pipelines.approval.adjust import adjust as ask_for
    from pipelines.approval.dispute import Dispute
    from pipelines.approval.recover import recover as take_back
    from pipelines.books.actors import this_person
    from pipelines.console.terminal import show

    asked, person = (member, program, period, amount), by or this_person()
    if [exclude, include, recover, next(filter(None, asked), None)].count(None) != 3:  # noqa: PLR2004 - one of four
        message = "say either MEMBER PROGRAM PERIOD AMOUNT, or --exclude, or --include, or --recover"
        raise typer.BadParameter(message)
    workspace = open_here(context)
    if recover is not None:
        table = take_back(workspace, recover, reason=reason, note=note, person=person)
    elif member and program and period and amount:
        adjustment = Adjustment(member, program, period, amount, reason, note)
        table = ask_for(workspace, adjustment, person=person, again=again)
    elif any(asked):
        message = "say MEMBER PROGRAM PERIOD AMOUNT"
        raise typer.BadParameter(message)
    else:
        about = Dispute(str(exclude or include), reason, note, source, excludes=exclude is not None)
        _dispute(workspace, about, person, yes=yes, as_json=as_json)
        return
    show([table], as_json=as_json)


def _dispute(workspace: Workspace, about: Dispute, person: str, *, yes: bool, as_json: bool) -> None:
    from pipelines.approval.dispute import Moved, asked_today, dispute, find_disputed
    from pipelines.authoring.dispute_effect import dispute_effect
    from pipelines.console.terminal import confirm, show

    if as_json and not yes:
        # JSON goes to a program, which cannot answer a question on the terminal.
        message = "--json asks nothing: say --yes too"
        raise typer.BadParameter(message)
    if there := asked_today(workspace, about, person=person):
        show([there], as_json=as_json)
        return
    effect = dispute_effect(workspace, find_disputed(workspace, about, person=person), excludes=about.excludes)
    if not yes:
        show([effect])
        confirm(f"Ask for it as {person}?")
    tables = dispute(workspace, about, Moved.of(effect.frame), person=person)
    show([*([effect] if yes else []), *tables], as_json=as_json)


@app.command()
def history(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="ID", help="A payout, ADJ-…, WO-…, ANS-… or a transaction.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show everything that was decided about a payout: by whom, when and why, and each draft that runs made of it.

    Example: rebatch history 2026-11-USD-0123456789ab
    """
    from pipelines.audit.history import history as read_history
    from pipelines.console.terminal import show

    show([read_history(open_here(context), subject)], as_json=as_json)


@app.command()
def balance(
    context: typer.Context,
    payee: Annotated[str | None, typer.Argument(help="Id of the payee; all of them.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show what payees are entitled to and where it is: paid, open, carried, invoiced, written off.

    Example: rebatch balance D-0001
    """
    from pipelines.audit.balance import balance as read_balance
    from pipelines.console.terminal import show

    show(read_balance(open_here(context), payee), as_json=as_json)


def _decide(
    context: typer.Context, kind: str, choice: Choice, *, by: str | None, reason: str, yes: bool, as_json: bool
) -> None:
    from pipelines.approval.approve import decide, decided_already, propose, totals
    from pipelines.approval.bank_warnings import bank_warnings
    from pipelines.books.actors import this_person
    from pipelines.console.terminal import confirm, show

    if as_json and not yes:
        # JSON goes to a program, which cannot answer a question on the terminal.
        message = "--json asks nothing: say --yes too"
        raise typer.BadParameter(message)
    workspace, person = open_here(context), by or this_person()
    if there := decided_already(workspace, choice, kind=kind, person=person, reason=reason):
        show([there], as_json=as_json)
        return
    # What the person confirms is what gets decided: `decide` refuses if the books changed between the two calls.
    proposed = propose(workspace, choice, kind=kind, person=person)
    warnings = bank_warnings(workspace, proposed) if kind == "approve" else []
    if not yes:
        show([totals(proposed), *warnings])
        confirm(f"{kind.capitalize()} {proposed.height} as {person}?")
    decided = decide(workspace, choice, proposed, kind=kind, person=person, reason=reason)
    show([totals(proposed), decided, *warnings] if yes else [decided], as_json=as_json)
