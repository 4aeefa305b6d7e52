"""Accruals month by month, through real files: every amount here can be worked out by hand.

A has no past, so the days say how it goes on. B bought 100, 100 and 200 in the first three months of last year, so its
season does. J is paid in yen, for the year, on account after each quarter.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pipelines.audit.accruals import accruals
from pipelines.audit.balance import balance
from pipelines.audit.changes import changes
from pipelines.audit.past import books_as_of
from pipelines.audit.replay import is_equal, replay
from pipelines.audit.verify import holds, verify
from pipelines.authoring.plan import plan
from pipelines.books.runs import Run
from pipelines.stages import run_all
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.workspace.configuration import books_of, open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.console.tables import Table
    from pipelines.workspace.configuration import Workspace
    from tests.conftest import BuiltOnce

pytestmark = pytest.mark.sampled(4, of="module")

CONFIG = """
name: Accruals
currency: USD
sources:
  - {data_set: members, path: extracts/members*.csv, format: csv}
  - {data_set: products, path: extracts/products.csv, format: csv}
  - {data_set: transactions, path: extracts/tx*.csv, format: csv}
"""
ACCRUALS = 'accruals: {accounts: {expense: "4100", accrued: "2150", payable: "2100"}}\n'
HEAD = """
program: {name}
title: {name}
reference: Clause 1
currency: {currency}
effective: {{from: 2026-01-01, to: 2026-12-31}}
members: {{include: [{{region: {currency}}}]}}
{more}
rebates:
  only:
"""
QUARTERLY = """
    period: quarter
    measure: revenue
    method: all_units
    tiers: [{from: 100, rate: 10%}, {from: 1000, rate: 20%}]
"""
YEARLY = """
    period: year
    settle: quarter
    measure: revenue
    method: all_units
    tiers: [{from: 1, rate: 3%}]
"""
MEMBERS = "member_id,name,region,parent_id\nA,Alpha,USD,\nB,Beta,USD,\nJ,Nihon,JPY,\n"
HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency\n"
LAST_YEAR = ("b1 B 2025-01-15 100", "b2 B 2025-02-15 100", "b3 B 2025-03-15 200")


class Books:
    """A workspace whose extracts a test writes, and what was posted in it."""

    def __init__(self, root: Path, *, config: str = CONFIG + ACCRUALS, rebate: str = QUARTERLY, more: str = "") -> None:
        self.root = root
        self.files = 0
        for folder in ("extracts", "rules"):
            (root / folder).mkdir(parents=True)
        self.write("rebatch.yaml", config)
        self.write("extracts/members.csv", MEMBERS)
        self.write("extracts/products.csv", "product_id,name\nP,Pad\n")
        self.write("rules/deal.yaml", HEAD.format(name="deal", currency="USD", more=more) + rebate)

    @classmethod
    def at(cls, root: Path) -> Books:
        """Look at a workspace that was filled before."""
        books = cls.__new__(cls)
        books.root, books.files = root, 0
        return books

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text, encoding="utf-8")

    @property
    def workspace(self) -> Workspace:
        return open_workspace(self.root)

    def receive(self, *rows: str, currency: str = "USD") -> None:
        """Write an extract of rows "id member day amount [received]"; below zero it is a return."""
        lines = []
        for row in rows:
            name, member, day, amount, *received = row.split()
            kind, quantity = ("return", -1) if amount.startswith("-") else ("sale", 1)
            known = (received or [day])[0]
            lines.append(f"{name},{member},P,{day},{known},{kind},{quantity},each,{amount},{currency}\n")
        self.files += 1
        self.write(f"extracts/tx{self.files:02}.csv", HEADER + "".join(lines))

    def run(self, as_of: str) -> list[tuple[str, str, str, str, str]]:
        """Run, and return what that posted: kind, member, period, payout period, amount."""
        before = len(self.postings())
        run_all(self.workspace, Run(date.fromisoformat(as_of)))
        return self.postings()[before:]

    def postings(self) -> list[tuple[str, str, str, str, str]]:
        if not (self.root / "warehouse.duckdb").exists():
            return []
        query = "SELECT kind, member_id, period, payout_period, amount::VARCHAR FROM ledger ORDER BY seq"
        with connect(self.workspace, read_only=True) as connection:
            return [
                (kind, member, period, month, f"{Decimal(amount).normalize():f}")
                for kind, member, period, month, amount in connection.execute(query).fetchall()
            ]

    def run_ids(self) -> list[str]:
        with connect(self.workspace, read_only=True) as connection:
            return read(connection, "SELECT run_id FROM runs ORDER BY run_seq")["run_id"].to_list()

    def journal(self) -> list[dict[str, str]]:
        """Read the journal of the last run."""
        text = (self.root / "out" / self.run_ids()[-1] / "journal.csv").read_text(encoding="utf-8")
        return list(csv.DictReader(text.splitlines()))


def totals(lines: list[dict[str, str]]) -> dict[tuple[str, str], Decimal]:
    """Add up debits less credits by account and currency."""
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in lines:
        found[line["account"], line["currency"]] += Decimal(line["debit"] or 0) - Decimal(line["credit"] or 0)
    return {key: value for key, value in found.items() if value}


def table(tables: list[Table], name: str) -> list[dict[str, object]]:
    return next(table for table in tables if table.name == name).rows()


@pytest.fixture(scope="module")
def year(built_once: BuiltOnce) -> Books:
    """Four months of accruals, settled in April, restated afterwards: to look at, not to change."""
    return Books.at(built_once("accruals", _accrue))


def _accrue(root: Path) -> None:
    books = Books(root)
    books.write("rules/yen.yaml", HEAD.format(name="yen", currency="JPY", more="") + YEARLY)
    books.receive(*LAST_YEAR, "a1 A 2026-01-10 310", "b4 B 2026-01-20 50")
    books.receive("j1 J 2026-01-10 100000", currency="JPY")
    assert books.run("2026-01-31") == [
        ("accrual", "A", "2026-Q1", "2026-01", "31"),
        ("accrual", "B", "2026-Q1", "2026-01", "5"),
        ("accrual", "J", "2026", "2026-01", "3000"),
    ]
    books.receive("a2 A 2026-02-10 590", "b5 B 2026-01-25 -20 2026-02-10")
    assert books.run("2026-02-28") == [
        ("accrual", "A", "2026-Q1", "2026-02", "149"),
        ("accrual_reversal", "B", "2026-Q1", "2026-02", "-5"),
    ]
    books.receive("a3 A 2026-03-10 200", "b6 B 2026-03-10 90")
    assert books.run("2026-03-31") == [
        ("accrual", "A", "2026-Q1", "2026-03", "40"),
        ("accrual", "B", "2026-Q1", "2026-03", "12"),
    ]
    books.receive("a4 A 2026-03-31 -200 2026-04-02")
    assert books.run("2026-04-05") == [
        ("rebate", "A", "2026-Q1", "2026-04", "90"),
        ("rebate", "B", "2026-Q1", "2026-04", "12"),
        ("rebate", "J", "2026", "2026-04", "3000"),
        ("accrual_reversal", "A", "2026-Q1", "2026-04", "-220"),
        ("accrual_reversal", "B", "2026-Q1", "2026-04", "-12"),
        ("accrual_reversal", "J", "2026", "2026-04", "-3000"),
    ]
    books.receive("b7 B 2026-03-20 -30 2026-04-10", "a5 A 2026-04-30 300")
    assert (
        books.run("2026-04-30")
        == [
            ("restatement", "B", "2026-Q1", "2026-04", "-12"),
            ("accrual", "A", "2026-Q2", "2026-04", "30"),
            ("carry_forward", "", "2026-04", "2026-04", "0"),
        ][:2]
    )


def test_what_was_accrued_is_told_by_month(year: Books) -> None:
    months = table(accruals(year.workspace), "accruals")
    assert [tuple(row.values()) for row in months] == [
        ("deal", "2026-01", "USD", "36.0000", "0.0000", "36.0000"),
        ("deal", "2026-02", "USD", "149.0000", "5.0000", "180.0000"),
        ("deal", "2026-03", "USD", "52.0000", "0.0000", "232.0000"),
        ("deal", "2026-04", "USD", "30.0000", "232.0000", "30.0000"),
        ("yen", "2026-01", "JPY", "3000.0000", "0.0000", "3000.0000"),
        ("yen", "2026-04", "JPY", "0.0000", "3000.0000", "0.0000"),
    ]
    [open_now] = table(accruals(year.workspace), "open")
    assert tuple(open_now.values()) == ("deal", "only", "2026-Q2", "USD", 1, "30.0000")


def test_the_variance_compares_what_was_accrued_with_what_was_posted(year: Books) -> None:
    """A's late return took it down a tier: 90 were paid of the 220 accrued."""
    variance = table(accruals(year.workspace), "variance")
    names = ("program", "period", "currency", "accrued", "posted", "still_accrued", "difference", "percent")
    assert [tuple(row[name] for name in names) for row in variance] == [
        ("deal", "2026-Q1", "USD", "232.0000", "102.0000", "0.0000", "-130.0000", "-56.03448275862"),
        ("yen", "2026", "JPY", "3000.0000", "3000.0000", "0.0000", "0.0000", "0.00000000000"),
    ]


@pytest.mark.long
def test_the_books_of_an_earlier_day_say_what_was_accrued_then(year: Books) -> None:
    with books_as_of(books_of(year.root), "2026-03-31", is_computed=False) as then:
        found = accruals(then)
    assert [row["open"] for row in table(found, "open")] == ["232.0000", "3000.0000"]
    assert table(found, "variance") == []


def test_the_journal_of_a_month_balances_and_is_the_ledger(year: Books) -> None:
    lines = year.journal()
    assert {line["date"] for line in lines} == {"2026-04-30"}
    assert totals(lines) == {
        ("4100", "USD"): Decimal(90 - 232 + 30),
        ("2150", "USD"): Decimal(232 - 30),
        ("2100", "USD"): Decimal(-90),
        ("2100", "JPY"): Decimal(-3000),
        ("2150", "JPY"): Decimal(3000),
    }
    for by in ("entry_id", "period", "member_id"):
        sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for line in lines:
            sums[line[by], line["currency"]] += Decimal(line["debit"] or 0) - Decimal(line["credit"] or 0)
        assert not any(sums.values())
    assert len({line["entry_id"] for line in lines}) == len(lines) / 2 == 8


@pytest.mark.long
def test_the_manifest_has_the_journal_with_its_control_totals(year: Books) -> None:
    folder = year.root / "out" / year.run_ids()[0]
    manifest = json.loads((folder / "manifest.json").read_bytes())
    [entry] = [entry for entry in manifest["files"] if entry["path"] == "journal.csv"]
    assert (entry["rows"], entry["control_totals"]) == (6, {"JPY": "3000", "USD": "36.00"})


@pytest.mark.long
def test_the_reason_says_how_it_was_forecast(year: Books) -> None:
    with connect(year.workspace, read_only=True) as connection:
        found = connection.execute(
            "SELECT reason, measure, qualifier, tier FROM ledger WHERE kind = 'accrual' ORDER BY seq LIMIT 2"
        ).fetchall()
    assert found == [
        ("by 2026-01-31: 31 earned of 90 forecast (run rate), 0 of it posted", Decimal(900), Decimal(900), 1),
        ("by 2026-01-31: 5 earned of 20 forecast (last year), 0 of it posted", Decimal(200), Decimal(200), 1),
    ]


@pytest.mark.long
def test_nothing_of_it_is_in_payouts_balances_or_changes(year: Books) -> None:
    run_id = year.run_ids()[-1]
    lines = (year.root / "out" / run_id / "payout_lines.csv").read_text(encoding="utf-8")
    assert "accrual" not in lines
    owed = {row["payee_id"]: row["entitled"] for row in table(balance(year.workspace), "balance")}
    assert owed == {"A": "90.0000", "B": "0.0000", "J": "3000.0000"}
    assert {row["cause"] for row in table(changes(year.workspace, "2026-01-31"), "changes")} == {"settled", "late"}
    assert all(row["is_tied_out"] for row in table(changes(year.workspace, "2026-01-31"), "ledger"))
    assert plan(year.workspace).changes.lines.is_empty()


@pytest.mark.long
def test_the_books_hold_and_every_run_comes_out_again(year: Books, tmp_path: Path) -> None:
    assert holds(verify(books_of(year.root)))
    for run_id in year.run_ids():
        assert is_equal(replay(books_of(year.root), run_id, to=tmp_path / run_id))
        assert (tmp_path / run_id / "journal.csv").exists()


def test_running_again_posts_nothing_and_keeps_every_byte(tmp_path: Path) -> None:
    books = Books(tmp_path / "books")
    books.receive(*LAST_YEAR, "a1 A 2026-01-10 310", "b4 B 2026-01-20 50")
    assert len(books.run("2026-01-31")) == 2
    before = {path: path.read_bytes() for path in (books.root / "out").rglob("*") if path.is_file()}
    assert books.run("2026-01-31") == []
    assert {path: path.read_bytes() for path in (books.root / "out").rglob("*") if path.is_file()} == before


@pytest.mark.long
def test_a_second_run_in_a_month_restates_by_the_difference(tmp_path: Path) -> None:
    """By the tenth A has bought 100: 900 are forecast, 10 of them earned; by the twentieth nothing more."""
    books = Books(tmp_path / "books")
    books.receive("a1 A 2026-01-10 100")
    assert books.run("2026-01-10") == [("accrual", "A", "2026-Q1", "2026-01", "10")]
    assert books.run("2026-01-20") == []
    books.receive("a2 A 2026-01-25 -90")
    assert books.run("2026-01-31") == [("accrual_reversal", "A", "2026-Q1", "2026-01", "-10")]
    assert totals(books.journal()) == {}
    assert len(books.journal()) == 4


@pytest.mark.long
def test_without_accounts_nothing_is_forecast_or_posted(tmp_path: Path) -> None:
    """And payees are paid the same whether anything is accrued or not."""
    paid = []
    for name, config in (("with", CONFIG + ACCRUALS), ("without", CONFIG)):
        books = Books(tmp_path / name, config=config)
        books.receive(*LAST_YEAR, "a1 A 2026-01-10 310", "b4 B 2026-01-20 150")
        books.run("2026-03-31")
        books.run("2026-04-01")
        folder = books.root / "out" / books.run_ids()[-1]
        paid.append((folder / "payouts.csv").read_bytes())
        assert (folder / "journal.csv").exists() == (name == "with")
        assert any("accrual" in kind for kind, *_ in books.postings()) == (name == "with")
    assert paid[0] == paid[1]
    with connect(open_workspace(tmp_path / "without"), read_only=True) as connection:
        assert read(connection, "SELECT * FROM work.forecast").is_empty()
        assert read(connection, "SELECT * FROM work.windows WHERE horizon LIKE 'last_year%'").is_empty()


def test_growth_is_forecast_against_the_whole_baseline(tmp_path: Path) -> None:
    """By the end of February B stands 25 percent above the same days of last year, and so it will at the end."""
    growth = """
    period: quarter
    measure: revenue
    qualifier: {growth_percent: revenue, baseline: previous_year, when_missing: skip}
    method: fixed
    tiers: [{from: 25, pays: 100}, {from: 26, pays: 1000}]
"""
    books = Books(tmp_path / "books", rebate=growth)
    books.receive(*LAST_YEAR, "b4 B 2026-02-10 250")
    assert books.run("2026-02-28") == [("accrual", "B", "2026-Q1", "2026-02", "50")]


def test_a_fee_is_earned_by_the_days(tmp_path: Path) -> None:
    fee = "\n    period: quarter\n    measure: {constant: 1}\n    method: fixed\n    tiers: [{from: 1, pays: 90}]\n"
    books = Books(tmp_path / "books", rebate=fee)
    books.receive("a1 A 2026-01-10 1")
    assert [row[-1] for row in books.run("2026-01-31")] == ["31", "31"]


def test_a_budget_holds_the_forecast_too(tmp_path: Path) -> None:
    """90 and 45 are forecast, and 60 of it in the budget: 40 and 20, of which 31 of 90 days are earned."""
    books = Books(tmp_path / "books", more="budget: 60")
    books.receive("a1 A 2026-01-10 310", "b4 B 2026-01-20 155")
    assert [row[-1] for row in books.run("2026-01-31")] == ["13.78", "6.89"]


def test_a_group_shares_what_it_is_forecast(tmp_path: Path) -> None:
    """Together 465 in 31 days, 1,350 at the end: 270, of which 93 are earned, two parts of three A's."""
    books = Books(tmp_path / "books", more="accumulate_at: parent\npay_to: self")
    books.write("extracts/members.csv", MEMBERS.replace("USD,\n", "USD,G\n") + "G,Group,USD,\n")
    books.receive("a1 A 2026-01-10 310", "b4 B 2026-01-20 155")
    assert [row[1:2] + row[-1:] for row in books.run("2026-01-31")] == [("A", "62"), ("B", "31")]


def test_the_accrual_of_a_program_that_is_gone_is_taken_back(tmp_path: Path) -> None:
    books = Books(tmp_path / "books")
    books.write("rules/yen.yaml", HEAD.format(name="yen", currency="JPY", more="") + YEARLY)
    books.receive("j1 J 2026-01-10 100000", currency="JPY")
    assert books.run("2026-01-31") == [("accrual", "J", "2026", "2026-01", "3000")]
    (books.root / "rules/yen.yaml").unlink()
    assert books.run("2026-02-01") == [("accrual_reversal", "J", "2026", "2026-02", "-3000")]
    assert holds(verify(books.workspace))


def test_an_id_that_a_spreadsheet_would_run_stands_in_the_journal_as_text(tmp_path: Path) -> None:
    books = Books(tmp_path / "books")
    books.write("extracts/members.csv", MEMBERS + "=1+1,Sum,USD,\n")
    books.receive("a1 =1+1 2026-01-10 310")
    assert "=1+1" in {posting[1] for posting in books.run("2026-01-31")}
    [journal] = (books.root / "out").rglob("journal.csv")
    assert ",'=1+1," in journal.read_text(encoding="utf-8")
