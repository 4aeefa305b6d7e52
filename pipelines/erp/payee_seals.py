"""Seals of payees: before money leaves, the rows of members are those that their extracts brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.books.seals import changed_loads
from pipelines.intake.row_hashes import changed_rows
from schemas.errors import InvariantError, Place, Problem

if TYPE_CHECKING:
    import duckdb

MEMBERS = "members"
"""The data set that says who is paid, and to which account."""


def refuse_changed_payees(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse to export if a row of members was changed in the warehouse since it was loaded.

    Raises:
        InvariantError: names every extract whose rows, or whose record, are not as they were sealed.
    """
    todo = "run `rebatch verify`, find out who changed it, and restore a backup; nothing was exported"
    problems = [
        Problem(f"{found} in the warehouse: money could go to another account", todo, at=Place(path))
        for _, _, path, found in changed_rows(connection, MEMBERS).iter_rows()
    ]
    problems += [
        Problem(f"the record of what run {run_id} had loaded was changed in the warehouse", todo)
        for run_id in changed_loads(connection)
    ]
    if problems:
        raise InvariantError(*problems)
