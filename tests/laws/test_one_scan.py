"""One scan for all programs gives what one naive query per program gives, whatever the data, filters and dates."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipelines.books.runs import OpenRun
from pipelines.calculation.aggregate import scan
from pipelines.calculation.facts import read_facts
from pipelines.calculation.rate import read_lookups
from pipelines.warehouse.migrations import BOOKS_SQL
from rules.loading.load import read_programs
from rules.rating.inputs import at_nodes
from rules.rating.measures import measure
from tests.laws.examples import examples

if TYPE_CHECKING:
    from collections.abc import Iterator

AS_OF = date(2026, 9, 15)
TENTH = Decimal("1E-10")
TABLES = """
    CREATE TABLE members (member_id VARCHAR, type VARCHAR, payee_id VARCHAR, valid_from DATE, valid_to DATE,
        load_seq INTEGER, superseded_seq INTEGER);
    CREATE TABLE hierarchy (member_id VARCHAR, parent_id VARCHAR, level VARCHAR, valid_from DATE, valid_to DATE,
        line BIGINT, load_seq INTEGER, superseded_seq INTEGER);
    CREATE TABLE enrolments (program VARCHAR, member_id VARCHAR, valid_from DATE, valid_to DATE, load_seq INTEGER,
        superseded_seq INTEGER);
    CREATE TABLE products (product_id VARCHAR, name VARCHAR, category VARCHAR, valid_from DATE, valid_to DATE,
        load_seq INTEGER, superseded_seq INTEGER);
    CREATE TABLE unit_conversions (product_id VARCHAR, from_unit VARCHAR, to_unit VARCHAR, factor VARCHAR,
        load_seq INTEGER, superseded_seq INTEGER);
    CREATE TABLE fx_rates (from_currency VARCHAR, to_currency VARCHAR, rate_date DATE, rate DECIMAL(18, 8),
        load_seq INTEGER, superseded_seq INTEGER);
    CREATE TABLE transactions (transaction_id VARCHAR, member_id VARCHAR, product_id VARCHAR, activity_date DATE,
        received_on DATE, type VARCHAR, quantity DECIMAL(18, 6), unit VARCHAR, amount DECIMAL(18, 4), currency VARCHAR,
        order_id VARCHAR, source VARCHAR, line BIGINT, load_seq INTEGER, superseded_seq INTEGER, superseded_on DATE,
        row_key VARCHAR, original_id VARCHAR);
"""
DAYS = st.dates(date(2025, 11, 20), date(2026, 9, 10))
OPEN_DAYS = st.one_of(st.none(), DAYS)
MEMBERS = st.sampled_from(["A", "B", "C"])
PRODUCTS = st.sampled_from(["P1", "P2", "P3", "P4"])
TYPES = st.sampled_from(["sale", "return", "credit"])
TRANSACTION = st.tuples(
    MEMBERS, PRODUCTS, DAYS, st.integers(0, 40), TYPES, st.integers(-5, 20), st.sampled_from(["each", "case"]),
    st.decimals(-500, 500, places=2), st.sampled_from([None, "O1", "O2", "O3"]), st.sampled_from(["erp", "pos"]),
)  # fmt: skip
FILTER = st.one_of(
    st.none(), st.lists(st.sampled_from(["brakes", "filters", "belts"]), min_size=1, max_size=2, unique=True)
)
PROGRAM = st.fixed_dictionaries(
    {
        "start": st.dates(date(2025, 12, 1), date(2026, 6, 30)),
        "length": st.integers(20, 250),
        "enrolled": st.booleans(),
        "members": st.one_of(st.none(), st.sampled_from(["dealer", "distributor"])),
        "include": FILTER,
        "exclude": FILTER,
        "types": st.one_of(st.none(), st.lists(TYPES, min_size=1, max_size=2, unique=True)),
        "measure": st.sampled_from(["revenue", "quantity", "transactions", "orders", "products"]),
        "own": FILTER,
        "period": st.sampled_from(["month", "quarter", "program"]),
    }
)  # fmt: skip
PERIODS = {
    "month": "strftime(t.activity_date, '%Y-%m')",
    "quarter": "year(t.activity_date) || '-Q' || quarter(t.activity_date)",
    "program": "'program'",
}
FIGURES = {
    "revenue": "SUM(t.amount)",
    "quantity": "SUM(t.quantity * CASE t.unit WHEN 'case' THEN 12 ELSE 1 END)",
    "transactions": "COUNT(*)",
    "orders": "NULLIF(COUNT(DISTINCT CASE WHEN t.quantity > 0 THEN t.source || '/' || t.order_id END), 0)",
    "products": "NULLIF(COUNT(DISTINCT CASE WHEN t.quantity > 0 THEN t.product_id END), 0)",
}


def rule_text(number: int, spec: dict[str, Any]) -> str:
    members = {"enrolled": spec["enrolled"]} | ({"include": [{"type": spec["members"]}]} if spec["members"] else {})
    products = {name: [{"category": spec[name]}] for name in ("include", "exclude") if spec[name]}
    unit = "unit: each" if spec["measure"] == "quantity" else ""
    own = f", products: {{include: [{{category: {spec['own']}}}]}}" if spec["own"] else ""
    return f"""
program: p{number}
title: Law
reference: none
currency: USD
effective: {{from: {spec["start"]}, to: {spec["start"] + timedelta(days=spec["length"])}}}
members: {str(members).replace("True", "true").replace("False", "false")}
rebates:
  only:
    {f"products: {products}" if products else ""}
    {f"transactions: {{include: [{{type: {spec['types']}}}]}}" if spec["types"] else ""}
    period: {spec["period"]}
    measure: {{of: {spec["measure"]}{own}}}
    {unit}
    method: fixed
    tiers: [{{from: 1, pays: 1}}]
"""


def naive(number: int, spec: dict[str, Any]) -> str:
    """Write the query a person would: every condition of the program beside the others, no lookup table."""

    def listed(values: list[str]) -> str:
        return ", ".join(f"'{value}'" for value in values)

    end = spec["start"] + timedelta(days=spec["length"])
    last = {"month": "last_day(t.activity_date)", "program": f"DATE '{end}'"}.get(
        spec["period"], "last_day(make_date(year(t.activity_date), quarter(t.activity_date) * 3, 1))"
    )
    conditions = [
        f"t.activity_date BETWEEN DATE '{spec['start']}' AND DATE '{end}'",
        f"LEAST({last}, DATE '{end}') < DATE '{AS_OF}'",
        f"t.received_on <= DATE '{AS_OF}'",
    ]
    if spec["members"]:
        conditions.append(f"m.type = '{spec['members']}'")
    if spec["enrolled"]:
        conditions.append(
            f"EXISTS (SELECT 1 FROM enrolments e WHERE e.program = 'p{number}' AND e.member_id = t.member_id AND "
            "t.activity_date BETWEEN COALESCE(e.valid_from, '0001-01-01') AND COALESCE(e.valid_to, '9999-12-31'))"
        )
    if spec["own"]:
        conditions.append(f"p.category IN ({listed(spec['own'])})")
    elif spec["include"]:
        conditions.append(f"p.category IN ({listed(spec['include'])})")
    if spec["exclude"] and not spec["own"]:
        conditions.append(f"(p.category IS NULL OR p.category NOT IN ({listed(spec['exclude'])}))")
    if spec["types"]:
        conditions.append(f"t.type IN ({listed(spec['types'])})")
    return f"""
        SELECT 'p{number}' AS program, t.member_id, {PERIODS[spec["period"]]} AS period,
            CAST({FIGURES[spec["measure"]]} AS DECIMAL(38, 10)) AS value
        FROM transactions t JOIN members m USING (member_id) JOIN products p USING (product_id)
        WHERE {" AND ".join(conditions)} GROUP BY ALL HAVING value IS NOT NULL
    """


@contextmanager
def warehouse(
    transactions: list[tuple[Any, ...]], enrolments: list[tuple[Any, ...]]
) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(BOOKS_SQL)
        connection.execute(TABLES)
        connection.execute("""
            INSERT INTO members VALUES ('A', 'dealer', NULL, NULL, NULL, 1, NULL),
                ('B', 'distributor', NULL, NULL, NULL, 1, NULL), ('C', 'dealer', NULL, NULL, NULL, 1, NULL);
            INSERT INTO products VALUES ('P1', 'x', 'brakes', NULL, NULL, 1, NULL),
                ('P2', 'x', 'filters', NULL, NULL, 1, NULL),
                ('P3', 'x', 'belts', NULL, NULL, 1, NULL), ('P4', 'x', NULL, NULL, NULL, 1, NULL);
            INSERT INTO unit_conversions VALUES (NULL, 'case', 'each', '12', 1, NULL);
        """)
        for n, (member, product, day, late, *figures) in enumerate(transactions):
            row = [f"T{n}", member, product, day, day + timedelta(days=late), *figures, n]
            values = "?, ?, ?, ?, ?, ?, ?, ?, ?, 'USD', ?, ?, ?, 1, NULL, NULL, NULL, NULL"
            connection.execute(f"INSERT INTO transactions VALUES ({values})", row)
        for enrolment in enrolments:
            connection.execute("INSERT INTO enrolments VALUES (?, ?, ?, ?, 1, NULL)", list(enrolment))
        yield connection


@examples(5)
@given(
    transactions=st.lists(TRANSACTION, max_size=40),
    specs=st.lists(PROGRAM, min_size=1, max_size=3),
    enrolments=st.lists(st.tuples(st.sampled_from(["p0", "p1"]), MEMBERS, OPEN_DAYS, OPEN_DAYS), max_size=4),
)  # fmt: skip
def test_one_scan_equals_one_query_per_program(
    transactions: list[tuple[Any, ...]], specs: list[dict[str, Any]], enrolments: list[tuple[Any, ...]]
) -> None:
    kept = [row for row in enrolments if None in row[2:] or row[2] <= row[3]]
    programs = read_programs({f"p{n}.yaml": rule_text(n, spec) for n, spec in enumerate(specs)})
    with warehouse(transactions, kept) as connection:
        scan(connection, programs, OpenRun("law", AS_OF, 1, "2026-09", 1, 0))
        values, _ = measure(read_facts(connection).at("node"), at_nodes(read_lookups(connection)))
        found = values.filter(horizon="settled").select("program", "member_id", "period", "value").rows()
        expected = [row for n, spec in enumerate(specs) for row in connection.sql(naive(n, spec)).fetchall()]
        control = connection.execute("SELECT * FROM work.control").fetchone()
    assert sorted(found) == sorted(expected)
    assert control is not None
    assert control[:3] == control[3:]


AVERAGED = st.fixed_dictionaries(
    {"measure": st.sampled_from(list(FIGURES)), "periods": st.integers(1, 3), "own": FILTER, "enrolled": st.booleans()}
)


def averaging(number: int, spec: dict[str, Any]) -> str:
    base = {"start": date(2026, 3, 1), "length": 152, "members": "dealer", "include": None, "exclude": None}
    text = rule_text(number, base | spec | {"types": ["sale", "return"], "period": "month"})
    growth = (
        f"growth_amount: {spec['measure']}, baseline: {{average: {{periods: {spec['periods']}}}}}, when_missing: skip"
    )
    return text.replace(f"of: {spec['measure']}", growth)


def naive_average(number: int, spec: dict[str, Any]) -> str:
    """Write the average of the months before each settled month: each month's figure by itself, then one division."""
    own = ", ".join(f"'{value}'" for value in spec["own"] or ())
    enrolled = f"t.member_id IN (SELECT member_id FROM enrolments WHERE program = 'p{number}')"
    return f"""
        SELECT 'p{number}', member_id, strftime(first, '%Y-%m'), SUM(value), {spec["periods"]}
        FROM (
            SELECT t.member_id, c.first, date_trunc('month', t.activity_date) AS month,
                CAST({FIGURES[spec["measure"]]} AS DECIMAL(38, 10)) AS value
            FROM transactions t JOIN members m USING (member_id) JOIN products p USING (product_id)
            JOIN (SELECT UNNEST(generate_series(DATE '2026-03-01', DATE '2026-07-01', INTERVAL 1 MONTH)) AS first) AS c
                ON t.activity_date < c.first
                AND t.activity_date >= c.first - to_months({spec["periods"]})
                AND last_day(c.first) < DATE '{AS_OF}'
            WHERE t.received_on <= DATE '{AS_OF}' AND m.type = 'dealer' AND t.type IN ('sale', 'return')
                AND {f"p.category IN ({own})" if own else "true"} AND {enrolled if spec["enrolled"] else "true"}
            GROUP BY ALL
        )
        WHERE value IS NOT NULL GROUP BY ALL
    """


@examples(6)
@given(
    transactions=st.lists(TRANSACTION, max_size=40),
    specs=st.lists(AVERAGED, min_size=1, max_size=2),
    enrolments=st.lists(st.tuples(st.just("p0"), MEMBERS, st.none(), st.none()), max_size=2, unique=True),
)  # fmt: skip
def test_an_average_baseline_equals_a_query_month_by_month(
    transactions: list[tuple[Any, ...]], specs: list[dict[str, Any]], enrolments: list[tuple[Any, ...]]
) -> None:
    programs = read_programs({f"p{n}.yaml": averaging(n, spec) for n, spec in enumerate(specs)})
    with warehouse(transactions, enrolments) as connection:
        scan(connection, programs, OpenRun("law", AS_OF, 1, "2026-09", 1, 0))
        values, _ = measure(read_facts(connection).at("node"), at_nodes(read_lookups(connection)))
        rows = [row for n, spec in enumerate(specs) for row in connection.sql(naive_average(n, spec)).fetchall()]
    found = values.filter(pl.col("term").str.ends_with("base"), horizon="settled")
    expected = [(*row, (total / periods).quantize(TENTH, ROUND_HALF_UP)) for *row, total, periods in rows]
    assert sorted(found.select("program", "member_id", "period", "value").rows()) == sorted(expected)
