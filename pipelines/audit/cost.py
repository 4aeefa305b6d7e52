"""Cost: what rebates cost, added up by program, tier, month, or whatever is known of the members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.console.tables import Table
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import has_table, read
from pipelines.warehouse.quoting import quoted
from pipelines.warehouse.sql_files import read_sql
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pipelines.workspace.configuration import Workspace

COST_SQL = read_sql("audit", "cost")
OF_POSTINGS = ("program", "rebate", "tier", "period", "month", "member_id", "payee_id")
"""What a posting itself says, by which cost can be added up."""

_OF_A_LOAD = ("source", "row_key", "load_seq", "line", "superseded_seq", "valid_from", "valid_to", "payee_id", "name")
NO_MEMBERS = "SELECT '' AS member_id WHERE false"


def cost(workspace: Workspace, by: Sequence[str] = ("program",)) -> list[Table]:
    """Return what was posted, added up by the columns `by`: OF_POSTINGS, or columns of the members such as region.

    Columns: those of `by`, currency, members and postings (how many), and cost: what was settled, restated, adjusted
    and written off. A member counts by what its latest row says of it; of whom nothing is said counts under an empty
    value. The tier is the one that a posting reached.

    Raises:
        BooksError: there is no such column, or nothing was posted yet.
    """
    with connect(workspace, read_only=True) as connection:
        attributes = _attributes(connection)
        known = [*OF_POSTINGS, *attributes]
        if unknown := [name for name in by if name not in known]:
            raise BooksError(
                *(Problem(f"{name!r} is nothing to add up by", f"one of {', '.join(known)}") for name in unknown)
            )
        rows = COST_SQL.format(members=_latest_members(attributes))
        columns = ", ".join(quoted(name) for name in by)
        found = read(
            connection,
            f"""
            SELECT {columns}, currency, COUNT(DISTINCT member_id) AS members, COUNT(*) AS postings,
                CAST(SUM(amount) AS DECIMAL(18, 4)) AS cost
            FROM ({rows}) GROUP BY {columns}, currency ORDER BY ALL
            """,  # noqa: S608 - quoted names
        )
    return [Table("cost", f"What rebates cost, by {', '.join(by)}", found)]


def _attributes(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the columns of members that say something of them, rather than of the file they came in."""
    if not has_table(connection, "members"):
        return []
    columns = read(connection, "SELECT * FROM members LIMIT 0").columns
    return [
        name for name in columns if name not in {*_OF_A_LOAD, *OF_POSTINGS, "currency", "kind", "amount", "measure"}
    ]


def _latest_members(attributes: Sequence[str]) -> str:
    """Return the query for each member's latest row in force: member_id and `attributes`."""
    if not attributes:
        return NO_MEMBERS
    chosen = ", ".join(quoted(name) for name in attributes)
    return f"""
        SELECT member_id, {chosen} FROM members WHERE superseded_seq IS NULL
        QUALIFY 1 = ROW_NUMBER() OVER (
            PARTITION BY member_id ORDER BY valid_from DESC NULLS LAST, load_seq DESC, line DESC
        )
    """  # noqa: S608 - quoted names
