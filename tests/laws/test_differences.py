"""A scan by difference leaves what a scan of everything leaves, whatever came, went, moved or was taken out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.audit.sum_checks import COUNTED
from pipelines.books.runs import OpenRun
from pipelines.calculation.aggregate import scan
from pipelines.warehouse.migrations import BOOKS_SQL
from rules.loading.load import read_programs
from tests.laws.examples import examples
from tests.laws.test_one_scan import TABLES

if TYPE_CHECKING:
    from rules.language.model import Program

PROGRAM = """
program: {name}
title: Law
reference: none
currency: USD
effective: {{from: 2025-07-01, to: 2026-12-31}}
members: {members}
rebates:
  only: {{period: {period}, measure: {measure}, {more}method: fixed, tiers: [{{from: 1, pays: 1}}]}}
"""
REBATES = (
    ("sales", "month", "revenue", "transactions: {exclude: [{type: [credit]}]}, "),
    ("sold", "quarter", "revenue", "returns: with_sale, "),
    ("orders", "quarter", "orders", ""),
    ("goods", "month", "products", "products: {include: [{category: [brakes]}]}, "),
    ("growth", "quarter", "{growth_percent: revenue, baseline: previous_year, when_missing: skip}", ""),
)
EVERYBODY, DEALERS = "{exclude: [{type: [none]}]}", "{include: [{type: [dealer]}]}"


def programs(**members: str) -> tuple[Program, ...]:
    """Return the programs, those that are named for some members only."""
    return read_programs(
        {
            f"{name}.yaml": PROGRAM.format(
                name=name, period=period, measure=measure, more=more, members=members.get(name, EVERYBODY)
            )
            for name, period, measure, more in REBATES
        }
    )


PROGRAMS = programs()
CHOICES = {
    "all": PROGRAMS,
    # Other columns, other classes, and no product is counted.
    "fewer": PROGRAMS[:3],
    # Orders and products of some members only, and of all of them again.
    "of dealers": programs(orders=DEALERS, goods=DEALERS),
}
"""The programs of a night."""

IDS = st.integers(0, 7)
ROW = st.tuples(
    IDS, st.sampled_from(["A", "B"]), st.sampled_from(["P1", "P2"]),
    st.dates(date(2025, 7, 1), date(2026, 8, 31)), st.integers(0, 20), st.sampled_from(["sale", "return", "credit"]),
    st.integers(-3, 5), st.integers(-90, 90), st.sampled_from(["USD", "EUR"]), st.sampled_from([None, "O1", "O2"]),
    st.one_of(st.none(), IDS),
)  # fmt: skip
NIGHT = st.fixed_dictionaries(
    {
        "later": st.integers(0, 40),
        "rows": st.lists(ROW, max_size=4, unique_by=lambda row: row[0]),
        "decided": st.one_of(st.none(), st.tuples(IDS, st.booleans())),
        "programs": st.sampled_from(["all", "all", "of dealers", "of dealers", "fewer"]),
    }
)
LEFT = {
    "sums": "FROM work.sums ORDER BY ALL",
    "control": "FROM work.control",
    "items": f"""SELECT * EXCLUDE (rows), SUM(rows) FROM work.items WHERE {COUNTED}
        GROUP BY ALL HAVING SUM(rows) <> 0 ORDER BY ALL""",
    "attributes": """SELECT * EXCLUDE (rows), SUM(rows) FROM work.attribute_rows
        GROUP BY ALL HAVING SUM(rows) <> 0 ORDER BY ALL""",
}
"""What a scan leaves behind, in an order that does not depend on how it came; of items, those that are counted."""


class Books:
    """Transactions as they are loaded night after night, in a warehouse without anything else."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.today, self.load = date(2026, 2, 1), 1
        connection.execute(BOOKS_SQL)
        connection.execute(TABLES)
        connection.execute("""
            INSERT INTO members VALUES ('A', 'dealer', NULL, NULL, NULL, 1, NULL),
                ('B', 'distributor', NULL, NULL, NULL, 1, NULL);
            INSERT INTO products VALUES ('P1', 'x', 'brakes', NULL, NULL, 1, NULL),
                ('P2', 'x', NULL, NULL, NULL, 1, NULL);
        """)
        # So many that stay that no difference is too large to be worth it, of every kind that may come.
        connection.execute("""
            INSERT INTO transactions
            SELECT 'S' || n, 'A', 'P1', DATE '2025-12-01' + CAST(n // 4 AS INTEGER),
                DATE '2025-12-01' + CAST(n // 4 AS INTEGER),
                ['sale', 'return', 'credit'][n % 3 + 1], 1, 'each', 1, ['USD', 'EUR'][n % 2 + 1], NULL, 'erp', n, 1,
                NULL, NULL, 'erp|S' || n, CASE WHEN n % 7 = 0 THEN 'S3' END
            FROM range(200) AS r (n)
        """)

    def add(self, row: tuple[Any, ...]) -> None:
        number, member, product, day, late, kind, quantity, amount, currency, order, original = row
        key = f"erp|{number}"
        ended = (
            "UPDATE transactions SET superseded_seq = ?, superseded_on = ? WHERE row_key = ? AND superseded_seq IS NULL"
        )
        self.connection.execute(ended, [self.load, day + timedelta(days=late), key])
        values = [
            str(number), member, product, day, day + timedelta(days=late), kind, quantity, amount, currency, order,
            number, self.load, key, None if original is None else str(original),
        ]  # fmt: skip
        self.connection.execute(
            "INSERT INTO transactions VALUES (?, ?, ?, ?, ?, ?, ?, 'each', ?, ?, ?, 'erp', ?, ?, NULL, NULL, ?, ?)",
            values,
        )

    def decide(self, number: int, *, excludes: bool) -> None:
        self.connection.execute(
            """
            INSERT INTO decisions
            SELECT COUNT(*) + 1, ?, ?, '', '', '', '', '', '', NULL, '', '', '', '', NULL, NULL,
                TIMESTAMP '2026-01-01', '', ''
            FROM decisions
            """,
            ["exclude" if excludes else "include", f"erp|{number}"],
        )

    def night(self, night: dict[str, Any]) -> list[Program]:
        self.today += timedelta(days=night["later"])
        self.load += 1
        for row in night["rows"]:
            self.add(row)
        if night["decided"]:
            number, excludes = night["decided"]
            self.decide(number, excludes=excludes)
        return list(CHOICES[night["programs"]])

    def scan(self, programs: list[Program]) -> dict[str, Any]:
        decided = self.connection.execute("SELECT COUNT(*) FROM decisions").fetchall()[0][0]
        scan(self.connection, programs, OpenRun("law", self.today, self.load, "", 1, decided), is_ahead=True)
        return {name: self.connection.execute(query).fetchall() for name, query in LEFT.items()}

    def rows_read(self) -> int:
        return int(self.connection.execute("SELECT rows_read FROM work.last_scan").fetchall()[0][0])


@examples(2)
@given(nights=st.lists(NIGHT, min_size=2, max_size=5))
def test_a_difference_leaves_what_a_whole_scan_leaves(nights: list[dict[str, Any]]) -> None:
    with duckdb.connect() as connection:
        books = Books(connection)
        books.scan(list(PROGRAMS))
        for night in nights:
            in_use = books.night(night)
            found = books.scan(in_use)
            connection.execute("DROP TABLE work.last_scan")
            assert found == books.scan(in_use)


def test_orders_and_products_are_counted_of_members_of_whom_a_rule_asks() -> None:
    whose = "SELECT DISTINCT item_kind, member_id FROM work.items JOIN work.member_spans USING (span) ORDER BY ALL"
    with duckdb.connect() as connection:
        books = Books(connection)
        books.scan(list(CHOICES["of dealers"]))
        books.load += 1
        books.add((1, "B", "P1", date(2026, 1, 2), 0, "sale", 1, 5, "USD", "O1", None))
        connection.execute("UPDATE transactions SET order_id = 'O2' WHERE member_id = 'A'")
        books.scan(list(CHOICES["of dealers"]))
        assert connection.execute(whose).fetchall() == [("products", "A")]
        # Asked of all: a row that no night changed is counted too.
        books.scan(list(PROGRAMS))
        assert books.rows_read() == 0
        assert connection.execute(whose).fetchall() == [
            ("orders", "A"), ("orders", "B"), ("products", "A"), ("products", "B"),
        ]  # fmt: skip


def test_columns_of_an_extract_may_be_named_like_our_own() -> None:
    counted = "SELECT attributes, currency, names_sale, SUM(rows) FROM work.attribute_rows GROUP BY ALL ORDER BY ALL"
    only = "transactions: {include: [{rows: [7], names_sale: [x], currency: [USD]}]}, "
    text = PROGRAM.format(name="own", period="month", measure="revenue", more=only, members=EVERYBODY)
    in_use = list(read_programs({"own.yaml": text}))
    with duckdb.connect() as connection:
        books = Books(connection)
        connection.execute("ALTER TABLE transactions ADD COLUMN \"rows\" VARCHAR DEFAULT '7'")
        connection.execute("ALTER TABLE transactions ADD COLUMN names_sale VARCHAR DEFAULT 'x'")
        connection.execute("UPDATE transactions SET original_id = NULL")
        books.scan(in_use)
        expected = [(["EUR", "x", "7"], "EUR", False, 100), (["USD", "x", "7"], "USD", False, 100)]
        assert connection.execute(counted).fetchall() == expected


def test_no_more_is_read_than_changed() -> None:
    row = (1, "A", "P1", date(2026, 2, 2), 0, "sale", 1, 5, "USD", "O1", None)
    with duckdb.connect() as connection:
        books = Books(connection)
        books.scan(list(PROGRAMS))
        assert books.rows_read() == 200
        books.today += timedelta(days=2)
        books.load += 1
        books.add(row)
        books.scan(list(PROGRAMS))
        assert books.rows_read() == 1
        books.load += 1
        books.add((*row[:7], 6, *row[8:]))
        books.decide(1, excludes=True)
        books.scan(list(PROGRAMS))
        assert books.rows_read() == 2


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO members VALUES ('C', 'dealer', NULL, NULL, NULL, 1, NULL)",
        "UPDATE products SET category = 'brakes' WHERE product_id = 'P2'",
        "UPDATE work.last_scan SET product_version = '0'",
        "DROP TABLE work.last_scan",
        "UPDATE work.last_scan SET as_of = DATE '2026-12-31'",
    ],
)
def test_all_is_read_where_rows_are_told_apart_otherwise(change: str) -> None:
    with duckdb.connect() as connection:
        books = Books(connection)
        books.scan(list(PROGRAMS))
        connection.execute(change)
        books.scan(list(PROGRAMS))
        assert books.rows_read() == 200
