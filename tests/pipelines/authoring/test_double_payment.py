"""Double payment in the data: counted by cells, equal to a count of single transactions."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from pipelines.authoring.check import examine
from pipelines.authoring.double_payment import shared_payments
from pipelines.books.trace import counted_transactions
from pipelines.calculation.rule_files import load_programs
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from tests.pipelines.history import CONFIG, HEADER, History

if TYPE_CHECKING:
    from pathlib import Path

    Pair = tuple[tuple[str, str], tuple[str, str]]

PROGRAM = """\
program: {name}
title: P
reference: r
currency: USD
effective: {{from: {start}, to: 2026-12-31}}
members: {{include: [{{type: [{types}]}}]}}
rebates:
  {name}-pads:
    products: {{include: [{{category: pads}}]}}
    period: quarter
    measure: revenue
    method: all_units
    tiers: [{{from: 1, rate: 1%}}]
  {name}-all:
    transactions: {{include: [{{type: sale}}]}}
    period: month
    measure: {measure}
    method: fixed
    tiers: [{{from: 1, pays: 1}}]
"""


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Three members, two of them in each program; some sales are of two rebates, some of four, some of none."""
    made = History(tmp_path_factory.mktemp("shared"))
    made.write("rebatch.yaml", CONFIG)
    made.write("extracts/members.csv", "member_id,name,type\nA,Alpha,dealer\nB,Beta,group\nC,Gamma,shop\n")
    made.write("extracts/products.csv", "product_id,name,category\nP,Pad,pads\nO,Oil,oils\nQ,Pad 2,pads\n")
    made.write("rules/x.yaml", PROGRAM.format(name="x", start="2026-01-01", types="dealer, group", measure="orders"))
    made.write("rules/y.yaml", PROGRAM.format(name="y", start="2026-03-01", types="group, shop", measure="revenue"))
    rows = [
        f"{member}{product}{month},{member},{product},2026-0{month}-10,2026-0{month}-11,{kind},{sign}1,each,{sign}5,USD,o"
        for member in "ABC"
        for product in "POQ"
        for month in (1, 2, 3, 4)
        for kind, sign in [("sale", "") if (month, product) != (4, "Q") else ("return", "-")]
    ]
    made.sell("1", *rows, header=f"{HEADER},order_id")
    made.run("2026-05-05")
    return made


def naively(books: History) -> dict[Pair, set[str]]:
    """Ask of every single transaction which measures it is in."""
    with connect(books.workspace, read_only=True) as connection:
        terms = read(connection, "SELECT program, rebate, measure_term AS term FROM work.rebates")
        counted = counted_transactions(connection, members=["A", "B", "C"], programs=["x", "y"])
    paid = counted.join(terms, on=["program", "rebate", "term"]).unique(["program", "rebate", "transaction_id"])
    found: dict[Pair, set[str]] = {}
    for (transaction,), rows in paid.sort("program", "rebate").partition_by("transaction_id", as_dict=True).items():
        for pair in combinations(rows.sort("program", "rebate").select("program", "rebate").rows(), 2):
            found.setdefault(pair, set()).add(str(transaction))
    return found


def test_pairs_are_those_of_single_transactions(books: History) -> None:
    found = shared_payments(books.workspace, load_programs(books.workspace))
    expected = naively(books)
    assert found is not None
    counts: Counter[Pair] = Counter()
    for keys, shared in found:
        for pair in combinations(keys, 2):
            counts[pair] += shared.transactions
            assert shared.example in expected[pair]
    assert counts == {pair: len(transactions) for pair, transactions in expected.items()}
    assert len(counts) == 6


@pytest.mark.long
def test_other_rules_are_looked_at_on_a_scratch_copy(books: History, tmp_path: Path) -> None:
    edited = books.copy(tmp_path / "edited")
    text = (edited.root / "rules" / "y.yaml").read_text(encoding="utf-8")
    edited.write("rules/y.yaml", text.replace("[group, shop]", "[shop]"))
    found = shared_payments(edited.workspace, load_programs(edited.workspace))
    assert found is not None
    assert {tuple(program for program, _ in keys) for keys, _ in found} == {("x", "x"), ("y", "y")}
    edited.run("2026-05-05")
    assert shared_payments(edited.workspace, load_programs(edited.workspace)) == found


def test_check_says_how_many_and_names_one(books: History) -> None:
    warnings = [finding for finding in examine(books.workspace).of("warning") if finding.kind == "double-payment"]
    assert [(finding.at.file, finding.at.line) for finding in warnings] == [
        ("x.yaml", 1), ("x.yaml", 8), ("y.yaml", 8),
    ]  # fmt: skip
    assert warnings[1].found == ("'x-pads' and 'x-all' (x.yaml:14, 14 such as AP1) both pay on the same transactions")
