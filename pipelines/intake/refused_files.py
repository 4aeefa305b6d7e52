"""Refused files: what the last run refused whole, kept until the next, so that its rows can be worked through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.intake.reject_limit import TooManyRejectsError
from pipelines.warehouse.frames import has_work, read, with_arrow

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from schemas.errors import Problem, RebatchError

FILE_REFUSED = "file_refused"
"""The reason of the one row that is about a file as a whole: its value says what was found."""

_COLUMNS = dict.fromkeys(("data_set", "path", "column_name", "reason", "value", "todo", "original"), pl.String) | {
    "line": pl.Int64
}
_TABLE = """
    CREATE TABLE IF NOT EXISTS work.refused (
        data_set VARCHAR, path VARCHAR, line BIGINT, column_name VARCHAR, reason VARCHAR, value VARCHAR, todo VARCHAR,
        original VARCHAR
    )
"""

REFUSED_FILES = f"""
    SELECT data_set, path, line, value, todo FROM work.refused WHERE reason = '{FILE_REFUSED}'
    ORDER BY data_set, path, line
"""  # noqa: S608 - a constant


def forget_refused(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty the list of refused files for a new run."""
    connection.execute(_TABLE)
    connection.execute("DELETE FROM work.refused")


def keep_refused(connection: duckdb.DuckDBPyConnection, data_set: str, error: RebatchError) -> None:
    """Put what `error` says of a file on the list, and its rejected rows if it had too many of them."""
    problems = error.problems
    if isinstance(error, TooManyRejectsError):  # after the first come the worst reasons, and the rows say all of them
        problems = problems[:1]
        path = pl.lit(problems[0].at.file).alias("path")
        rows = error.rows.select(pl.lit(data_set).alias("data_set"), path, *(set(_COLUMNS) - {"data_set", "path"}))
        _put(connection, rows)
    _put(connection, _of_files(data_set, problems))


def read_refused_files(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the files that the last run refused: data_set, path, line, value (what was found), todo."""
    if not has_work(connection, "refused"):
        return pl.DataFrame(schema={name: _COLUMNS[name] for name in ("data_set", "path", "line", "value", "todo")})
    return read(connection, REFUSED_FILES)


def _of_files(data_set: str, problems: Iterable[Problem]) -> pl.DataFrame:
    rows = [
        {
            "data_set": data_set,
            "path": problem.at.file,
            "line": problem.at.line or None,
            "column_name": "",
            "reason": FILE_REFUSED,
            "value": problem.found,
            "todo": problem.todo,
            "original": "",
        }
        for problem in problems
    ]
    return pl.DataFrame(rows, schema=_COLUMNS)


def _put(connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame) -> None:
    connection.execute(_TABLE)
    if not rows.is_empty():
        with_arrow(connection, rows, "INSERT INTO work.refused BY NAME SELECT * FROM incoming")
