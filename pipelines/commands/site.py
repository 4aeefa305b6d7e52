"""The commands about the partner site: make it, say who sees what, show it on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.commands.options import AsJson, Wait, open_here

app = typer.Typer(name="site", invoke_without_command=True)


@app.callback()
def site(
    context: typer.Context,
    *,
    serve: Annotated[
        bool, typer.Option("--serve", help="Show it on this machine alone afterwards, until it is stopped.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port for --serve; 0 takes any that is free.")] = 8000,
    wait: Wait = 0.0,
    as_json: AsJson = False,
) -> None:
    """Make the partner site of the last run in `site/`: a folder for each payee and parent, for sales and for staff.

    What is there unchanged is not written again.

    Example: rebatch site --serve
    """
    if context.invoked_subcommand is not None:
        return
    from pipelines.console.progress import progress
    from pipelines.console.terminal import show_outcome
    from pipelines.site.build import build_site
    from pipelines.site.serve import serve_folder
    from pipelines.workspace.lock import hold

    workspace = open_here(context)
    with hold(workspace.lock_path, wait=wait), progress() as listener:
        made = build_site(workspace, listener)
    code = show_outcome([made.table()], made.problems, as_json=as_json)
    if serve:
        serve_folder(workspace.site_dir, port)
    raise typer.Exit(code)


@app.command()
def access(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List who sees what: each folder of the site, whom it is for, and whose figures stand in it.

    Example: rebatch site access
    """
    from pipelines.console.tables import Table
    from pipelines.console.terminal import show
    from pipelines.site.audiences import read_audiences
    from pipelines.warehouse.connection import connect

    workspace = open_here(context)
    with connect(workspace, read_only=True) as connection:
        audiences = read_audiences(connection, workspace)
    show([Table("access", "Who sees what", audiences.access())], as_json=as_json)
