"""The logos of runs: each picture is kept once, as pages hold it, and every run names the one that it found."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pipelines.books.runs import is_computing
from pipelines.warehouse.transaction import transaction
from pipelines.workspace.logo import logo_on_pages
from schemas.errors import Problem, WorkspaceError

if TYPE_CHECKING:
    import duckdb

    from pipelines.workspace.configuration import Workspace

_OF_RUN = "SELECT picture FROM logos JOIN runs ON logo_sha256 = sha256 WHERE run_id = ?"


def keep_logo(connection: duckdb.DuckDBPyConnection, workspace: Workspace, run_id: str) -> tuple[Problem, ...]:
    """Record the logo that a run found, as long as it is not posted: its seal covers it.

    Nothing that is paid hangs on it: one that cannot be shown is left out and returned as a problem, and stops nothing.
    """
    if not is_computing(connection, run_id):
        return ()
    picture, problems = "", tuple[Problem, ...]()
    try:
        picture = logo_on_pages(workspace)
    except WorkspaceError as error:
        problems = error.problems
    sha256 = hashlib.sha256(picture.encode()).hexdigest() if picture else None
    with transaction(connection):
        if sha256:
            connection.execute("INSERT INTO logos VALUES (?, ?) ON CONFLICT DO NOTHING", [sha256, picture])
        connection.execute("UPDATE runs SET logo_sha256 = ? WHERE run_id = ?", [sha256, run_id])
    return problems


def logo_of_run(connection: duckdb.DuckDBPyConnection, run_id: str) -> str:
    """Return the logo that a run found, as a data URI; empty if there was none, or the run is of before logos."""
    found = connection.execute(_OF_RUN, [run_id]).fetchall()
    return str(found[0][0]) if found else ""
