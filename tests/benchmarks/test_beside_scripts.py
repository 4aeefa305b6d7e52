"""What validation, versions, ledger and files cost: a whole run beside scripts that pay the same and do none of that.

Prints CPU seconds and memory, and ratios to the barest script in the same run; asserts that all pay the same, never how
long they take. `make bench` shows them; ROWS and MEMBERS say how much.
"""

from __future__ import annotations

import json
import os
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.benchmarks.measured import PACKAGES, cost_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.measured import Cost

ROWS = int(os.environ.get("ROWS", "1000000"))
MEMBERS = int(os.environ.get("MEMBERS", "1000"))
PRODUCTS = 500
PEERS = ("duckdb_query", "duckdb_table", "polars_script", "pandas_script")
RECOMPUTED = ("aggregate", "rate", "settle", "post")
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


def make(root: Path) -> None:
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


@pytest.mark.long
def test_a_run_beside_scripts_that_pay_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(tmp_path / "benchmark")
    root = str(tmp_path / "benchmark")
    peers = {
        name: cost_of("-m", f"tests.benchmarks.peers.{name}", root, packages=PACKAGES if "pandas" in name else None)
        for name in PEERS
    }
    first = cost_of("-m", "tests.benchmarks.stages", root, "2027-01-01")
    told = json.loads(first.printed)
    assert {name: Decimal(peer.printed) for name, peer in peers.items()} == dict.fromkeys(PEERS, Decimal(told["paid"]))
    with capsys.disabled():
        print(table(peers, first, told["stages"], told["paid"]))  # noqa: T201


def table(peers: dict[str, Cost], whole: Cost, stages: dict[str, list[float]], paid: str) -> str:
    """Return the table that is printed: what each costs, and how many times the barest script that is."""
    bare = peers["duckdb_query"].seconds
    costs = {
        **{name: (peer.seconds, peer.megabytes) for name, peer in peers.items()},
        "a whole run": (whole.seconds, whole.megabytes),
        **{f"  {name}": (seconds, peak) for name, (seconds, peak) in stages.items()},
        "  recompute": (sum(stages[name][0] for name in RECOMPUTED), whole.megabytes),
    }
    rows = [f"{name:<16} {seconds:8.2f} {peak:8.0f} {seconds / bare:8.1f}" for name, (seconds, peak) in costs.items()]
    head = f"{'':<16} {'CPU s':>8} {'peak MB':>8} {'times':>8}"
    return "\n".join([f"\n{ROWS:,} transactions of {MEMBERS:,} members, {paid} USD", head, *rows])
