"""Parsed statements: a text of SQL is parsed once in a process, which for a short table costs as much as its work."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_PARSED: dict[str, list[duckdb.Statement]] = {}
_MOST_TEXTS = 300
"""Most texts are constants of the code; those made for one file would add up in a process that lives long."""


def parsed(connection: duckdb.DuckDBPyConnection, text: str) -> list[duckdb.Statement]:
    """Return the statements of `text`, which any connection can run any number of times.

    Raises:
        duckdb.Error: it is no SQL.
    """
    found = _PARSED.get(text)
    if found is None:
        if len(_PARSED) >= _MOST_TEXTS:
            _PARSED.clear()
        found = _PARSED[text] = connection.extract_statements(text)
    return found


def run_script(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    """Run the statements of `text`, which take no parameters, one after the other.

    DuckDB itself parses each statement of a script twice.
    """
    for statement in parsed(connection, text):
        connection.execute(statement)
