"""The commands about visits of reps at partners."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands.near import a_decimal
from pipelines.commands.options import AsJson, AsOf, open_asked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.workspace.configuration import Workspace

app = typer.Typer(name="visits", help="See how visits went, and plan the next.", no_args_is_help=True)

Within = Annotated[
    Decimal, typer.Option(metavar="PERCENT", parser=a_decimal, help="How much of a next tier's bound may be missing.")
]


MOST_SHOWN = 1_000
"""Rows of a table that a terminal is shown; --json has all."""


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


@contextmanager
def _books(context: typer.Context, as_of: str | None, *, is_computed: bool = True) -> Iterator[Workspace]:
    """Open the books as they are, or as a run left them, with the templates that it found."""
    from pipelines.audit.past import books_as_of
    from pipelines.calculation.template_files import read_template_texts
    from schemas.errors import BooksError, Problem

    with books_as_of(open_asked(context, as_of), as_of, is_computed=is_computed) as books:
        if as_of and not read_template_texts(books):
            found = f"the run of {as_of} kept no template of visits: there was none, or it is of an earlier Rebatch"
            raise BooksError(Problem(found, "name a later run"))
        yield books


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
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Show how visits went: made, missed, late, coverage, tasks, indicators against targets, counts of stock.

    Example: rebatch visits measures --by rep --per month --since 2026-07-01
    """
    from pipelines.console.terminal import show
    from pipelines.visits.measures import measures as measure

    columns = [_COLUMNS[each] for each in dict.fromkeys(by or [By.REGION])]
    with _books(context, as_of, is_computed=False) as books:
        show(measure(books, by=columns, per=per.value, since=since), as_json=as_json, most=MOST_SHOWN)


def _month(text: str) -> str:
    from pipelines.visits.field_data import month_of

    try:
        month_of(text)
    except ValueError as error:
        message = f"{text!r} is no month, such as 2026-12"
        raise typer.BadParameter(message) from error
    return text


@app.command()
def report(
    context: typer.Context,
    *,
    within: Within = Decimal(10),
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as a page too.")] = None,
    xlsx: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as a workbook too.")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Report what to do next by the money at stake, what is overdue, and how visits of this year went.

    Example: rebatch visits report --html visits.html --xlsx visits.xlsx
    """
    from pipelines.console.terminal import show
    from pipelines.visits.report import visit_report
    from pipelines.visits.report_files import write_html, write_workbook

    with _books(context, as_of) as books:
        made = visit_report(books, percent=within)
        if html is not None:
            write_html(made, html, books)
        if xlsx is not None:
            write_workbook(made, xlsx, books)
    show(made.tables, as_json=as_json)


@app.command()
def plan(
    context: typer.Context,
    *,
    month: Annotated[str, typer.Option(parser=_month, metavar="MONTH", help="The month, such as 2026-12.")],
    within: Within = Decimal(10),
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write visits.csv, calendars and maps into this new folder.")
    ] = None,
    check: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Judge this plan instead: rules it breaks, money it leaves out.")
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Propose the visits of a month by what is due, near a tier, missed or open, routed by rep and day.

    Example: rebatch visits plan --month 2026-12 --out december
    """
    from pipelines.console.terminal import say, show
    from pipelines.visits.field_data import month_of
    from pipelines.visits.plan import visit_plan

    with _books(context, as_of) as books:
        made = visit_plan(books, month, month_of(month), percent=within)
        if check is not None:
            from pipelines.visits.plan_check import check_plan
            from schemas.errors import BooksError

            tables = check_plan(books, made, check)
            show(tables, as_json=as_json)
            if not tables[0].frame.is_empty():
                raise typer.Exit(BooksError.exit_code)
            return
        show(made.tables(), as_json=as_json)
        if out is not None:
            from pipelines.visits.plan_files import write_plan_files

            written = write_plan_files(books, made, out)
            if not as_json:
                say(f"written to {out}: {len(written)} files, visits.csv among them")


@app.command()
def sheet(
    context: typer.Context,
    rep: Annotated[str, typer.Argument(help="Id of the rep, such as R-02.")],
    day: Annotated[
        date, typer.Argument(parser=date.fromisoformat, metavar="DATE", help="The day, such as 2026-12-01.")
    ],
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write; its name ends in .html.")],
    *,
    as_of: AsOf = None,
) -> None:
    """Write the sheet of a rep's day: one page for a phone, offline, that saves what was done as extracts.

    Example: rebatch visits sheet R-02 2026-11-24 day.html
    """
    from pipelines.console.terminal import say
    from pipelines.visits.sheet import write_sheet

    with _books(context, as_of) as books:
        visits = write_sheet(books, rep, day, target)
    say(f"written: {target}, visits {visits}")
