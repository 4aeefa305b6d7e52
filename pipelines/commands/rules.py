"""The commands for authors of agreements: check, calc, terms, schema, plan."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import AsJson, Lang, open_here, open_if_named

app = typer.Typer()

MOST_SHOWN = 100
"""Rows of a table of `check` on the terminal: a longer list is read by a program, or narrowed with --ignore."""


@app.command()
def check(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="Rule files; all of the workspace's.")
    ] = None,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings too end with exit code 4, as for CI.")] = False,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", help="Leave out what is of this kind, such as cliff."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check rule files: every mistake with its line and what to write instead, tests, gaps, and double payment.

    Example: rebatch check rules/programs/dealer-revenue.yaml --strict --ignore double-payment
    """
    from pipelines.authoring.check import examine, refuse_other_keys
    from pipelines.console.terminal import show
    from schemas.errors import RuleError

    workspace = open_here(context)
    checked = examine(workspace, files, ignore=ignore or ())
    if not as_json:
        # In JSON the mistakes are rows of a table, for an editor or CI; a person gets them as error lines.
        checked.refuse()
    show(checked.tables(), as_json=as_json, most=MOST_SHOWN)
    if checked.of("error") or (strict and checked.of("warning")):
        raise typer.Exit(RuleError.exit_code)
    if not files:
        refuse_other_keys(workspace)


@app.command()
def calc(
    file: Annotated[Path, typer.Argument(help="A rule file.")],
    values: Annotated[
        Path, typer.Option(metavar="CSV", help="Columns rebate, member_id, qualifier, measure; - reads standard input.")
    ],
) -> None:
    """Work out a rule file on given figures, no data loaded: CSV in, CSV with tier, payout and unrounded out.

    Example: rebatch calc rules/programs/dealer-revenue.yaml --values values.csv
    """
    from pipelines.authoring.calc import calc_csv
    from pipelines.console.terminal import write

    source = sys.stdin.buffer if str(values) == "-" else values
    write(calc_csv(file, source))


@app.command()
def terms(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A rule file.")],
    *,
    lang: Annotated[str, typer.Option(metavar="en|de|ja", help="The language to write in.")] = "en",
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page to print and sign instead.")] = None,
    md: Annotated[Path | None, typer.Option(metavar="FILE", help="Write Markdown instead.")] = None,
) -> None:
    """Put a rule file into plain sentences with worked numbers, for the partner to read and sign.

    Example: rebatch terms rules/programs/dealer-revenue.yaml --lang ja --html dealer-revenue.html
    """
    from pipelines.authoring.agreement_pages import terms_document, write_markdown, write_page
    from pipelines.console.terminal import write
    from reports.agreement.documents import document_text

    document = terms_document(file, lang, open_if_named(context))
    if html is not None:
        write_page(document, html, open_here(context))
    if md is not None:
        write_markdown(document, md)
    if html is None and md is None:
        write(document_text(document))


@app.command()
def schema(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Where to write it; standard output.")] = None,
) -> None:
    """Give the JSON Schema of rule files, by which an editor completes and checks them as they are written.

    Example: rebatch schema rules.schema.json
    """
    from pipelines.authoring.schema import schema_text, write_schema
    from pipelines.console.terminal import write

    if file is None:
        write(schema_text())
    else:
        write_schema(file)


@app.command()
def plan(
    context: typer.Context,
    *,
    as_of: Annotated[
        date | None,
        typer.Option(parser=date.fromisoformat, metavar="DATE", help="The day of the run; that of the last one."),
    ] = None,
    member: Annotated[str | None, typer.Option(metavar="ID", help="Only what this member earns or is paid.")] = None,
    program: Annotated[str | None, typer.Option(metavar="ID", help="Only this program.")] = None,
    extracts: Annotated[bool, typer.Option("--extracts", help="With extracts that no run has loaded yet.")] = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page of all changes too.")] = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Show what the rules as they stand would change in money, against what is posted; nothing is posted.

    Example: rebatch plan --program dealer-revenue --html plan.html
    """
    from pipelines.authoring.plan import MOST_SHOWN, write_plan
    from pipelines.authoring.plan import plan as make_plan
    from pipelines.console.terminal import show
    from pipelines.publish.presentation import language_for

    workspace = open_here(context)
    language = language_for(workspace, lang)
    made = make_plan(workspace, as_of, member=member, program=program, with_extracts=extracts)
    if html is not None:
        write_plan(made, html, workspace, language)
    show(made.tables(None if as_json else MOST_SHOWN), as_json=as_json)
