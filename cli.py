"""The command line: parse the arguments, call one function, show what it returns, map errors to exit codes."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from pipelines.commands.accruals import app as accrual_commands
from pipelines.commands.books import app as book_commands
from pipelines.commands.cost import app as cost_commands
from pipelines.commands.dashboard import app as dashboard_commands
from pipelines.commands.export import app as export_commands
from pipelines.commands.near import app as near_commands
from pipelines.commands.options import AsJson, open_here, today
from pipelines.commands.overlaps import app as overlap_commands
from pipelines.commands.panel import app as panel_commands
from pipelines.commands.payouts import app as payout_commands
from pipelines.commands.rekey import app as rekey_commands
from pipelines.commands.rules import app as rule_commands
from pipelines.commands.simulate import app as simulation_commands
from pipelines.commands.site import app as site_commands
from pipelines.commands.statements import app as statement_commands
from pipelines.commands.status import app as status_commands
from pipelines.commands.visits import app as visit_commands
from pipelines.commands.workbook import app as workbook_commands
from pipelines.console.exit_codes import exit_codes
from pipelines.console.streams import flush_streams, prepare_streams, refuse_strange_words
from pipelines.workspace.files import private_files
from pipelines.workspace.process_limits import refuse_little_memory
from pipelines.workspace.system_errors import FAULTS, system_error
from schemas.errors import BooksError, Problem, RebatchError, StoppedError, StorageError

if TYPE_CHECKING:
    from pipelines.workspace.configuration import Workspace

app = typer.Typer(
    name="rebatch",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="[bold]Exit codes[/]\n\n" + "\n\n".join(f"{code}  {meaning}" for code, meaning in exit_codes().items()),
)
app.add_typer(status_commands)
app.add_typer(book_commands)
app.add_typer(payout_commands)
app.add_typer(export_commands)
app.add_typer(rule_commands)
app.add_typer(simulation_commands)
app.add_typer(accrual_commands)
app.add_typer(cost_commands)
app.add_typer(dashboard_commands)
app.add_typer(near_commands)
app.add_typer(panel_commands)
app.add_typer(workbook_commands)
app.add_typer(statement_commands)
app.add_typer(site_commands)
app.add_typer(overlap_commands)
app.add_typer(rekey_commands)
app.add_typer(visit_commands)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"rebatch {version('rebatch')}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    *,
    workspace: Annotated[
        Path | None,
        typer.Option(
            "--workspace",
            "-w",
            envvar="REBATCH_WORKSPACE",
            metavar="DIR",
            help="Folder with a rebatch.yaml. Default: this folder, if it has one.",
        ),
    ] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version, and end.")
    ] = False,
) -> None:
    """Compute, settle and explain partner rebates: extracts in, payouts out, every cent explained.

    Example: rebatch run && rebatch status
    """
    context.obj = workspace


@app.command()
def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")]) -> None:
    """Make a small workspace that runs at once: configuration, a program, extracts.

    Example: rebatch init acme && rebatch -w acme run
    """
    from pipelines.console.terminal import say
    from pipelines.workspace.configuration import create_workspace

    made = create_workspace(folder)
    say(f"made {folder}: see {made.root / 'rebatch.yaml'}, then `rebatch -w {folder} run`")


@app.command()
def run(
    context: typer.Context,
    *,
    as_of: Annotated[
        date | None,
        typer.Option(parser=date.fromisoformat, metavar="DATE", help="The day the books are brought to; today."),
    ] = None,
    ahead: Annotated[
        bool, typer.Option("--ahead", help="Allow a day that has not come; earlier days are refused afterwards.")
    ] = False,
    wait: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="How long to wait for another run in this workspace.")
    ] = 0.0,
    prefect: Annotated[
        bool, typer.Option("--prefect", help="Run as a Prefect flow (PREFECT_API_URL, else a temporary server).")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be loaded, rejected and posted; change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run the nightly job: read extracts, compute, settle, post, publish. Running it again changes nothing.

    Example: rebatch run --as-of 2026-11-23
    """
    from pipelines.books.runs import Run, refuse_ahead

    day = as_of or today()
    if dry_run:
        if prefect:
            message = "a dry run is no flow: leave out --prefect"
            raise typer.BadParameter(message)
        _show_dry_run(open_here(context), day, as_json=as_json)
        return
    if not ahead:
        refuse_ahead(day, today())
    workspace = open_here(context)
    if prefect:
        from pipelines.prefect_server import be_quiet

        be_quiet()
        from pipelines.flows import run_flow

        results = run_flow(workspace.root, as_of=day, wait=wait)
    else:
        from pipelines.console.progress import progress
        from pipelines.stages import run_all

        with progress() as listener:
            results = run_all(workspace, Run(day, listener), wait=wait)
    from pipelines.audit.period_ends import period_ends
    from pipelines.console.run_report import results_table
    from pipelines.console.terminal import show

    show([results_table(results), *period_ends(workspace, day)], as_json=as_json)
    if problems := [problem for result in results for problem in result.problems]:
        raise BooksError(*problems)


def _show_dry_run(workspace: Workspace, day: date, *, as_json: bool) -> None:
    from pipelines.audit.period_ends import period_ends
    from pipelines.books.runs import Run
    from pipelines.console.progress import progress
    from pipelines.console.terminal import show
    from pipelines.dry_run import MOST_SHOWN
    from pipelines.dry_run import dry_run as rehearse

    with progress() as listener:
        found = rehearse(workspace, Run(day, listener))
    show([*found.tables(None if as_json else MOST_SHOWN), *period_ends(workspace, day)], as_json=as_json)
    if found.stopped_by:
        raise found.stopped_by


@app.command()
def serve(
    context: typer.Context,
    *,
    cron: Annotated[str, typer.Option(help="When to run, as a cron line.")] = "0 2 * * *",
    timezone: Annotated[str, typer.Option(metavar="ZONE", help='Where the day begins, such as "Asia/Tokyo".')] = "UTC",
    port: Annotated[int, typer.Option(help="Port of the Prefect server started here, without PREFECT_API_URL.")] = 4200,
) -> None:
    """Run every night under Prefect, until stopped; with a server of its own where none is configured.

    Example: rebatch -w acme serve --cron "30 1 * * *" --timezone Europe/Berlin
    """
    from pipelines.prefect_server import be_quiet

    be_quiet()
    from pipelines.serving import checked_schedule
    from pipelines.serving import serve as serve_nightly

    schedule = checked_schedule(cron, timezone)
    serve_nightly(open_here(context).root, schedule, port=port)


def main() -> None:
    """Run the command line; a known error becomes lines on standard error and its exit code."""
    # Most objects of a command live until it ends, so frequent garbage collection costs time and frees nothing.
    gc.set_threshold(200_000, 20, 1_000)
    try:
        with private_files():  # whatever a command writes, by whatever library, is its owner's alone
            _run_app()
    except RebatchError as error:
        _end_with(error)


def _end_with(error: RebatchError) -> NoReturn:
    from pipelines.console.terminal import show_problems

    with suppress(OSError):  # standard error is full or has no reader: the exit code is all that can be said
        show_problems(error.problems)
    raise SystemExit(error.exit_code) from None


def _run_app() -> None:
    try:
        prepare_streams()
        refuse_strange_words(sys.argv)
        refuse_little_memory()
        app()
    except SystemExit as ended:
        # Typer turns Ctrl-C into its own exit code 130; only that one becomes an error with a message.
        if ended.code != StoppedError.exit_code:
            raise
        todo = "give the command again: nothing was half done"
        raise StoppedError(Problem("stopped before it was done", todo)) from None
    except BrokenPipeError:  # the reader of the output, such as `head`, has seen enough
        raise SystemExit(1) from None
    except FAULTS as error:
        raise system_error(error) from error


def command() -> None:
    """Run `main` as the command `rebatch`, then end the process at once.

    The interpreter's usual shutdown frees every object one by one, which costs each command a fifth of a second.
    """
    try:
        main()
    except SystemExit as ended:
        if not isinstance(ended.code, int):
            raise
        code = ended.code or (0 if flush_streams() else StorageError.exit_code)
        # Skips atexit handlers and destructors: nothing of ours depends on them. The warehouse is closed by its
        # context, Prefect's queues are emptied and its server is stopped by theirs.
        os._exit(code)
