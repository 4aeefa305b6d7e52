"""The commands about past runs and the safety of the books: verify, rules, replay, changes, backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import AsJson, By, Wait, open_books

app = typer.Typer()


@app.command()
def verify(
    context: typer.Context,
    *,
    manifest: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A manifest.json that was kept elsewhere, to compare; may be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether the books hold: hash chains, every invariant, stored rule texts, files on disk.

    Example: rebatch verify --manifest /kept/2026-10-31/manifest.json
    """
    from pipelines.audit.verify import holds, is_complete
    from pipelines.audit.verify import verify as verify_books
    from pipelines.console.terminal import show
    from schemas.errors import InvariantError, Problem, UncheckedError

    tables = verify_books(open_books(context), manifest or [])
    show(tables, as_json=as_json)
    if not holds(tables):
        raise typer.Exit(InvariantError.exit_code)
    if not is_complete(tables):
        found = "not everything was checked: the last run did not finish"
        raise UncheckedError(Problem(found, "`rebatch run` brings it to its end; then verify again"))


@app.command()
def rules(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List every wording of every program that was ever run: its days, when it became known, first and last run.

    Example: rebatch rules --json
    """
    from pipelines.audit.rule_history import rule_history
    from pipelines.console.terminal import show

    show(rule_history(open_books(context)), as_json=as_json)


@app.command()
def replay(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN|DATE", help="A run's id, or a day: the last run up to it.")],
    *,
    to: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the files made again in this new folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a past run's files again from the warehouse alone, and compare them with what was published.

    Example: rebatch replay 2026-10-31 --to october
    """
    from pipelines.audit.replay import is_equal
    from pipelines.audit.replay import replay as replay_run
    from pipelines.console.terminal import show
    from schemas.errors import InvariantError

    tables = replay_run(open_books(context), run, to=to)
    show(tables, as_json=as_json)
    if not is_equal(tables):
        raise typer.Exit(InvariantError.exit_code)


@app.command()
def changes(
    context: typer.Context,
    *,
    since: Annotated[str, typer.Option(metavar="RUN|DATE", help="A run's id, or a day: the last run up to it.")],
    as_json: AsJson = False,
) -> None:
    """List what changed in the books since a run, by cause: late or corrected rows, rules, other data, adjustments.

    Example: rebatch changes --since 2026-10-31
    """
    from pipelines.audit.changes import changes as read_changes
    from pipelines.console.terminal import show

    show(read_changes(open_books(context), since), as_json=as_json)


@app.command()
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to make.")],
    *,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")] = False,
    wait: Wait = 0.0,
    as_json: AsJson = False,
) -> None:
    """Copy the whole warehouse into one checked file: with it every past run can be made again.

    Example: rebatch backup /backups/acme-2026-11-23.tar
    """
    from pipelines.books.backup import about_table
    from pipelines.books.backup import backup as make_backup
    from pipelines.console.terminal import show
    from pipelines.workspace.lock import hold

    books = open_books(context)
    with hold(books.lock_path, wait=wait):
        about = make_backup(books, file, overwrite=overwrite)
    show([about_table(about, "backup", f"Backed up into {file}")], as_json=as_json)


@app.command()
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `rebatch backup` made.")],
    *,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a warehouse; it is kept as warehouse.duckdb.replaced.")
    ] = False,
    by: By = None,
    wait: Wait = 0.0,
    as_json: AsJson = False,
) -> None:
    """Put the warehouse of a backup into the workspace, once it has been checked, and make missing files again.

    Runs, decisions and batches that the replaced warehouse knew and the backup does not are listed and kept in an
    appendix; what was sent in such a batch is not exported again before somebody clears it (`rebatch appendix`).

    Example: rebatch -w acme restore /backups/acme-2026-11-23.tar
    """
    from pipelines.audit.rebuild import rebuild_published
    from pipelines.books.actors import this_person
    from pipelines.books.backup import about_table, lost_table
    from pipelines.books.backup import restore as restore_backup
    from pipelines.console.progress import progress
    from pipelines.console.terminal import show
    from pipelines.workspace.lock import hold

    books = open_books(context)
    with hold(books.lock_path, wait=wait):
        about, lost = restore_backup(books, file, person=by or this_person(), overwrite=overwrite)
        with progress() as listener:
            rebuilt = rebuild_published(books, listener)
    show([about_table(about, "restore", f"Restored from {file}"), *lost_table(lost), rebuilt], as_json=as_json)


@app.command()
def appendix(
    context: typer.Context,
    batch: Annotated[str | None, typer.Argument(help="A batch of before a restore; all if none is named.")] = None,
    *,
    clear: Annotated[
        bool, typer.Option("--clear", help="It is clear what became of the batch: hold nothing back for it.")
    ] = False,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="What became of it; kept for ever.")] = "",
    by: By = None,
    wait: Wait = 0.0,
    as_json: AsJson = False,
) -> None:
    """List what restores of older backups replaced: runs, decisions, and batches that may have been paid.

    Example: rebatch appendix 2026-12-01-70121aa4360c --clear --reason "never reached the bank"
    """
    from pipelines.books.actors import check_texts, this_person
    from pipelines.books.appendix import clear as clear_batch
    from pipelines.books.appendix import read_appendix
    from pipelines.console.tables import Table
    from pipelines.console.terminal import show
    from pipelines.warehouse.connection import connect
    from pipelines.workspace.lock import hold

    if clear and not (batch and reason):
        message = "say BATCH --clear --reason TEXT"
        raise typer.BadParameter(message)
    books = open_books(context)
    if clear and batch:
        person = by or this_person()
        check_texts(person=person, reason=reason)
        with hold(books.lock_path, wait=wait), connect(books) as connection:
            clear_batch(connection, batch, person=person, reason=reason)
    with connect(books, read_only=True) as connection:
        show([Table("appendix", "What restores replaced", read_appendix(connection, batch))], as_json=as_json)
