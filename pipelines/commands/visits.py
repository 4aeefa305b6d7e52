"""The commands about visits of reps at partners."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

import typer

from pipelines.commands.options import AsJson, open_here

app = typer.Typer(name="visits", help="See how visits went, and plan the next.", no_args_is_help=True)


class By(StrEnum):
    """By what measures are added up."""

    MEMBER = "member"
    REP = "rep"
    REGION = "region"
    TEMPLATE = "template"


class Per(StrEnum):
    """By which period."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_COLUMNS = {By.MEMBER: "member_id", By.REP: "rep_id", By.REGION: "region", By.TEMPLATE: "template"}


@app.command()
def measures(
    context: typer.Context,
    *,
    by: Annotated[list[By] | None, typer.Option(help="By what they are added up; region.")] = None,
    per: Annotated[Per, typer.Option(help="By which period.")] = Per.QUARTER,
    since: Annotated[
        date | None,
        typer.Option(parser=date.fromisoformat, metavar="DATE", help="From this day on; the beginning of the year."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show how visits went: made, missed, late, coverage, tasks, indicators against targets, counts of stock.

    Example: rebatch visits measures --by rep --per month --since 2026-07-01
    """
    from pipelines.console.terminal import show
    from pipelines.visits.measures import measures as measure

    columns = [_COLUMNS[each] for each in dict.fromkeys(by or [By.REGION])]
    show(measure(open_here(context), by=columns, per=per.value, since=since), as_json=as_json)
