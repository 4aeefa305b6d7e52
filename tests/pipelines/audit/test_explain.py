"""Explain: the provisions that changed a figure are named, with the figure before and after them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.audit.explain import explain
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
