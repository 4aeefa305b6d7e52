"""Origins: why the figure of a settled period changed, by comparing what two runs know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.in_force import is_excluded, is_in_force
from pipelines.books.runs import run_before
from pipelines.books.trace import TRACE_SQL
from pipelines.warehouse.frames import read, read_work, registered
from pipelines.warehouse.sql_files import read_sql
from rules.ledger.settlement import POSTING_KEY

if TYPE_CHECKING:
    import duckdb

    from pipelines.books.runs import OpenRun

IN_FORCE = "work.transactions_in_force"
ORIGINS_SQL = read_sql("calculation", "origins").format(trace=TRACE_SQL.replace(IN_FORCE, "changed"))
"""The trace from a figure to its rows, applied only to the rows that changed."""

PLACES = """
    SELECT program, rebate, member_id, period, e.node_id
    FROM restated
    JOIN work.entitlements AS e USING (program, rebate, member_id, period)
    UNION
    SELECT program, rebate, member_id, period, member_id FROM restated
"""
"""Where the purchases behind a figure are added up: at the member itself, or at the groups it has a part in."""

VERSIONS = "SELECT product_version AS version FROM runs WHERE run_id IN (?, ?)"

CAUSES = {"cause": pl.String, "load_seq": pl.Int32, "rows": pl.Int64, "first_line": pl.Int64}
"""Columns that describe one cause: the kind, the file by load_seq, its rows, and the first of their lines."""
ORIGINS = pl.Schema(
    dict.fromkeys(POSTING_KEY, pl.String) | CAUSES | dict.fromkeys(("rule_version", "rule_version_before"), pl.String)
)
"""Columns of an origin: a restated figure and one cause of its change."""


def find_origins(connection: duckdb.DuckDBPyConnection, run: OpenRun, owed: pl.DataFrame) -> pl.DataFrame:
    """Return the causes of every restatement in `owed`, at least one row for each, with the columns ORIGINS.

    cause is late (a row with an unknown key), corrected (a row replaced another), withdrawn (a row ended and none took
    its place), excluded or included (a person took a row out, or let it count again), rule_change, data (another data
    set changed, but no row and no rule). Where none of these did, what binds the figure to others that changed: budget,
    limit (of the program), stacking; else version (another version of Rebatch made it) or recomputed. `rows` is the
    number of rows of the file `load_seq` that count for the figure, or did; `first_line` is the first of their lines.
    """
    restated = owed.filter(pl.col("kind") == "restatement").select(POSTING_KEY)
    before = run_before(connection, run.run_id)
    if restated.is_empty() or before is None:
        return pl.DataFrame(schema=ORIGINS)
    with registered(connection, restated=restated):
        places = read(connection, PLACES)
    with registered(
        connection,
        restated=restated,
        places=places,
        wanted_members=places.select(member_id="node_id").unique(),
        wanted_programs=restated.select("program").unique(),
    ):
        connection.execute(_changed(before, run))
        parameters = {
            "rules": _rules_of(connection, run),
            "rules_before": _rules_of(connection, before),
            "load_seq": run.load_seq,
            "load_seq_before": before.load_seq,
            "is_another_version": len(set(read(connection, VERSIONS, [run.run_id, before.run_id])["version"])) > 1,
        }
        found: pl.DataFrame = connection.sql(ORIGINS_SQL, params=parameters).pl()
    return found.select(pl.col(name).cast(dtype) for name, dtype in ORIGINS.items())


def name_origins(connection: duckdb.DuckDBPyConnection, postings: pl.DataFrame) -> pl.DataFrame:
    """Return the origins found by `settle` for the restatements in `postings`, with their posting ids."""
    restated = postings.filter(pl.col("kind") == "restatement").select("posting_id", *POSTING_KEY)
    return restated.join(read_work(connection, "origins"), on=POSTING_KEY).drop(POSTING_KEY)


def _changed(before: OpenRun, run: OpenRun) -> str:
    """Return the statement that creates the view `changed`: versions that count for only one of the two runs."""
    known, knows = is_in_force(before), is_in_force(run)
    was_out, is_out = is_excluded(before), is_excluded(run)
    return f"""
        CREATE OR REPLACE TEMP VIEW changed AS
        SELECT t.* EXCLUDE (was_known, is_known, was_out, is_out),
            CASE WHEN is_known OR was_out OR is_out THEN load_seq ELSE superseded_seq END AS caused_by,
            CASE
                WHEN is_out AND NOT was_out THEN 'excluded'
                WHEN was_out AND NOT is_out THEN 'included'
                WHEN was_known AND NOT EXISTS (SELECT 1 FROM transactions AS o WHERE o.row_key = t.row_key AND {knows})
                    THEN 'withdrawn'
                WHEN was_known OR EXISTS (SELECT 1 FROM transactions AS o WHERE o.row_key = t.row_key AND {known})
                    THEN 'corrected'
                ELSE 'late'
            END AS cause
        FROM (
            SELECT *, {known} AS was_known, {knows} AS is_known, {was_out} AS was_out, {is_out} AS is_out
            FROM work.every_version
        ) AS t
        WHERE (was_known AND NOT was_out) <> (is_known AND NOT is_out)
    """  # noqa: S608 - conditions from code


def _rules_of(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> list[str]:
    """Return the rule versions of the run."""
    [(versions,)] = connection.execute("SELECT rule_versions FROM runs WHERE run_id = ?", [run.run_id]).fetchall()
    return list(versions)
