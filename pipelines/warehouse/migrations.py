"""Migrations: a warehouse of an older Rebatch is brought to the current schema; a newer one is refused."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING

from pipelines.warehouse.frames import has_table
from pipelines.warehouse.transaction import transaction
from schemas.errors import DamageError, Place, Problem, TerminalError

if TYPE_CHECKING:
    import duckdb

_SQL = resources.files("pipelines.warehouse").joinpath("sql")
BOOKS_SQL = _SQL.joinpath("books.sql").read_text(encoding="utf-8")

BOOKS_TABLES = tuple(re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)", BOOKS_SQL))
"""The names of the tables that books.sql makes."""

MIGRATIONS = {
    int(file.name.partition("_")[0]): file.read_text(encoding="utf-8")
    for file in sorted(_SQL.joinpath("migrations").iterdir(), key=lambda file: file.name)
    if file.name.endswith(".sql")
}
"""By version, the SQL that makes a warehouse of it from one of the version before; see sql/migrations/README.md."""

FIRST_VERSION = 1
"""The version of the first released schema; no migration leads to it."""
VERSION = max(MIGRATIONS)
"""The version of the schema in books.sql."""


def is_behind(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Return whether the warehouse in the file `name` must be migrated before it can be read.

    Raises:
        DamageError: it holds tables, and none that say of which version they are.
        TerminalError: it was made by a newer Rebatch.
    """
    version = warehouse_version(connection)
    if not version and connection.execute("SELECT 1 FROM duckdb_tables() WHERE NOT internal LIMIT 1").fetchall():
        todo = "move it away; put a backup back, or let `rebatch run` make a new warehouse if there was none"
        raise DamageError(Problem("this is the database of another program", todo, at=Place(name)))
    if version > VERSION:
        found = f"the warehouse is of version {version}, this Rebatch knows versions up to {VERSION}"
        todo = "use the Rebatch that wrote it last, or a newer one"
        raise TerminalError(Problem(found, todo, at=Place(name)))
    return version < VERSION


def bring_forward(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the books of a new warehouse, or migrate an older one to VERSION, in one transaction.

    The schema `work`, which holds the last run's intermediate tables, is dropped: it may have another shape now, and
    the next run computes it anew.
    """
    version = warehouse_version(connection)
    steps = [MIGRATIONS[number] for number in range(version + 1, VERSION + 1)] if version else []
    steps.append("DROP SCHEMA IF EXISTS work CASCADE")
    # All steps in one: a process killed between two of them leaves the old version, never one in between.
    with transaction(connection):
        for statements in (*steps, BOOKS_SQL, "DELETE FROM warehouse_version"):
            connection.execute(statements)
        connection.execute("INSERT INTO warehouse_version VALUES (?)", [VERSION])


def warehouse_version(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the schema version of the warehouse; 0 if it has no books yet."""
    if not has_table(connection, "warehouse_version"):
        return 0
    [(version,)] = connection.execute("SELECT COALESCE(MAX(version), 0) FROM warehouse_version").fetchall()
    return int(version)
