"""Every payout of a run on 1.47 million real lines, found again by one SQL query and a loop over tiers."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import duckdb
import pytest

from pipelines.books.runs import Run
from pipelines.console.stage_progress import Silent
from pipelines.stages import run_all
from pipelines.workspace.configuration import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

JOURNEY = Path(__file__).parents[2] / "data" / "journey"
EXTRACTS = JOURNEY / "extracts"
CENT = Decimal("0.01")

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not (EXTRACTS / "transactions.parquet").exists(), reason="run `make journey-data` first"),
]

# The contracts once more, as a person would type them from paper; nothing here is read from the rule files.
REVENUE_TIERS = [("12000.0000000001", "0.015"), ("5000", "0.01"), ("1000", "0.005")]
PRODUCE_SLICES = [("0", "100", "0.01"), ("100", "300", "0.025"), ("300", None, "0.04")]
GROWTH_TIERS = [("50", "0.012"), ("10", "0.009"), ("0.0000000001", "0.004")]
UNIT_TIERS = [("10000.0000000001", "250"), ("2500", "75"), ("500", "20")]

MEASURES = """
WITH bought AS (
    SELECT CAST(t.store_id AS VARCHAR) AS store,
           CAST(t.transaction_timestamp AS DATE) AS day,
           CAST(t.sales_value AS DECIMAL(18, 2)) AS amount,
           t.quantity,
           p.department,
           p.brand,
           COALESCE(p.product_category, '-') AS category
    FROM read_parquet(?) AS t
    JOIN read_parquet(?) AS p ON p.product_id = t.product_id
    WHERE year(CAST(t.transaction_timestamp AS DATE)) = 2017
)
SELECT 'shop-revenue' AS program, store, '2017-Q' || quarter(day) AS period, SUM(amount) AS measure
FROM bought
WHERE department NOT IN ('FUEL', 'MISCELLANEOUS')
GROUP BY ALL
UNION ALL
SELECT 'fresh-produce', store, strftime(day, '%Y-%m'), SUM(amount)
FROM bought
WHERE department = 'PRODUCE' AND month(day) BETWEEN 2 AND 11
GROUP BY ALL
UNION ALL
SELECT 'private-label', store, '2017-Q' || quarter(day), SUM(amount)
FROM bought
WHERE brand = 'Private' AND category <> 'FLUID MILK PRODUCTS'
GROUP BY ALL
UNION ALL
SELECT 'units-handled', store, '2017-H' || CASE WHEN month(day) <= 6 THEN 1 ELSE 2 END, SUM(quantity)
FROM bought
WHERE department IN ('GROCERY', 'DRUG GM', 'PASTRY')
GROUP BY ALL
"""


class Key(NamedTuple):
    program: str
    store: str
    period: str


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Run the workspace as it is shipped, and open its warehouse."""
    root = tmp_path_factory.mktemp("journey") / "workspace"
    shutil.copytree(JOURNEY, root, ignore=shutil.ignore_patterns("warehouse*", "landing", "out", "rejects", "spill"))
    workspace = open_workspace(root)
    run_all(workspace, Run(as_of=date(2018, 1, 31), progress=Silent()))
    with duckdb.connect(str(workspace.warehouse_path), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def measures() -> dict[Key, Decimal]:
    paths = [str(EXTRACTS / name) for name in ("transactions.parquet", "products.parquet")]
    with duckdb.connect() as connection:
        rows = connection.execute(MEASURES, paths).fetchall()
    return {Key(program, store, period): Decimal(measure) for program, store, period, measure in rows}


def test_every_payout_is_found_again_to_the_cent(
    books: duckdb.DuckDBPyConnection, measures: dict[Key, Decimal]
) -> None:
    expected = {key: amount for key in measures if (amount := payout(key, measures))}
    posted = {
        Key(program, member, period): amount
        for program, member, period, amount in books.execute(
            "SELECT program, member_id, period, SUM(amount) FROM ledger GROUP BY ALL HAVING SUM(amount) <> 0"
        ).fetchall()
    }
    assert {key: (posted.get(key), expected.get(key)) for key in posted.keys() ^ expected.keys()} == {}
    assert {key: (posted[key], expected[key]) for key in posted if posted[key] != expected[key]} == {}
    assert {key.program for key in posted} == {"shop-revenue", "fresh-produce", "private-label", "units-handled"}
    assert len(posted) > 1_000


def test_every_tier_is_reached_by_someone(books: duckdb.DuckDBPyConnection) -> None:
    reached = books.execute(
        "SELECT program, list(DISTINCT tier) FROM work.entitlements WHERE horizon = 'settled' GROUP BY ALL"
    ).fetchall()
    assert {program: {1, 2, 3} - set(tiers) for program, tiers in reached} == {
        "fresh-produce": set(),
        "private-label": set(),
        "shop-revenue": set(),
        "units-handled": set(),
    }


def test_every_line_ends_somewhere_and_rounding_is_counted(books: duckdb.DuckDBPyConnection) -> None:
    read, loaded, duplicate, rejected, rounded, amount = books.execute(
        "SELECT rows_read, rows_loaded, rows_duplicate, rows_rejected, values_rounded, amount_loaded + amount_rejected"
        " FROM loads WHERE data_set = 'transactions'"
    ).fetchall()[0]
    with duckdb.connect() as connection:
        lines, cents, changed = connection.execute(
            "SELECT COUNT(*), SUM(CAST(sales_value AS DECIMAL(18, 2))),"
            " COUNT(*) FILTER (sales_value <> CAST(CAST(sales_value AS DECIMAL(18, 2)) AS DOUBLE))"
            " FROM read_parquet(?)",
            [str(EXTRACTS / "transactions.parquet")],
        ).fetchall()[0]
    assert (read, duplicate, rejected, rounded) == (lines, 0, 4_836, changed)
    assert loaded == lines - 4_836
    assert changed == 20  # noise of the floats, below 1E-14: no money
    assert amount == cents


def payout(key: Key, measures: dict[Key, Decimal]) -> Decimal:
    """Work out one payout from the contract."""
    measure = measures[key]
    if key.program == "shop-revenue":
        rate = next((rate for bound, rate in REVENUE_TIERS if measure >= Decimal(bound)), "0")
        return in_cents(measure * Decimal(rate))
    if key.program == "fresh-produce":
        return in_cents(sum((slice_of(measure, *part) for part in PRODUCE_SLICES), Decimal(0)))
    if key.program == "units-handled":
        return next((Decimal(fixed) for bound, fixed in UNIT_TIERS if measure >= Decimal(bound)), Decimal(0))
    growth = growth_percent(measure, measures.get(quarter_before(key), Decimal(0)))
    if growth is None:
        return Decimal(0)
    rate = next((rate for bound, rate in GROWTH_TIERS if growth >= Decimal(bound)), "0")
    return in_cents(measure * Decimal(rate))


def slice_of(measure: Decimal, start: str, end: str | None, rate: str) -> Decimal:
    top = measure if end is None else min(measure, Decimal(end))
    return max(top - Decimal(start), Decimal(0)) * Decimal(rate)


def quarter_before(key: Key) -> Key:
    return key._replace(period=f"2017-Q{int(key.period[-1]) - 1}")


def growth_percent(measure: Decimal, baseline: Decimal) -> Decimal | None:
    """Growth in percent to one decimal, halves away from zero; None without a baseline."""
    if baseline <= 0:
        return None
    tenths = (Fraction(measure) - Fraction(baseline)) / Fraction(baseline) * 1000
    size = (2 * abs(tenths.numerator) + tenths.denominator) // (2 * tenths.denominator)
    return Decimal(size if tenths >= 0 else -size) / 10


def in_cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)
