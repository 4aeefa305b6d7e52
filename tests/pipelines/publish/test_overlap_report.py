"""The overlap report: every transaction that several rebates pay on, in the run that pays them, and no other."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.audit.overlap_list import overlap_list, overlap_pairs, overlap_tables
from pipelines.audit.status import status
from pipelines.books.runs import current_run
from pipelines.books.trace import counted_transactions
from pipelines.publish.meetings import Meetings
from pipelines.publish.overlap_report import MET_SQL, OVERLAPS, PAIRS, SUMS_SQL, add_up_overlaps
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read, read_work, registered
from reports.erp.overlaps import render_listed, render_overlaps
from schemas.errors import TerminalError
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


def published(books: History) -> list[tuple[str, ...]]:
    [run_id] = books.ask("SELECT run_id FROM runs ORDER BY run_seq DESC LIMIT 1")["run_id"]
    content = (books.root / "out" / run_id / "overlaps.csv").read_bytes()
    return [tuple(row) for row in csv.reader(io.StringIO(content.decode(), newline=""))][1:]


def listed(books: History) -> list[tuple[str, str]]:
    rows = overlap_list(books.workspace).select("transaction_id", pl.col("payers").list.join("; "))
    return rows.rows()


def test_what_more_than_one_rebate_pays_on_is_listed(books: History) -> None:
    assert listed(books) == [
        (HOSTILE, "x/orders; x/pads; y/orders; y/pads"),
        ("2", "x/pads; y/pads"),  # it is of no order
        ("3", "x/pads; y/pads"),  # what came back counts for no order
        ("4", "x/orders; y/orders"),
    ]
    both = overlap_list(books.workspace, ["x/pads", "x/orders"])
    assert both["transaction_id"].to_list() == [HOSTILE]
    with pytest.raises(TerminalError, match=r"no rebate called x/nothing → name one of x/orders, x/pads, y/orders"):
        overlap_list(books.workspace, ["x/nothing"])


def test_pairs_are_shown_with_their_money_those_that_cost_most_first(books: History) -> None:
    pairs = overlap_pairs(books.workspace)
    in_file = [(one, other, Decimal(amount)) for one, other, _, amount, _ in published(books)]
    assert sorted(pairs.select("rebate", "other_rebate", "amount").rows()) == in_file
    assert pairs.row(0, named=True) | {"amount": 0} == {
        "rebate": "x/pads", "other_rebate": "y/pads", "transactions": 3, "amount": 0, "currency": "USD",
        "double_cost": Decimal("3.43"),
    }  # fmt: skip
    assert pairs["double_cost"].to_list()[1:] == [None] * (pairs.height - 1)
    assert overlap_pairs(books.workspace, ["x/pads", "x/orders"]).height == 1
    assert [table.name for table in overlap_tables(pairs, None)] == ["pairs"]
    assert [table.name for table in overlap_tables(pairs, overlap_list(books.workspace))] == ["pairs", "overlaps"]


def test_the_file_adds_them_up_by_pair(books: History) -> None:
    assert published(books) == [
        ("x/orders", "x/pads", "1", "30.00", "USD"),
        ("x/orders", "y/orders", "2", "37.00", "USD"),
        ("x/orders", "y/pads", "1", "30.00", "USD"),
        ("x/pads", "y/orders", "1", "30.00", "USD"),
        ("x/pads", "y/pads", "3", "34.2660", "USD"),
        ("y/orders", "y/pads", "1", "30.00", "USD"),
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
    assert {name for name, _ in listed(books)} == set(several["transaction_id"])


def test_status_adds_them_up_by_pair(books: History) -> None:
    [table] = [table for table in status(books.workspace) if table.name == "overlaps"]
    sums = {(row["one"], row["other"]): (row["transactions"], Decimal(str(row["amount"]))) for row in table.rows()}
    assert sums["x/pads", "y/pads"] == (3, Decimal("34.266"))
    assert sums["x/orders", "y/orders"] == (2, Decimal(37))
    assert sums["x/orders", "x/pads"] == (1, Decimal(30))


def test_a_later_payout_period_lists_what_it_pays_itself(books: History, tmp_path: Path) -> None:
    later = books.copy(tmp_path / "later")
    later.run("2026-05-05")  # April's orders are settled now, pads only in July
    assert listed(later) == [("7", "x/orders; y/orders")]
    later.run("2026-07-05")
    assert listed(later) == [("7", "x/orders; x/pads; y/orders; y/pads")]


def test_sums_and_single_transactions_agree(books: History, tmp_path: Path) -> None:
    """Without orders no transaction is read: what the scan added up says the same as they do."""
    plain = books.copy(tmp_path / "plain")
    for name in "xy":
        text = (plain.root / "rules" / f"{name}.yaml").read_text(encoding="utf-8")
        plain.write(f"rules/{name}.yaml", text[: text.index("  orders:")])
    plain.change("DELETE FROM ledger; DELETE FROM seals")
    plain.run("2026-05-05")
    with connect(plain.workspace) as connection:
        run = current_run(connection)
        assert Meetings(connection, run).of_rows().is_empty()
        assert add_up_overlaps(connection, run) == 3
        with registered(connection, meetings=Meetings(connection, run).found):
            connection.execute(MET_SQL)
            [(transactions, amount)] = connection.execute(f"SELECT transactions, amount FROM ({SUMS_SQL})").fetchall()
        assert read_work(connection, "overlaps").rows() == [("x/pads", "y/pads", "USD", transactions, amount)]
    assert published(plain) == [("x/pads", "y/pads", "3", "34.2660", "USD")]


def test_without_overlap_the_file_is_empty(books: History, tmp_path: Path) -> None:
    alone = books.copy(tmp_path / "alone")
    (alone.root / "rules" / "y.yaml").unlink()
    text = (alone.root / "rules" / "x.yaml").read_text(encoding="utf-8")
    alone.change("DELETE FROM ledger; DELETE FROM seals")
    alone.write("rules/x.yaml", text[: text.index("  orders:")])
    alone.run("2026-05-05")
    assert published(alone) == []
    with connect(alone.workspace) as connection:
        assert Meetings(connection, current_run(connection)).found.is_empty()
    assert overlap_list(alone.workspace).is_empty()
    assert "overlaps" not in {table.name for table in status(alone.workspace)}


def test_the_files_are_plain_csv() -> None:
    row = ("T,1", HOSTILE, "髙", date(2026, 1, 2), Decimal("1.5"), "JPY", ["a/b", "c/d"])
    odd = (*row[:4], Decimal(2), "???", row[-1])
    rows = pl.DataFrame([row, odd], schema=OVERLAPS, orient="row")
    assert render_listed(rows, {"JPY": 0}).decode().split("\r\n") == [
        "transaction_id,source,member_id,activity_date,amount,currency,rebates",
        f'"T,1",\'{HOSTILE},髙,2026-01-02,1.5000,JPY,a/b; c/d',
        f'"T,1",\'{HOSTILE},髙,2026-01-02,2.0000,???,a/b; c/d',
        "",
    ]
    assert render_listed(rows.clear(), {"JPY": 0}).count(b"\r\n") == 1
    sums = [("a/b", "c/d", "JPY", 2, Decimal(3)), ("a/b", "c/d", "???", 1, Decimal("2.5"))]
    assert render_overlaps(pl.DataFrame(sums, schema=PAIRS, orient="row"), {"JPY": 0}).decode().split("\r\n") == [
        "rebate,other_rebate,transactions,amount,currency", "a/b,c/d,2,3,JPY", "a/b,c/d,1,2.5000,???", "",
    ]  # fmt: skip
