"""Origins: why the figure of a settled period changed, by comparing what two runs know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.in_force import SALE_DAYS, attribute_key_sql, is_excluded, is_in_force, may_differ
from pipelines.books.runs import run_before
from pipelines.books.trace import FIGURES_SQL, trace
from pipelines.warehouse.frames import read, read_work, registered
from pipelines.warehouse.sql_files import read_sql
from rules.compiled.figure_terms import COUNTED_BY
from rules.compiled.lookups import attribute_columns
from rules.ledger.settlement import POSTING_KEY
from rules.loading.load import read_programs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pipelines.books.runs import OpenRun

ORIGINS_SQL = read_sql("calculation", "origins")

SETTLED = f"SELECT * FROM ({FIGURES_SQL}) WHERE horizon = 'settled'"  # noqa: S608 - constant text
"""The settled figures that hold what was bought at, or is added up at, the nodes of `places`."""

CHANGED_SQL = read_sql("calculation", "changed")
NO_SALE_DAYS = "SELECT '' AS row_key, CAST(NULL AS DATE) AS sold_on, '' AS sale_id WHERE false"

OTHER_KEYS = "SELECT load_seq FROM loads WHERE format = 'kept' AND load_seq > ? AND load_seq <= ? ORDER BY load_seq"
"""The loads by which rows were given other keys between two runs."""

CONTINUED_SQL = read_sql("calculation", "continued")

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
    its place), excluded or included (a person took a row out, or let it count again), moved (a return counts by another
    day, since its sale came, was corrected or went), rule_change, data (another data set changed, but no row and no
    rule). Where none of these did, what binds the figure to others that changed: budget, limit (of the program),
    stacking; else version (another version of Rebatch made it) or recomputed. `rows` is the number of rows of the file
    `load_seq` that count for the figure, or did; `first_line` is the first of their lines, of what moved the sale's.
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
        rules = _rules_of(connection, run)
        connection.execute(changed_sql(connection, before, run, rules))
        parameters = {
            "rules": rules,
            "rules_before": _rules_of(connection, before),
            "load_seq": run.load_seq,
            "load_seq_before": before.load_seq,
            "is_another_version": len(set(read(connection, VERSIONS, [run.run_id, before.run_id])["version"])) > 1,
        }
        # Only the rows that changed are traced.
        trace(connection, read(connection, SETTLED), of="changed")
        found = read(connection, ORIGINS_SQL, parameters)
    return found.select(pl.col(name).cast(dtype) for name, dtype in ORIGINS.items())


def name_origins(connection: duckdb.DuckDBPyConnection, postings: pl.DataFrame) -> pl.DataFrame:
    """Return the origins found by `settle` for the restatements in `postings`, with their posting ids."""
    restated = postings.filter(pl.col("kind") == "restatement").select("posting_id", *POSTING_KEY)
    return restated.join(read_work(connection, "origins"), on=POSTING_KEY).drop(POSTING_KEY)


def changed_sql(connection: duckdb.DuckDBPyConnection, before: OpenRun, run: OpenRun, rules: Sequence[str]) -> str:
    """Return the statement that creates the table `changed`: versions that count for only one of the two runs."""
    columns = _attributes(connection, rules)
    # Where no rebate of the run counts returns with their sale, every row counts on its own day.
    is_by_sale = COUNTED_BY in columns
    rekeyed = ", ".join(str(n) for (n,) in connection.execute(OTHER_KEYS, [before.load_seq, run.load_seq]).fetchall())
    if rekeyed:
        connection.execute(CONTINUED_SQL.format(loads=rekeyed))
    keys = ["row_key", "own_key"] if rekeyed else ["row_key"]
    query = CHANGED_SQL.format(
        versions="continued" if rekeyed else "work.every_version",
        sold_before=SALE_DAYS.format(in_force=is_in_force(before)) if is_by_sale else NO_SALE_DAYS,
        sold="FROM work.sale_days" if is_by_sale else NO_SALE_DAYS,
        since=may_differ(before, run), known=is_in_force(before), knows=is_in_force(run),
        is_asked_for=" OR ".join(f"{key} IN (FROM asked_for)" for key in keys),
        was_out=is_excluded(before, keys[-1]), is_out=is_excluded(run),
        key=attribute_key_sql(columns),
    )  # fmt: skip
    return f"CREATE OR REPLACE TEMP TABLE changed AS {query}"


def _attributes(connection: duckdb.DuckDBPyConnection, rules: Sequence[str]) -> list[str]:
    """Return the columns of transactions by which these rule versions count them."""
    texts = read(connection, "SELECT file, text FROM rule_versions WHERE rule_version IN (SELECT UNNEST(?))", [rules])
    return attribute_columns(read_programs(dict(texts.iter_rows())))


def _rules_of(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> list[str]:
    """Return the rule versions of the run."""
    [(versions,)] = connection.execute("SELECT rule_versions FROM runs WHERE run_id = ?", [run.run_id]).fetchall()
    return list(versions)
