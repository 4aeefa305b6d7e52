"""Trace: from a figure back to the transactions and visits behind it, through the lookups that produced it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from pipelines.warehouse.frames import read, read_row, registered
from pipelines.warehouse.parsed import run_script
from pipelines.warehouse.sql_files import read_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

IN_FORCE = "work.transactions_in_force"
PLACES_SQL = read_sql("books", "trace_places")
ROWS_SQL = read_sql("books", "trace")
FOR_SQL = read_sql("books", "traced_for")

BOUGHT = """
    CREATE OR REPLACE TEMP TABLE traced_segments AS SELECT DISTINCT span, segment FROM work.sums
"""
BOUGHT_BY_ROWS = f"""
    CREATE OR REPLACE TEMP TABLE traced_segments AS
    SELECT DISTINCT s.span, d.segment
    FROM {IN_FORCE} AS t
    JOIN work.days AS d ON d.activity_date = t.activity_date
    JOIN work.member_spans AS s ON s.member_id = t.member_id AND t.activity_date BETWEEN s.valid_from AND s.valid_to
"""  # noqa: S608 - constant text
"""Where there are rows of a table: of those in force the scan says so, others may have ended before it."""

DAYS = f"SELECT happened_on, COUNT(*) AS rows FROM {IN_FORCE} GROUP BY happened_on ORDER BY happened_on"  # noqa: S608 - constant text
FIGURES_SQL = read_sql("books", "figures")
NAMED = """
    SELECT f.horizon, f.program, f.rebate, f.term, f.node_id, f.period, t.member_id, t.transaction_id, t.activity_date,
        t.received_on, t.product_id, t.type, t.quantity, t.unit, t.amount, t.currency, t.order_id, t.line, t.load_seq,
        l.path, i.name AS product_name
    FROM traced AS t
    JOIN traced_for USING (place_no, goods_no, lost_no, bought)
    JOIN traced_figures AS f USING (figure)
    JOIN loads AS l USING (load_seq)
    LEFT JOIN work.product_names AS i USING (product_id)
"""
LEFT_OUT_SQL = read_sql("books", "left_out")
VISIT_TRACE_SQL = read_sql("books", "visit_trace")

_PLACE = ("horizon", "program", "rebate", "term", "node_id", "member_id", "period")
"""The columns that identify a figure, in sorting order."""


class Days(NamedTuple):
    """Days, the first and the last of them."""

    first: date
    last: date


ALL_DAYS = (Days(date.min, date.max),)


def days_of(connection: duckdb.DuckDBPyConnection, most_rows: int) -> list[Days]:
    """Return the days on which transactions happened, in parts of about so many transactions each."""
    rows = pl.col("rows").cum_sum() - 1
    parts = read(connection, DAYS).group_by(rows // most_rows, maintain_order=True)
    days = parts.agg(first=pl.col("happened_on").first(), last=pl.col("happened_on").last())
    return [Days(*each) for each in days.select("first", "last").iter_rows()]


def trace(
    connection: duckdb.DuckDBPyConnection,
    figures: pl.DataFrame,
    *,
    of: str = IN_FORCE,
    parts: Sequence[Days] = ALL_DAYS,
) -> None:
    """Leave on the connection the rows of the table `of` behind `figures`, a row once for each reader of figures.

    `figures`: see sql/trace_places.sql. The tables are traced, in `parts` of days and in each in the order of readers,
    days and loads, traced_for, which says for which figures the rows count, and traced_figures, which has those again.
    """
    places = f"{BOUGHT if of == IN_FORCE else BOUGHT_BY_ROWS}; {PLACES_SQL}"
    with registered(connection, figures=figures):
        run_script(connection, places.replace(IN_FORCE, of))
    rows = ROWS_SQL.replace(IN_FORCE, of)
    for part, days in enumerate(parts or ALL_DAYS):
        into = "INSERT INTO traced" if part else "CREATE OR REPLACE TEMP TABLE traced AS"
        connection.execute(f"{into} {rows}", {"part": part, "first": days.first, "last": days.last})
    run_script(connection, FOR_SQL)


def counted_transactions(
    connection: duckdb.DuckDBPyConnection, *, members: Sequence[str], programs: Sequence[str]
) -> pl.DataFrame:
    """Return the transactions of `members`, or added up at them, that count in `programs`.

    As the last run saw them: one row per horizon, rebate, term (measure, qualifier or baseline), period and
    transaction, sorted: horizon, program, rebate, term, node_id (where it is added up), member_id (who bought), period,
    transaction_id, activity_date, received_on, product_id, product_name, type, quantity, unit, amount, currency,
    order_id, path, line, load_seq.
    """
    trace(connection, _traced(connection, FIGURES_SQL, members, programs))
    rows = read(connection, NAMED)
    return rows.sort(*_PLACE, "activity_date", "transaction_id", "line")


def left_out(connection: duckdb.DuckDBPyConnection, *, member: str, program: str) -> pl.DataFrame:
    """Return the transactions of `member`, or added up at it, that would count in `program` but cannot be converted.

    As the last run saw them, and sorted: horizon, program, rebate, term, node_id, member_id, period, transaction_id,
    activity_date, product_id, type, quantity, unit, amount, currency, target, priced_on, reason (no_rate | no_factor),
    todo, path, line.
    """
    of_member = f"SELECT * FROM ({LEFT_OUT_SQL}) WHERE ? IN (member_id, node_id) AND program = ?"  # noqa: S608 - constant text
    rows = read(connection, of_member, [member, program])
    return rows.sort(*_PLACE, "activity_date", "transaction_id", "line")


def counted_visits(
    connection: duckdb.DuckDBPyConnection, *, members: Sequence[str], programs: Sequence[str]
) -> pl.DataFrame | None:
    """Return the visits to `members`, or added up at them, that count in `programs`; None if no rule uses any.

    As the last run saw them: one row per horizon, rebate, term, period and visit, or indicator of a visit where a score
    is used, sorted: horizon, program, rebate, term, node_id, member_id, period, visit_id, actual_end, kpi, product_id,
    target, actual, path, line.
    """
    asking = "SELECT COUNT(*) FROM work.terms WHERE kind IN ('visits', 'visit_score')"
    if read_row(connection, asking) == (0,):
        return None
    rows = _traced(connection, VISIT_TRACE_SQL, members, programs)
    return rows.sort(*_PLACE, "actual_end", "visit_id", "line")


def _traced(
    connection: duckdb.DuckDBPyConnection, query: str, members: Sequence[str], programs: Sequence[str]
) -> pl.DataFrame:
    with registered(
        connection,
        wanted_members=pl.DataFrame({"member_id": list(members)}, schema={"member_id": pl.String}),
        wanted_programs=pl.DataFrame({"program": list(programs)}, schema={"program": pl.String}),
    ):
        return read(connection, query)
