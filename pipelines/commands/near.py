"""The command that lists who is near a tier."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from pipelines.commands.options import AsJson, AsOf, open_asked

app = typer.Typer()


def a_decimal(text: str | Decimal) -> Decimal:
    """Return a number from 0 to a billion, which may have a sign for percent.

    Raises:
        BadParameter: it is none.
    """
    try:
        found = Decimal(str(text).removesuffix("%"))  # the default comes as the number that it is
    except InvalidOperation as error:
        message = f"{text!r} is not a number"
        raise typer.BadParameter(message) from error
    if not 0 <= found < 10**12:
        message = f"{text!r} is not from 0 to a billion"
        raise typer.BadParameter(message)
    return found


@app.command()
def near(
    context: typer.Context,
    *,
    within: Annotated[
        Decimal, typer.Option(metavar="PERCENT", parser=a_decimal, help="How much of the next bound may be missing.")
    ] = Decimal(10),
    money: Annotated[
        Decimal | None,
        typer.Option(metavar="AMOUNT", parser=a_decimal, help="Also who lacks at most so much of its currency."),
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """List who is near the next tier of an open period, what is missing, and what it would bring, the most first.

    Example: rebatch near --within 5 --money 2000
    """
    from pipelines.audit.near import near as find_near
    from pipelines.audit.past import books_as_of
    from pipelines.console.terminal import show

    with books_as_of(open_asked(context, as_of), as_of) as books:
        show(find_near(books, percent=within, amount=money), as_json=as_json)
