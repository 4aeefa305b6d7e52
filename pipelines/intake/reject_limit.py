"""The limit of rejects: a file with too many is not loaded at all."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pipelines.warehouse.frames import read
from schemas.errors import ExtractError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal
    from pathlib import Path

    import duckdb
    import polars as pl

    from pipelines.intake.rejects import Rejected
    from pipelines.workspace.configuration import Workspace

# Reasons named in the message; all of them are in the file of rejects.
_WORST = 5


class TooManyRejectsError(ExtractError):
    """A file has more rejects than the workspace allows; `rows` are the rejects, one row per problem."""

    def __init__(self, rows: pl.DataFrame, *problems: Problem) -> None:
        """Hold the rejects beside the problems that sum them up."""
        self.rows = rows
        super().__init__(*problems)


def rejects_path(workspace: Workspace, rejected: Rejected, paths: Iterable[str], *, kind: str = "rejects") -> Path:
    """Return the path of a file's rejects; files of one name in several folders (`paths`) are told apart by hash."""
    stem = _stem(rejected.path)
    if [_stem(path) for path in paths].count(stem) > 1:
        stem = f"{stem}.{rejected.sha256[:8]}"
    return workspace.rejects_dir / rejected.data_set / f"{stem}.{kind}.csv"


def refuse_if_above(
    connection: duckdb.DuckDBPyConnection, allowed: Decimal, *, rejected: Rejected, rows: int, written: str
) -> None:
    """Refuse the described file if more than the share `allowed` of its rows is rejected.

    Raises:
        TooManyRejectsError: it is above; the worst reasons with their first lines, and where the rejects are written.
    """
    # Rows, not problems: a row may have several.
    count = int(connection.execute("SELECT COUNT(DISTINCT line) FROM described").fetchall()[0][0])
    if count <= allowed * rows:
        return
    worst = connection.execute(
        """SELECT reason, column_name, todo, COUNT(DISTINCT line) AS n, MIN(line) FROM described
        GROUP BY reason, column_name, todo ORDER BY n DESC, MIN(line), reason, column_name, todo LIMIT ?""",
        [_WORST],
    ).fetchall()
    summary = Problem(
        f"{count:,} of {rows:,} rows are rejected, above `max_rejects` ({allowed:.2%}): nothing of it is loaded",
        f"correct the extract ({written}), or allow more in rebatch.yaml",
        at=Place(rejected.path),
    )
    reasons = (
        Problem(
            f"{reason.replace('_', ' ')}{f' in {column}' if column else ''}: {_rows(n)}",
            todo,
            at=Place(rejected.path, line),
        )
        for reason, column, todo, n, line in worst
    )
    raise TooManyRejectsError(read(connection, "SELECT * FROM described"), summary, *reasons)


def _stem(path: str) -> str:
    name = PurePosixPath(path).name
    for ending in (".gz", ".csv", ".parquet"):
        name = name.removesuffix(ending)
    return name


def _rows(count: int) -> str:
    return "in this row" if count == 1 else f"{count:,} rows from here"
