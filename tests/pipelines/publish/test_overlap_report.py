"""The overlap report: every transaction that several rebates pay on, in the run that pays them, and no other."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.audit.status import status
from pipelines.books.runs import current_run
from pipelines.books.trace import counted_transactions
from pipelines.publish.overlap_report import OVERLAPS, find_overlaps
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import has_work, read
from reports.erp.overlaps import render_overlaps
from tests.pipelines.history import CONFIG, HEADER, History

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """\
program: {name}
title: P
reference: r
currency: USD
effective: {{from: 2026-01-01, to: 2026-12-31}}
members: {{include: [{{type: [{types}]}}]}}
rebates:
  pads:
    products: {{include: [{{category: pads}}]}}
    period: quarter
    measure: revenue
    method: all_units
    tiers: [{{from: 31, rate: 10%}}]
  orders:
    period: month
    measure: orders
    method: fixed
    tiers: [{{from: 1, pays: 1}}]
"""
HOSTILE = "=1+1"


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Alpha reaches the bound of pads in the first quarter, Beta does not; a return counts for no order."""
    made = History(tmp_path_factory.mktemp("overlaps"))
    made.write("rebatch.yaml", CONFIG)
    made.write("extracts/members.csv", "member_id,name,type\nA,Alpha,dealer\nB,Beta,group\n")
    made.write("extracts/products.csv", "product_id,name,category\nP,Pad,pads\nO,Oil,oils\n")
    made.write("rules/x.yaml", PROGRAM.format(name="x", types="dealer, group"))
    made.write("rules/y.yaml", PROGRAM.format(name="y", types="dealer"))
    made.sell(
        "1",
        f"{HOSTILE},A,P,2026-01-10,2026-01-11,sale,1,each,30,USD,o1",
        "2,A,P,2026-02-10,2026-02-11,sale,1,each,5.50,USD,",
        "3,A,P,2026-03-10,2026-03-11,return,-1,each,-1.234,USD,o1",
        "4,A,O,2026-03-11,2026-03-12,sale,1,each,7,USD,o2",
        "5,B,P,2026-01-10,2026-01-11,sale,1,each,30,USD,o3",
        "6,B,O,2026-01-10,2026-01-11,sale,1,each,4,USD,o4",
        "7,A,P,2026-04-10,2026-04-11,sale,1,each,99,USD,o5",
        header=f"{HEADER},order_id",
    )
    made.run("2026-04-05")
    return made


def published(books: History) -> list[dict[str, str]]:
    [run_id] = books.ask("SELECT run_id FROM runs ORDER BY run_seq DESC LIMIT 1")["run_id"]
    content = (books.root / "out" / run_id / "overlaps.csv").read_bytes()
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_what_more_than_one_rebate_pays_on_is_listed(books: History) -> None:
    assert [(row["transaction_id"], row["amount"], row["rebates"]) for row in published(books)] == [
        (f"'{HOSTILE}", "30.00", "x/orders; x/pads; y/orders; y/pads"),
        ("2", "5.50", "x/pads; y/pads"),  # it is of no order
        ("3", "-1.2340", "x/pads; y/pads"),  # what came back counts for no order
        ("4", "7.00", "x/orders; y/orders"),
    ]


def test_the_list_is_that_of_single_transactions(books: History) -> None:
    with connect(books.workspace, read_only=True) as connection:
        terms = read(connection, "SELECT program, rebate, measure_term AS term FROM work.rebates")
        paying = read(
            connection,
            "SELECT program, rebate, node_id, period FROM work.entitlements WHERE horizon = 'settled' AND amount > 0",
        )
        counted = counted_transactions(connection, members=["A", "B"], programs=["x", "y"]).filter(horizon="settled")
    paid = counted.join(terms, on=["program", "rebate", "term"]).join(
        paying, on=["program", "rebate", "node_id", "period"], how="semi"
    )
    several = paid.group_by("transaction_id").len().filter(pl.col("len") > 1)
    assert {row["transaction_id"].removeprefix("'") for row in published(books)} == set(several["transaction_id"])


def test_status_adds_them_up_by_pair(books: History) -> None:
    [table] = [table for table in status(books.workspace) if table.name == "overlaps"]
    sums = {(row["one"], row["other"]): (row["transactions"], Decimal(str(row["amount"]))) for row in table.rows()}
    assert sums["x/pads", "y/pads"] == (3, Decimal("34.266"))
    assert sums["x/orders", "y/orders"] == (2, Decimal(37))
    assert sums["x/orders", "x/pads"] == (1, Decimal(30))


def test_a_later_payout_period_lists_what_it_pays_itself(books: History, tmp_path: Path) -> None:
    later = books.copy(tmp_path / "later")
    later.run("2026-05-05")  # April's orders are settled now, pads only in July
    assert [(row["transaction_id"], row["rebates"]) for row in published(later)] == [("7", "x/orders; y/orders")]
    later.run("2026-07-05")
    assert [(row["transaction_id"], row["rebates"]) for row in published(later)] == [
        ("7", "x/orders; x/pads; y/orders; y/pads")
    ]


def test_without_overlap_no_transaction_is_looked_at(books: History, tmp_path: Path) -> None:
    alone = books.copy(tmp_path / "alone")
    (alone.root / "rules" / "y.yaml").unlink()
    text = (alone.root / "rules" / "x.yaml").read_text(encoding="utf-8")
    alone.change("DELETE FROM ledger; DELETE FROM seals; DROP TABLE IF EXISTS work.paid_cells")
    alone.write("rules/x.yaml", text[: text.index("  orders:")])
    alone.run("2026-05-05")
    assert published(alone) == []
    with connect(alone.workspace) as connection:
        assert not has_work(connection, "paid_cells")
        assert find_overlaps(connection, current_run(connection)).is_empty()
    assert "overlaps" not in {table.name for table in status(alone.workspace)}


def test_the_file_is_plain_csv() -> None:
    row = ("T,1", "erp", "髙", date(2026, 1, 2), Decimal("1.5"), "JPY", ["a/b", "c/d"])
    odd = (*row[:4], Decimal(2), "???", row[-1])
    rows = pl.DataFrame([row, odd], schema=OVERLAPS, orient="row")
    assert render_overlaps(rows, {"JPY": 0}).decode().split("\r\n") == [
        "transaction_id,source,member_id,activity_date,amount,currency,rebates",
        '"T,1",erp,髙,2026-01-02,1.5000,JPY,a/b; c/d',
        '"T,1",erp,髙,2026-01-02,2.0000,???,a/b; c/d',
        "",
    ]
    assert render_overlaps(rows.clear(), {"JPY": 0}).count(b"\r\n") == 1
