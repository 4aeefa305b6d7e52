"""Differences: what came since the last scan is added to its sums and what ended is taken off; no other row is read.

A row of transactions counts alike in two scans if both see it, or neither, by the same days of the same segments. All
others are put in the temporary table `changed`. What the scan makes of them as they counted before is taken off, what
it makes of them as they count now is added: by the very queries that scan everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from pipelines.books.in_force import by_either_day, is_in_force, may_differ
from pipelines.books.runs import OpenRun
from pipelines.warehouse.frames import has_work, read_row, read_work
from rules.compiled.figure_terms import COUNTED_BY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb
    import polars as pl

LOOKED_UP = ("member_spans", "product_classes", "attribute_classes", "foreign_currencies")
"""The lookups of the scan but the days: sums can be kept only where these are as they were."""

_OLD = {
    "days": "activity_date DATE, segment INTEGER",
    "sale_days": "row_key VARCHAR, sold_on DATE, sale_id VARCHAR",
    "excluded": "row_key VARCHAR",
    "item_segments": "item_kind VARCHAR, segment INTEGER",
    "item_spans": "item_kind VARCHAR, span INTEGER",
}
"""Tables of the last scan by which its rows counted, kept as temporary tables `<name>_before`."""

_MOST = 4
"""The whole is scanned again where more than one row in so many changed: that is cheaper than a difference."""


@dataclass(frozen=True)
class LastScan:
    """The scan that left work.sums: what it saw, and the columns by which it told transactions apart."""

    run: OpenRun
    columns: tuple[str, ...]

    @property
    def counts_with_sales(self) -> bool:
        """Return whether returns are counted by two days."""
        return COUNTED_BY in self.columns


def last_scan(connection: duckdb.DuckDBPyConnection, run: OpenRun, columns: Sequence[str]) -> LastScan | None:
    """Return the scan before, if its sums can be kept for `run`, and forget it: from now on they are being changed.

    None where there is none, where another version of Rebatch made it, or one that saw more or told apart otherwise.
    """
    if not has_work(connection, "last_scan"):
        return None
    found = connection.execute(
        "SELECT as_of, load_seq, columns FROM work.last_scan WHERE product_version = ?",
        [version("rebatch")],
    ).fetchall()
    connection.execute("DROP TABLE work.last_scan")
    if not found:
        return None
    as_of, load_seq, told_apart = found[0]
    if as_of > run.as_of or load_seq > run.load_seq or told_apart != list(columns):
        return None
    for name, its_columns in _OLD.items():
        made = f"AS FROM work.{name}" if has_work(connection, name) else f"({its_columns})"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name}_before {made}")
    return LastScan(OpenRun("", as_of, load_seq, "", 0, 0), tuple(columns))


def remember_scan(
    connection: duckdb.DuckDBPyConnection, run: OpenRun, columns: Sequence[str], *, rows_read: int
) -> None:
    """Record what work.sums was made for, once it is whole, and how many rows were read to make it."""
    connection.execute(
        """
        CREATE OR REPLACE TABLE work.last_scan AS
        SELECT $as_of AS as_of, CAST($load_seq AS INTEGER) AS load_seq, CAST($columns AS VARCHAR[]) AS columns,
            $version AS product_version, CAST($rows AS BIGINT) AS rows_read
        """,
        {
            "as_of": run.as_of,
            "load_seq": run.load_seq,
            "columns": list(columns),
            "version": version("rebatch"),
            "rows": rows_read,
        },
    )


def find_changed(connection: duckdb.DuckDBPyConnection, before: LastScan, run: OpenRun) -> bool:
    """Return whether few enough rows changed, and write `changed`: the rows that one of the two scans sees."""
    changed = f"{may_differ(before.run, run)} AND ({is_in_force(before.run)}) <> ({is_in_force(run)})"
    counts = f"SELECT (SELECT COUNT(*) FROM transactions WHERE {changed}), (SELECT COUNT(*) FROM transactions)"  # noqa: S608
    count, rows = read_row(connection, counts)
    if count * _MOST > rows:
        return False
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE changed AS
        SELECT *, {is_in_force(before.run)} AS was_seen, {is_in_force(run)} AS is_seen
        FROM work.every_version WHERE {changed}
    """)  # noqa: S608 - numbers, dates
    return True


def is_looked_up_alike(connection: duckdb.DuckDBPyConnection, lookups: Mapping[str, pl.DataFrame]) -> bool:
    """Return whether members, products, attributes and currencies are told apart as in the last scan."""
    return all(
        lookups[name].sort(lookups[name].columns).equals(read_work(connection, name).sort(lookups[name].columns))
        for name in LOOKED_UP
    )


def add_moved(connection: duckdb.DuckDBPyConnection, before: LastScan, run: OpenRun) -> None:
    """Add to `changed` the rows that both scans see, but by other days, or by days of other segments.

    Also those that people took out, or took back in, since.
    """
    moved = """
        SELECT COALESCE(b.activity_date, d.activity_date) FROM days_before AS b
        FULL JOIN work.days AS d USING (activity_date) WHERE b.segment IS DISTINCT FROM d.segment
    """
    days = [day for (day,) in connection.execute(moved).fetchall()]
    # As literals, which are compared with the least and greatest day of each stretch of the table.
    listed = ", ".join(f"DATE '{day}'" for day in days) or "NULL"
    keys = ["(FROM work.excluded SELECT row_key) EXCEPT (FROM excluded_before SELECT row_key)"]
    keys += ["(FROM excluded_before SELECT row_key) EXCEPT (FROM work.excluded SELECT row_key)"]
    if before.counts_with_sales:
        keys += ["SELECT row_key FROM (FROM work.sale_days EXCEPT FROM sale_days_before)"]
        keys += ["SELECT row_key FROM (FROM sale_days_before EXCEPT FROM work.sale_days)"]
        keys += [f"SELECT row_key FROM {sales} WHERE sold_on IN ({listed})" for sales in _SALES]  # noqa: S608
    elsewhere = " UNION ".join(f"({query})" for query in keys)
    both = f"({is_in_force(before.run)}) AND ({is_in_force(run)})"
    on_days = f"INSERT INTO changed SELECT *, true, true FROM work.every_version WHERE activity_date IN ({listed})"  # noqa: S608 - dates
    connection.execute(f"{on_days} AND {both}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE elsewhere AS {elsewhere}")
    if read_row(connection, "SELECT COUNT(*) FROM elsewhere") != (0,):
        connection.execute(f"""
            INSERT INTO changed
            SELECT *, true, true FROM work.every_version SEMI JOIN elsewhere USING (row_key)
            WHERE {both} AND (activity_date IN ({listed})) IS NOT TRUE
        """)  # noqa: S608 - dates


_SALES = ("work.sale_days", "sale_days_before")


def show_difference(connection: duckdb.DuckDBPyConnection, before: LastScan) -> None:
    """Create the views `came` and `gone`: changed rows as they count now, and as they counted in the last scan."""
    for view, is_counted, excluded, sales in (
        ("came", "is_seen", "work.excluded", "work.sale_days"),
        ("gone", "was_seen", "excluded_before", "sale_days_before"),
    ):
        rows = f"""
            SELECT * EXCLUDE (was_seen, is_seen) FROM changed ANTI JOIN {excluded} USING (row_key) WHERE {is_counted}
        """  # noqa: S608 - names from code
        counted = by_either_day(rows, before.columns, sales) if before.counts_with_sales else rows
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {counted}")


def of_difference(query: str, side: str) -> str:
    """Return a query of the scan as it reads one side of the difference: `came` or `gone`."""
    read = query.replace("work.transactions_in_force", side)
    if side == "gone":
        for name in _OLD:
            read = read.replace(f"work.{name} ", f"{name}_before ")
    return read
