"""What could not be converted, in few sentences: who and what lacks a rate or a factor, and what to load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.books.trace import LEFT_OUT_SQL
from pipelines.warehouse.frames import has_work, read_row
from schemas.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

SUMMED_UP = f"""
    SELECT reason, CASE reason WHEN 'no_rate' THEN currency ELSE unit END AS found, target, todo,
        COUNT(DISTINCT (path, line)) AS transactions,
        list_sort(list(DISTINCT member_id)) AS members,
        list_sort(list(DISTINCT product_id)) AS products,
        list_sort(list(DISTINCT CAST(COALESCE(priced_on, activity_date) AS VARCHAR))) AS days,
        arg_min(path, (path, line)) AS path, arg_min(line, (path, line)) AS line
    FROM ({LEFT_OUT_SQL})
    GROUP BY ALL ORDER BY ALL
"""  # noqa: S608 - constant text
_SHOWN = 5


def unconverted(connection: duckdb.DuckDBPyConnection) -> list[Problem]:
    """Return a problem for each unit or currency that the last run could not convert to another: whose, of what, when.

    The place is that of the first transaction that was left out.
    """
    if not has_work(connection, "unconverted") or read_row(connection, "SELECT COUNT(*) FROM work.unconverted") == (0,):
        return []
    problems = []
    for reason, start, target, todo, count, members, products, days, path, line in connection.execute(
        SUMMED_UP
    ).fetchall():
        what = _listed("day", days) if reason == "no_rate" else _listed("product", products)
        rows = "1 transaction" if count == 1 else f"{count:,} transactions"
        found = f"nothing converts {start} to {target}: {rows} of {_listed('member', members)}, {what}, left out"
        problems.append(Problem(found, todo, at=Place(path, line)))
    return problems


def _listed(name: str, values: Sequence[str]) -> str:
    more = f" and {len(values) - _SHOWN:,} more" if len(values) > _SHOWN else ""
    return f"{name if len(values) == 1 else name + 's'} {', '.join(values[:_SHOWN])}{more}"
