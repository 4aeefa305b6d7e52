"""What validation, versions, ledger and files cost: a whole run beside a bare query that pays the same.

Prints ratios measured in one process on one machine; asserts that both pay the same, never how long they take.
`make bench` shows them; ROWS says how many transactions.
"""

from __future__ import annotations

import os
import resource
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest

from pipelines.books.runs import Run
from pipelines.stages import STAGES
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

ROWS = int(os.environ.get("ROWS", "1000000"))
MEMBERS, PRODUCTS = 1_000, 500
AS_OF = date(2027, 1, 1)
CONFIG = """
name: Benchmark
currency: USD
memory_limit: 4GB
sources:
  - {data_set: members, path: extracts/members.csv, format: csv}
  - {data_set: products, path: extracts/products.csv, format: csv}
  - {data_set: transactions, path: extracts/transactions.parquet, format: parquet}
"""
PROGRAM = """
program: volume
title: Volume
reference: none
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
rebates:
  quarterly:
    products: {include: [{category: [a, b]}]}
    period: quarter
    measure: revenue
    method: all_units
    tiers: [{from: 1000, rate: 1%}, {from: 20000, rate: 2%}, {from: 50000, rate: 3.5%}]
"""
BARE = """
    SELECT CAST(SUM(payout) AS DECIMAL(18, 2)) FROM (
        SELECT CAST(measure * CASE WHEN measure >= 50000 THEN 0.035 WHEN measure >= 20000 THEN 0.02
            WHEN measure >= 1000 THEN 0.01 ELSE 0 END AS DECIMAL(18, 2)) AS payout
        FROM (
            SELECT member_id, QUARTER(activity_date) AS period, SUM(amount) AS measure
            FROM read_parquet(?) JOIN read_csv(?) USING (product_id)
            WHERE category IN ('a', 'b') GROUP BY ALL
        )
    )
"""


@dataclass
class Clock:
    """Seconds of the wall clock."""

    seconds: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - began


def make(root: Path) -> Workspace:
    """Write a workspace of ROWS sales, every figure a function of its row number."""
    for folder in ("extracts", "rules"):
        (root / folder).mkdir(parents=True)
    (root / "rebatch.yaml").write_text(CONFIG, encoding="utf-8")
    (root / "rules/volume.yaml").write_text(PROGRAM, encoding="utf-8")
    n = pl.int_range(ROWS, dtype=pl.Int64, eager=True).alias("n").to_frame()
    day = pl.lit(date(2026, 1, 1)) + pl.duration(days=pl.col("n") * 365 // ROWS)
    cents = (pl.col("n") * 7_919 % 40_000 + 1).cast(pl.Decimal(18, 4)) * pl.lit(Decimal("0.01")).cast(pl.Decimal(18, 4))
    n.select(
        transaction_id=pl.format("T{}", "n"),
        member_id=pl.format("M{}", pl.col("n") * 31 % MEMBERS),
        product_id=pl.format("P{}", pl.col("n") * 17 % PRODUCTS),
        activity_date=day,
        received_on=day,
        type=pl.lit("sale"),
        quantity=pl.lit(1).cast(pl.Decimal(18, 6)),
        unit=pl.lit("each"),
        amount=cents,
        currency=pl.lit("USD"),
    ).write_parquet(root / "extracts/transactions.parquet")
    pl.select(member_id=pl.format("M{}", pl.int_range(MEMBERS))).write_csv(root / "extracts/members.csv")
    category = pl.lit(["a", "b", "c", "d"]).list.get(pl.int_range(PRODUCTS) % 4)
    pl.select(product_id=pl.format("P{}", pl.int_range(PRODUCTS)), category=category).write_csv(
        root / "extracts/products.csv"
    )
    return open_workspace(root)


@pytest.mark.long
def test_a_run_beside_a_bare_query(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = make(tmp_path / "benchmark")
    extracts = [str(workspace.root / "extracts" / name) for name in ("transactions.parquet", "products.csv")]
    bare, clocks = Clock(), {stage.name: Clock() for stage in STAGES}
    with duckdb.connect(config={"memory_limit": "4GB"}) as connection, bare.running():
        expected = connection.execute(BARE, extracts).fetchall()[0][0]
    for stage in STAGES:
        with clocks[stage.name].running():
            stage.run(workspace, Run(AS_OF))
    with connect(workspace, read_only=True) as connection:
        paid = connection.execute("SELECT CAST(SUM(amount) AS DECIMAL(18, 2)) FROM ledger").fetchall()[0][0]
    assert paid == expected
    recompute = sum(clocks[name].seconds for name in ("aggregate", "rate", "settle", "post"))
    with capsys.disabled():
        print(f"\n{ROWS:,} transactions, {paid:,} USD; bare query {bare.seconds:.2f} s")  # noqa: T201
        for name, clock in clocks.items():
            print(f"  {name:<10} {clock.seconds:6.2f} s  {clock.seconds / bare.seconds:5.1f} x the bare query")  # noqa: T201
        print(f"  recompute  {recompute:6.2f} s  {recompute / bare.seconds:5.1f} x the bare query")  # noqa: T201
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"  peak memory of the process {peak:,.0f} MB")  # noqa: T201
