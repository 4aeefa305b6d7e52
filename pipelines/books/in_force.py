"""Versions in force: which version of each row a run sees, by what was loaded and received up to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.warehouse.frames import read_row
from pipelines.warehouse.quoting import quoted
from pipelines.warehouse.sql_files import read_sql
from rules.compiled.classes import ATTRIBUTE_SEPARATOR
from rules.compiled.figure_terms import COUNTED_BY

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pipelines.books.runs import OpenRun


def known_by(run: OpenRun, data_set: str) -> str:
    """Return the query for the rows of `data_set` (any but transactions) in force for `run`."""
    known = f"load_seq <= {run.load_seq} AND (superseded_seq IS NULL OR superseded_seq > {run.load_seq})"
    return f"SELECT * FROM {quoted(data_set)} WHERE {known}"  # noqa: S608 - a number, and a name from code


NAMED_SALES = read_sql("books", "named_sales")
"""The transactions that name a sale: row_key, named_on, and if it is known its day (sold_on) and id (sale_id)."""

OF_OTHER_DAYS = "SELECT row_key, sold_on, sale_id FROM {named} WHERE sold_on <> named_on"

SALE_DAYS = OF_OTHER_DAYS.format(named=f"({NAMED_SALES})")
"""The transactions that name a sale of another day: row_key, sold_on and sale_id."""

BY_EITHER_DAY = """
    SELECT * FROM ({rows}) ANTI JOIN {sales} USING (row_key)
    UNION ALL BY NAME
    SELECT * REPLACE ('own_day' AS counted_by) FROM ({rows}) SEMI JOIN {sales} USING (row_key)
    UNION ALL BY NAME
    SELECT * EXCLUDE (sold_on, sale_id) REPLACE ('with_sale' AS counted_by, sold_on AS activity_date)
    FROM ({rows}) JOIN {sales} USING (row_key)
"""
"""Transactions; those that name a sale of another day once by each of the two days."""

EXCLUDED = """
    CREATE OR REPLACE TABLE work.excluded AS
    SELECT subject AS row_key, ARG_MAX(reference, decision_seq) AS transaction_id,
        ARG_MAX(reason, decision_seq) AS reason, ARG_MAX(note, decision_seq) AS note,
        ARG_MAX(person, decision_seq) AS person, ARG_MAX(decided_at, decision_seq) AS decided_at
    FROM decisions WHERE kind IN ('exclude', 'include') AND decision_seq <= ?
    GROUP BY subject HAVING ARG_MAX(kind, decision_seq) = 'exclude'
    ORDER BY row_key
"""
"""The transactions whose latest decision takes them out, with that decision."""


def exclude(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> bool:
    """Write work.excluded, the transactions that people have taken out; returns whether there are any."""
    connection.execute(EXCLUDED, [run.decision_seq])
    return read_row(connection, "SELECT COUNT(*) FROM work.excluded") != (0,)


def is_excluded(run: OpenRun, key: str = "row_key") -> str:
    """Return the SQL condition for the transactions that people had taken out, as far as `run` knew, by their `key`."""
    return f"""{key} IN (
        SELECT subject FROM decisions WHERE kind IN ('exclude', 'include') AND decision_seq <= {run.decision_seq}
        GROUP BY subject HAVING ARG_MAX(kind, decision_seq) = 'exclude'
    )"""  # noqa: S608 - a number


def show_in_force(
    connection: duckdb.DuckDBPyConnection, run: OpenRun, columns: Sequence[str], *, leaves_out: bool = False
) -> None:
    """Create the views work.transactions_in_force and work.excluded_in_force, with the attribute key of `columns`.

    The first is a view of work.every_version, which has the same columns for every version of every transaction:
    activity_date is the day by which it counts, happened_on its own. Where a rebate counts returns with their sale
    (COUNTED_BY is among `columns`), a return that names a sale of another day is in force twice, once by each day.
    `leaves_out`: some transactions are excluded; where none are, their keys need not be read. The second view has
    those, where and as often as the first would have them.
    """
    key = f"{attribute_key_sql(columns)} AS attribute_key"
    seen = f"SELECT * FROM (SELECT * FROM work.every_version WHERE {is_in_force(run)})"  # noqa: S608 - a number, a date
    views = {
        "transactions_in_force": f"{seen} ANTI JOIN work.excluded USING (row_key)" if leaves_out else seen,
        "excluded_in_force": f"{seen} SEMI JOIN work.excluded USING (row_key)",
    }
    connection.execute(
        f"""
        CREATE OR REPLACE VIEW work.every_version AS
        SELECT *, {key} FROM (SELECT *, activity_date AS happened_on, CAST(NULL AS VARCHAR) AS {COUNTED_BY}
            FROM transactions)
        """  # noqa: S608 - quoted names
    )
    if COUNTED_BY in columns:
        named = NAMED_SALES.format(in_force=is_in_force(run))
        connection.execute(f"CREATE OR REPLACE TABLE work.named_sales AS {named}")
        connection.execute(
            f"CREATE OR REPLACE TABLE work.sale_days AS {OF_OTHER_DAYS.format(named='work.named_sales')}"
        )
        # Most histories have no such return: then all is as if no rebate asked.
        if read_row(connection, "SELECT COUNT(*) FROM work.sale_days") != (0,):
            views = {name: by_either_day(rows, columns, "work.sale_days") for name, rows in views.items()}
    else:
        connection.execute("DROP TABLE IF EXISTS work.sale_days; DROP TABLE IF EXISTS work.named_sales")
    for name, rows in views.items():
        connection.execute(f"CREATE OR REPLACE VIEW work.{name} AS {rows}")


def by_either_day(rows: str, columns: Sequence[str], sales: str) -> str:
    """Return the query for `rows` of work.every_version, those in the table `sales` once by each of their two days."""
    key = f"{attribute_key_sql(columns)} AS attribute_key"
    return f"SELECT * REPLACE ({key}) FROM ({BY_EITHER_DAY.format(rows=rows, sales=sales)})"  # noqa: S608 - quoted names


def is_in_force(run: OpenRun) -> str:
    """Return the SQL condition for the versions of transactions that `run` sees: loaded, received, not yet replaced.

    It is never NULL, also for a version that ended with its load and has no day of its end.
    """
    return f"""load_seq <= {run.load_seq}
            AND received_on <= DATE '{run.as_of}'
            AND (superseded_seq IS NULL OR superseded_seq > {run.load_seq}
                OR COALESCE(superseded_on > DATE '{run.as_of}', false))"""


def may_differ(one: OpenRun, other: OpenRun) -> str:
    """Return an SQL condition that holds for every version of transactions that only one of the two runs sees.

    It compares single columns with constants: DuckDB skips the row groups in which nothing came or ended since.
    """
    seq, day = min(one.load_seq, other.load_seq), min(one.as_of, other.as_of)
    return f"""(load_seq > {seq} OR superseded_seq > {seq}
            OR received_on > DATE '{day}' OR superseded_on > DATE '{day}')"""


def attribute_key_sql(columns: Sequence[str]) -> str:
    """Return the SQL expression that joins `columns` into the text by which attribute classes are looked up."""
    if not columns:
        return "''"
    texts = [f"COALESCE(CAST({quoted(name)} AS VARCHAR), '')" for name in columns]
    return f" || chr({ord(ATTRIBUTE_SEPARATOR)}) || ".join(texts)
