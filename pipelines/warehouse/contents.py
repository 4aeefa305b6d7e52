"""What may be in a warehouse file: our tables, filled by us; anything else in it could answer in their place."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

import duckdb

from pipelines.warehouse.migrations import BOOKS_TABLES
from pipelines.warehouse.parsed import run_script
from pipelines.warehouse.work_tables import WORK_TABLES
from schemas.catalogue import DATA_SETS
from schemas.errors import InvariantError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

VIEWS_SQL = resources.files("pipelines.warehouse").joinpath("sql", "views.sql").read_text(encoding="utf-8")

_TRIGGERS = """
    UNION ALL
    SELECT 'trigger', schema_name, trigger_name FROM duckdb_triggers() WHERE database_name = current_database()
"""
THINGS = f"""
    SELECT 'table' AS what, schema_name, table_name AS name FROM duckdb_tables()
    WHERE database_name = current_database() AND NOT internal
    UNION ALL
    SELECT 'view', schema_name, view_name FROM duckdb_views()
    WHERE database_name = current_database() AND NOT internal
    UNION ALL
    SELECT 'sequence', schema_name, sequence_name FROM duckdb_sequences() WHERE database_name = current_database()
    UNION ALL
    SELECT 'type', schema_name, type_name FROM duckdb_types() WHERE database_name = current_database() AND NOT internal
    UNION ALL
    SELECT 'function', schema_name, function_name FROM duckdb_functions()
    WHERE database_name = current_database() AND NOT internal
    {_TRIGGERS if duckdb.__version__ >= "2" else ""}
"""  # noqa: S608 - constant text
_TABLES = frozenset({*BOOKS_TABLES, *DATA_SETS})
_WORK = frozenset(table.name for table in WORK_TABLES)


def show_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the views and macros of views.sql for this connection alone."""
    run_script(connection, VIEWS_SQL)


def refuse_strange(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Refuse a warehouse, in the file `name`, that holds anything but the tables that Rebatch makes.

    Raises:
        InvariantError: names everything else in it.
    """
    todo = "find out who put it there, and restore a backup: it could show other books than there are"
    problems = [
        Problem(f"there is a {what} {schema}.{thing} in the warehouse that Rebatch does not make", todo, at=Place(name))
        for what, schema, thing in _strange(connection)
    ]
    if problems:
        raise InvariantError(*problems)


def _strange(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str, str]]:
    for what, schema, name in connection.execute(THINGS).fetchall():
        is_book = what == "table" and schema == "main" and name in _TABLES
        # The views of the schema work are made by every run; like its tables, they are the last run's work.
        is_work = what in {"table", "view"} and schema == "work" and name in _WORK
        if not is_book and not is_work:
            yield what, schema, name
