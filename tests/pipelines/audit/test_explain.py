"""Explain: the provisions that changed a figure are named, with the figure before and after them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from pipelines.audit.explain import explain
from pipelines.audit.overlap_list import overlap_list
from tests.pipelines.history import CONFIG, History

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """\
program: p
title: P
reference: Clause 1
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
rebates:
  capped:
    reference: Clause 2
    period: quarter
    measure: revenue
    method: all_units
    limits: {per_member: 40}
    tiers: [{from: 1, rate: 10%}]
  plain: {period: quarter, measure: revenue, method: all_units, tiers: [{from: 1, rate: 1%}]}
  lifted:
    period: quarter
    measure: revenue
    method: all_units
    guarantee: 30
    tiers: [{from: 1, rate: 2%}]
"""


def test_what_provisions_made_of_a_figure_is_told(tmp_path: Path) -> None:
    books = History(tmp_path)
    books.write("rebatch.yaml", CONFIG)
    books.write("extracts/members.csv", "member_id,name\nA,Alpha\n")
    books.write("extracts/products.csv", "product_id,name\nP,Pad\n")
    books.write("rules/p.yaml", PROGRAM)
    books.sell(
        "1", "1,A,P,2026-01-10,2026-01-11,sale,1,each,1000,USD", "2,A,P,2026-04-10,2026-04-11,sale,1,each,10,USD"
    )
    books.run("2026-04-05")
    tables = {table.name: table for table in explain(books.workspace, member="A", program="p", period="2026-Q1")}
    figures = {row["rebate"]: row for row in tables["entitlements"].frame.to_dicts()}
    told = {name: (row["rated"], row["unrounded"], row["amount"], row["note"]) for name, row in figures.items()}
    assert told == {
        "capped": (Decimal(100), Decimal(40), Decimal(40), "limited to 40"),
        "lifted": (Decimal(20), Decimal(30), Decimal(30), "guaranteed 30"),
        "plain": (Decimal(10), Decimal(10), Decimal(10), ""),
    }
    assert "days" not in figures["plain"]
    clauses = dict(tables["clauses"].frame.select("rebate", "clause").iter_rows())
    assert clauses == {"capped": "Clause 2", "lifted": "Clause 1", "plain": "Clause 1"}


FOREIGN = """\
program: {name}
title: P
reference: r
currency: USD
effective: {{from: 2026-01-01, to: 2026-12-31}}
rebates:
  money: {{period: quarter, measure: revenue, method: all_units, tiers: [{{from: 1, rate: 10%}}]}}
  goods: {{period: quarter, measure: quantity, unit: each, method: fixed, tiers: [{{from: 1, pays: 5}}]}}
"""


def test_what_cannot_be_converted_is_told_apart_from_what_counts(tmp_path: Path) -> None:
    books = History(tmp_path)
    rates = "  - {data_set: fx_rates, path: extracts/rates.csv, format: csv}\n"
    books.write("rebatch.yaml", CONFIG + rates)
    books.write("extracts/members.csv", "member_id,name\nA,Alpha\n")
    books.write("extracts/products.csv", "product_id,name\nP,Pad\n")
    books.write("extracts/rates.csv", "from_currency,to_currency,rate_date,rate\nEUR,USD,2026-01-10,2\n")
    for name in ("x", "y"):
        books.write(f"rules/{name}.yaml", FOREIGN.format(name=name))
    books.sell(
        "1",
        "own,A,P,2026-01-10,2026-01-11,sale,1,each,100,USD",
        "rated,A,P,2026-01-17,2026-01-18,sale,1,each,30,EUR",  # the rate is seven days old
        "unrated,A,P,2026-01-18,2026-01-19,sale,1,each,500,EUR",
        "boxed,A,P,2026-01-20,2026-01-21,sale,1,box,7,USD",
        "neither,A,P,2026-01-21,2026-01-22,sale,1,box,9,EUR",
    )
    run_id = books.run("2026-04-05")
    tables = {table.name: table.frame for table in explain(books.workspace, member="A", program="x", period="2026-Q1")}
    measures = dict(tables["entitlements"].select("rebate", "measure").iter_rows())
    assert measures == {"money": 167, "goods": 3}
    counted = tables["transactions"].group_by("rebate").agg("transaction_id")
    assert dict(counted.iter_rows()) == {"money": ["own", "rated", "boxed"], "goods": ["own", "rated", "unrated"]}
    lost = tables["left_out"].select("rebate", "transaction_id", "reason", "todo").rows()
    assert lost == [
        ("goods", "boxed", "no_factor", "load a factor from box to each into unit_conversions"),
        ("goods", "neither", "no_factor", "load a factor from box to each into unit_conversions"),
        ("money", "unrated", "no_rate", "load a rate from EUR to USD of the day or the seven days before"),
        ("money", "neither", "no_rate", "load a rate from EUR to USD of the day or the seven days before"),
    ]
    overlaps = overlap_list(books.workspace).select("transaction_id", pl.col("payers").list.join("; "))
    assert overlaps.rows() == [
        ("own", "x/goods; x/money; y/goods; y/money"),
        ("rated", "x/goods; x/money; y/goods; y/money"),
        ("unrated", "x/goods; y/goods"),
        ("boxed", "x/money; y/money"),
    ]
    pairs = books.ask("SELECT one, other, transactions FROM work.overlaps WHERE currency = 'EUR' ORDER BY ALL").rows()
    assert pairs[:2] == [("x/goods", "x/money", 1), ("x/goods", "y/goods", 2)]
    [page] = (books.root / "out" / run_id / "statements").rglob("*.html")
    # Named with what they lack, and in no list of what counts.
    lists = re.findall(r'<table class="transactions">.*?</table>', page.read_text(encoding="utf-8"), re.DOTALL)
    assert lists
    assert not any("neither" in rows for rows in lists)
