"""Sums: one scan of the transactions for all programs, or the last one with the difference since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.books.in_force import is_in_force
from pipelines.calculation.difference import add_moved, of_difference, show_difference
from pipelines.warehouse.frames import has_work, read, read_row
from pipelines.warehouse.quoting import quoted
from pipelines.warehouse.sql_files import read_sql
from rules.compiled.figure_terms import COUNTED_BY

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import duckdb
    import polars as pl

    from pipelines.books.runs import OpenRun
    from pipelines.calculation.difference import LastScan

AGGREGATE_SQL = read_sql("calculation", "aggregate")
CONTROL_SQL = read_sql("calculation", "control")
ITEM_SQL = {kind: read_sql("calculation", kind) for kind in ("orders", "products")}

SCANNED = """
    SELECT CAST(COALESCE(SUM(transactions), 0) AS BIGINT) AS scanned_transactions,
        CAST(COALESCE(SUM(amount), 0) AS DECIMAL(38, 4)) AS scanned_amount,
        CAST(COALESCE(SUM(quantity), 0) AS DECIMAL(38, 6)) AS scanned_quantity
    FROM work.sums
"""
"""What the sums of the scan add up to, to be compared with the control totals of its input."""

_KEY = "span, product_class, attribute_class, segment, unit, currency, rate_date"
_ITEM_KEY = "item_kind, span, product_class, attribute_class, segment, item"


def add_up(
    connection: duckdb.DuckDBPyConnection, run: OpenRun, before: LastScan | None, kinds: Collection[str]
) -> None:
    """Write work.sums, work.control and, for terms of `kinds`, work.items, from the scan before if there is one."""
    if before is None:
        scan_all(connection)
    else:
        add_moved(connection, before, run)
        show_difference(connection, before)
        scan_difference(connection)
    write_items(connection, kinds, by_difference=before is not None)


def scan_all(connection: duckdb.DuckDBPyConnection) -> None:
    """Write work.sums and what they must add up to, from every transaction in force."""
    connection.execute(f"CREATE OR REPLACE TABLE work.sums AS {AGGREGATE_SQL}")
    _write_control(connection, CONTROL_SQL)


def scan_difference(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring work.sums, and what they must add up to, from the last scan to this run."""
    came, gone = (of_difference(AGGREGATE_SQL, side) for side in ("came", "gone"))
    connection.execute(f"""
        MERGE INTO work.sums AS s
        USING (
            SELECT {_KEY}, SUM(amount) AS amount, SUM(quantity) AS quantity, SUM(transactions) AS transactions
            FROM (FROM ({came}) UNION ALL BY NAME SELECT * REPLACE (
                -amount AS amount, -quantity AS quantity, -transactions AS transactions
            ) FROM ({gone}))
            GROUP BY ALL
            HAVING SUM(amount) <> 0 OR SUM(quantity) <> 0 OR SUM(transactions) <> 0
        ) AS d
        ON s.span = d.span AND s.product_class = d.product_class AND s.attribute_class = d.attribute_class
            AND s.segment = d.segment AND s.unit = d.unit AND s.currency = d.currency
            AND s.rate_date IS NOT DISTINCT FROM d.rate_date
        WHEN MATCHED AND s.transactions + d.transactions = 0 THEN DELETE
        WHEN MATCHED THEN UPDATE SET amount = s.amount + d.amount, quantity = s.quantity + d.quantity,
            transactions = s.transactions + d.transactions
        WHEN NOT MATCHED THEN INSERT BY NAME
    """)  # noqa: S608 - constant text
    came, gone = (of_difference(CONTROL_SQL, side) for side in ("came", "gone"))
    _write_control(
        connection,
        f"""
        SELECT {", ".join(f"CAST(b.{name} + c.{name} - g.{name} AS {kind}) AS {name}" for name, kind in _TOTALS)}
        FROM work.control AS b, ({came}) AS c, ({gone}) AS g
        """,  # noqa: S608 - constant text
    )


_TOTALS = (
    ("expected_transactions", "BIGINT"),
    ("expected_amount", "DECIMAL(38, 4)"),
    ("expected_quantity", "DECIMAL(38, 6)"),
)


def _write_control(connection: duckdb.DuckDBPyConnection, expected: str) -> None:
    connection.execute(f"CREATE OR REPLACE TABLE work.control AS SELECT * FROM ({expected}), ({SCANNED})")  # noqa: S608 - constant text


def write_items(connection: duckdb.DuckDBPyConnection, kinds: Collection[str], *, by_difference: bool) -> None:
    """Write or bring up to date work.items: every order and product by the classes it lies in, with its rows.

    Only of members and days of which a rule counts any. A kind that is counted now of members, or on days, of which it
    was not counted in the last scan is counted anew.
    """
    connection.execute(_COUNTED_WHERE)
    if not by_difference or not has_work(connection, "items"):
        connection.execute(f"CREATE OR REPLACE TABLE work.items ({_ITEM_COLUMNS})")
        anew = set(ITEM_SQL)
    else:
        anew = {kind for (kind,) in connection.execute(_COUNTED_ANEW).fetchall()}
    for kind, query in ITEM_SQL.items():
        if kind in anew or kind not in kinds:
            connection.execute("DELETE FROM work.items WHERE item_kind = ?", [kind])
        if kind not in kinds:
            continue
        came, gone = (of_difference(query, side) for side in ("came", "gone"))
        difference = f"""
            SELECT {_ITEM_KEY}, SUM(rows) AS rows
            FROM (FROM ({came}) UNION ALL BY NAME SELECT * REPLACE (-rows AS rows) FROM ({gone}))
            GROUP BY ALL HAVING SUM(rows) <> 0
        """  # noqa: S608 - constant text
        connection.execute(f"INSERT INTO work.items BY NAME {query if kind in anew else difference}")


_ITEM_COLUMNS = """
    item_kind VARCHAR, span INTEGER, product_class INTEGER, attribute_class INTEGER, segment INTEGER, item VARCHAR,
    rows BIGINT
"""
_COUNTED_WHERE = """
    CREATE OR REPLACE TABLE work.item_segments AS
    SELECT DISTINCT m.kind AS item_kind, w.segment FROM work.windows AS w JOIN work.terms AS m USING (term)
    WHERE m.kind IN ('orders', 'products') ORDER BY ALL;
    CREATE OR REPLACE TABLE work.item_spans AS
    SELECT DISTINCT m.kind AS item_kind, x.span
    FROM work.participants AS x JOIN work.terms AS m USING (program, member_filter, is_baseline)
    WHERE m.kind IN ('orders', 'products') ORDER BY ALL
"""
_COUNTED_ANEW = """
    SELECT DISTINCT n.item_kind FROM work.item_segments AS n
    SEMI JOIN (work.days JOIN days_before USING (activity_date, segment)) AS d USING (segment)
    ANTI JOIN item_segments_before AS b USING (item_kind, segment)
    UNION SELECT item_kind FROM work.item_spans AS n ANTI JOIN item_spans_before AS b USING (item_kind, span)
"""


def count_attributes(
    connection: duckdb.DuckDBPyConnection, run: OpenRun, columns: Sequence[str], *, by_difference: bool
) -> None:
    """Write or bring up to date work.attribute_rows: how many rows of each combination of attributes are in force.

    Excluded transactions are included: an explanation states what they would count for. attributes: the values of
    `columns` as text, in their order. names_sale: the rows name a sale.
    """
    texts = ", ".join("NULL" if name == COUNTED_BY else f"CAST(t.{quoted(name)} AS VARCHAR)" for name in columns)
    key = f"CAST([{texts}] AS VARCHAR[]) AS attributes, t.currency, t.original_id IS NOT NULL AS names_sale"
    # By the columns themselves: to make a list of texts of every row would cost more than all else here.
    own = [f"t.{quoted(name)}" for name in columns if name != COUNTED_BY]
    grouped = f"GROUP BY {', '.join([*own, 't.currency', 't.original_id IS NOT NULL'])}"
    if by_difference:
        connection.execute(f"""
            INSERT INTO work.attribute_rows
            SELECT {key}, SUM(CASE WHEN is_seen THEN 1 ELSE -1 END) FROM changed AS t {grouped}
        """)  # noqa: S608 - quoted names
    else:
        connection.execute(f"""
            CREATE OR REPLACE TABLE work.attribute_rows AS
            SELECT {key}, COUNT(*) AS rows FROM work.every_version AS t WHERE {is_in_force(run)} {grouped}
        """)  # noqa: S608 - quoted names


def distinct_attributes(connection: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> pl.DataFrame:
    """Return all distinct combinations of `columns` as text; without columns, one row.

    Of rows that name a sale both kinds of day, also where the sale is not known yet, or no longer.
    """
    texts = [f"attributes[{place}] AS {quoted(name)}" for place, name in enumerate(columns, 1)]
    found = f"SELECT DISTINCT {', '.join(texts or ['1 AS every'])} FROM ({IN_FORCE} {{where}})"  # noqa: S608 - quoted names
    every = found.format(where="")
    if COUNTED_BY in columns:
        naming = found.format(where="AND BOOL_OR(names_sale)")
        every += f" UNION SELECT * REPLACE (UNNEST(['own_day', 'with_sale']) AS {COUNTED_BY}) FROM ({naming})"  # noqa: S608
    return read(connection, f"{every} ORDER BY ALL")


def currencies(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return every currency of a transaction in force."""
    return read(connection, f"SELECT DISTINCT currency FROM ({IN_FORCE})")["currency"].to_list()  # noqa: S608


IN_FORCE = """
    SELECT attributes, currency, names_sale FROM work.attribute_rows
    GROUP BY attributes, currency, names_sale HAVING SUM(rows) > 0
"""


def rows_read(connection: duckdb.DuckDBPyConnection, *, by_difference: bool) -> int:
    """Return how many rows of transactions the scan read."""
    (rows,) = read_row(connection, f"SELECT COUNT(*) FROM {'changed' if by_difference else 'transactions'}")  # noqa: S608
    return int(rows)
