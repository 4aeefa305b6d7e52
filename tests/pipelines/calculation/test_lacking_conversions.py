"""What a run could not convert, and what contradicts, is told by run and check: who, what, when, and what to load."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from pipelines.authoring.check import examine
from pipelines.books.runs import Run
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace
from tests.posting import post_run

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """
name: Units
currency: USD
sources:
  - {data_set: members, path: members.csv, format: csv}
  - {data_set: products, path: products.csv, format: csv}
  - {data_set: unit_conversions, path: units.csv, format: csv}
  - {data_set: fx_rates, source: bank, path: bank.csv, format: csv}
  - {data_set: fx_rates, source: treasury, path: treasury.csv, format: csv}
  - {data_set: transactions, path: tx.csv, format: csv}
"""
PROGRAM = """
program: deal
title: Deal
reference: Clause 1
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
rebates:
  money: {period: quarter, measure: revenue, method: all_units, tiers: [{from: 0, rate: 10%}]}
  goods: {period: quarter, unit: each, measure: quantity, method: all_units, tiers: [{from: 0, rate: 1 per each}]}
"""
RATES = "from_currency,to_currency,rate_date,rate\n"
FILES = {
    "rebatch.yaml": CONFIG,
    "rules/deal.yaml": PROGRAM,
    "members.csv": "member_id,name\nA,Alpha\nB,Beta\n",
    "products.csv": "product_id,name\nP,Pad\nQ,Disc\n",
    "units.csv": "product_id,from_unit,to_unit,factor\n,case,each,12\n,each,case,1/10\n",
    "bank.csv": RATES + "EUR,USD,2026-01-04,1.10\nEUR,USD,2026-01-05,1.10\n",
    "treasury.csv": RATES + "EUR,USD,2026-01-05,1.20\n",
    "tx.csv": "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency\n"
    "T1,A,P,2026-01-04,2026-01-04,sale,1,each,100,EUR\n"
    "T2,A,P,2026-01-05,2026-01-05,sale,1,each,100,EUR\n"
    "T3,B,P,2026-01-05,2026-01-05,sale,2,case,10,USD\n"
    "T4,B,Q,2026-01-06,2026-01-06,sale,3,drum,10,USD\n"
    "T5,A,P,2026-01-06,2026-01-06,sale,1,drum,10,GBP\n",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Run a workspace that lacks conversions and rates, and has some that contradict; returns what its stages warn."""
    root = tmp_path_factory.mktemp("units")
    (root / "rules").mkdir()
    for name, text in FILES.items():
        (root / name).write_text(text, encoding="utf-8")
    results = post_run(open_workspace(root), Run(date(2026, 4, 1)))
    return root, {result.stage: str(result.counts.get("warned", "")) for result in results}


CONTRADICTIONS = [
    "units.csv:2: 1 case is 12 each (units.csv:2), but 1 each is 1/10 case (units.csv:3)",
    "bank.csv:3: EUR to USD of 2026-01-05 is stated as 1.1 (bank.csv:3) and as 1.2 (treasury.csv:2)",
]
LACKING = [
    "tx.csv:3: nothing converts EUR to USD: 1 transaction of member A, day 2026-01-05, left out → correct the rates",
    "tx.csv:6: nothing converts GBP to USD: 1 transaction of member A, day 2026-01-06, left out → load a rate from GBP",
    "tx.csv:4: nothing converts case to each: 1 transaction of member B, product P, left out → correct the factors",
    "tx.csv:5: nothing converts drum to each: 2 transactions of members A, B, products P, Q, left out → load a factor",
]


def test_a_run_names_what_contradicts_and_what_it_left_out(told: tuple[Path, dict[str, str]]) -> None:
    _, warned = told
    assert all(sentence in warned["aggregate"] for sentence in CONTRADICTIONS)
    assert all(sentence in warned["rate"] for sentence in LACKING)
    assert len(warned["rate"].splitlines()) == len(LACKING)


def test_check_names_the_same(told: tuple[Path, dict[str, str]]) -> None:
    root, _ = told
    found = dict.fromkeys(("contradiction", "unconverted"), "")
    for finding in examine(open_workspace(root)).findings:
        if finding.kind in found:
            found[finding.kind] += f"{finding}\n"
    assert all(sentence in found["contradiction"] for sentence in CONTRADICTIONS)
    assert all(sentence in found["unconverted"] for sentence in LACKING)
    ignored = examine(open_workspace(root), ignore=["contradiction", "unconverted"]).findings
    assert not any(finding.kind in found for finding in ignored)


def test_nothing_is_paid_by_what_contradicts(told: tuple[Path, dict[str, str]]) -> None:
    root, _ = told
    with connect(open_workspace(root), read_only=True) as connection:
        rows = connection.execute("SELECT member_id, rebate, amount FROM ledger ORDER BY ALL").fetchall()
    assert rows == [("A", "goods", 2), ("A", "money", 11), ("B", "money", 2)]
