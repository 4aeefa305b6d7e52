"""Repeated decisions: a command given again, as after a kill, finds what it did and does not do it twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.runs import now
from pipelines.console.tables import Table
from pipelines.warehouse.frames import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import duckdb

TODAY = """
    SELECT d.* FROM decisions AS d
    WHERE d.run_id IS NULL AND CAST(d.decided_at AS DATE) = CAST(? AS DATE) AND NOT EXISTS (
        FROM decisions AS l WHERE l.subject = d.subject AND l.decision_seq > d.decision_seq
            -- A request stands while it is approved and posted; of all else only the last decision stands.
            AND (d.kind <> 'adjust' OR l.kind = 'reject')
    )
    ORDER BY d.decision_seq
"""
"""The decisions that people took today (UTC) and that stand."""

THERE = ("subject", "kind", "program", "member_id", "payee_id", "period", "currency", "amount", "status", "decided_at")
"""Columns of a decision that are shown to whoever takes it again."""


def decided_today(connection: duckdb.DuckDBPyConnection, content: Mapping[str, object]) -> pl.DataFrame:
    """Return the decisions of today whose columns are as in `content`: the idempotency key of a command."""
    today = read(connection, TODAY, [now()])
    return today.filter(pl.col(name).eq_missing(pl.lit(value, today.schema[name])) for name, value in content.items())


def all_decided_today(
    connection: duckdb.DuckDBPyConnection, subjects: Iterable[str], content: Mapping[str, object]
) -> Table | None:
    """Return the table that says that a decision about each of `subjects` is there already; None if one is not."""
    wanted = set(subjects)
    there = decided_today(connection, content).filter(pl.col("subject").is_in(list(wanted)))
    return there_already(there) if wanted and wanted == set(there["subject"]) else None


def there_already(found: pl.DataFrame) -> Table:
    """Return the table that says that a decision is there already."""
    who = found["person"][-1]
    return Table("there_already", f"There already: {who} decided so today. Nothing was added", found.select(THERE))
