"""The list of refused input rows, to work through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.trace import LEFT_OUT_SQL
from pipelines.books.unknown_sales import TODO, read_unknown_sales
from pipelines.console.tables import Table
from pipelines.intake.refused_files import FILE_REFUSED
from pipelines.intake.reject_reasons import REPEATED_KEY
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import has_work, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.workspace.configuration import Workspace

REJECTS = """
    SELECT data_set, path AS file, line, column_name AS "column", reason, value, todo, original,
        resolved_seq IS NOT NULL AS is_resolved
    FROM rejects
    WHERE (resolved_seq IS NULL OR $with_resolved) AND (data_set = $data_set OR $data_set IS NULL)
    ORDER BY load_seq, line, column_name, reason
"""
"""Open rejects, or all of them, of one data set or all."""

REFUSED = f"""
    SELECT data_set, path AS file, line, column_name AS "column", reason, value, todo, original, false AS is_resolved
    FROM work.refused WHERE data_set = $data_set OR $data_set IS NULL
    ORDER BY path, reason <> '{FILE_REFUSED}', line, column_name, reason
"""  # noqa: S608 - a constant
"""Files that the last run refused whole, each before its rows."""

LEFT_OUT = f"""
    SELECT DISTINCT 'transactions' AS data_set, path AS file, line,
        CASE WHEN reason = 'no_rate' THEN 'currency' ELSE 'unit' END AS "column", reason,
        CASE WHEN reason = 'no_rate' THEN currency ELSE unit END AS value, todo,
        transaction_id || ' of ' || member_id || ' on ' || CAST(activity_date AS VARCHAR)
            || ': left out of ' || program || '/' || rebate AS original,
        false AS is_resolved
    FROM ({LEFT_OUT_SQL})
    ORDER BY file, line, original
"""  # noqa: S608 - constant text
"""Loaded transactions that the last run left out of a rebate, one row per rebate."""


def reject_list(workspace: Workspace, *, data_set: str | None = None, with_resolved: bool = False) -> pl.DataFrame:
    """Return what is wrong with refused rows, one row per problem: where, why, the original text and advice.

    Below them come the files that the last run refused whole, with their rows, and loaded transactions that it left out
    of a rebate, for want of an exchange rate or unit factor, each with the rebate it is missing from; last, returns
    that were to count with their sale and name none that is known.

    Raises:
        TerminalError: nothing was ever run here.
    """
    with connect(workspace, read_only=True) as connection:
        rows = read(connection, REJECTS, {"with_resolved": with_resolved, "data_set": data_set})
        if has_work(connection, "refused"):
            refused = read(connection, REFUSED, {"data_set": data_set})
            rows = pl.concat([rows, refused], how="vertical_relaxed")
        if data_set in {None, "transactions"} and has_work(connection, "unconverted"):
            rows = pl.concat([rows, read(connection, LEFT_OUT)], how="vertical_relaxed")
        if data_set in {None, "transactions"}:
            rows = pl.concat([rows, *_unknown_sales(connection, rows)], how="vertical_relaxed")
    return rows


def _unknown_sales(connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the returns that name an unknown sale with the columns of `rows`, if there are any."""
    unknown = read_unknown_sales(connection)
    if not unknown.is_empty():
        words = "{} of {} on {}: counts on its own day"
        yield unknown.with_columns(
            data_set=pl.lit("transactions"), file="path", column=pl.lit("original_id"), reason=pl.lit("unknown_sale"),
            value="original_id", todo=pl.lit(TODO), is_resolved=pl.lit(value=False),
            original=pl.format(words, "transaction_id", "member_id", pl.col("activity_date").cast(pl.String)),
        ).select(rows.columns)  # fmt: skip


def reject_tables(rejects: pl.DataFrame) -> list[Table]:
    """Return the list for people, with the advice once per reason; in JSON every row is complete."""
    place = pl.concat_str("file", "line", separator=":", ignore_nulls=True).alias("file")
    # Which lines contradict each other, and why a file was refused, stands in no other column that people are shown.
    is_told_by_value = pl.col("reason").is_in([REPEATED_KEY, FILE_REFUSED])
    reason = pl.when(is_told_by_value).then(pl.format("{}: {}", "reason", "value")).otherwise("reason").alias("reason")
    todo = rejects.group_by("reason", "todo").len("problems").sort("reason", "todo")
    return [
        Table("rejects", "Refused rows", rejects.select(place, "column", reason, "original"), rejects.to_dicts()),
        Table("todo", "What to do", todo),
    ]
