"""Payouts over time: what people decide, what runs then leave alone, and what becomes of negative and small amounts."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.approval.adjust import Adjustment, adjust
from pipelines.approval.approval_items import Choice, read_subjects
from pipelines.approval.approve import decide, propose
from pipelines.audit.balance import balance
from pipelines.audit.verify import holds, verify
from pipelines.books.decisions import read_payouts
from pipelines.books.runs import Run
from pipelines.erp.export import Asked, export, plan_export
from pipelines.erp.reconcile import is_settled, reconcile_answers
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.workspace.configuration import open_workspace
from schemas.errors import BooksError, WorkspaceError
from tests.disputing import Dispute, dispute
from tests.posting import post_run, publish_last, published_files

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sampled(3, of="module")

CONFIG = """
name: Books
currency: USD
payouts: {{{payouts}}}
sources:
  - {{data_set: members, path: extracts/members.csv, format: csv}}
  - {{data_set: products, path: extracts/products.csv, format: csv}}
  - {{data_set: transactions, path: extracts/tx*.csv, format: csv}}
"""
PROGRAM = """
program: deal
title: Deal
reference: Clause 1
currency: USD
effective: {{from: 2026-01-01, to: 2026-06-30}}
{more}
rebates:
  only: {{period: quarter, measure: revenue, method: all_units, tiers: [{{from: 0, rate: 10%}}]}}
"""
HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency\n"


class Books:
    """A workspace with one program of 10 % a quarter, and what its payouts are."""

    def __init__(self, root: Path, more: str = "", payouts: str = "due_days: 30") -> None:
        self.root = root
        self.files = 0
        for folder in ("extracts", "rules"):
            (root / folder).mkdir()
        self._write("rebatch.yaml", CONFIG.format(payouts=payouts))
        self._write("rules/deal.yaml", PROGRAM.format(more=more))
        self._write("extracts/members.csv", "member_id,name\nA,Alpha\nB,Beta\n")
        self._write("extracts/products.csv", "product_id,name\nP,Pad\n")

    def run(self, as_of: str, *sales: str) -> None:
        """Receive sales "id member day amount" on the day of the run, if there are any, and run."""
        if sales:
            rows = (sale.split() for sale in sales)
            lines = [f"{n},{who},P,{day},{as_of},adjustment,1,each,{amount},USD\n" for n, who, day, amount in rows]
            self.files += 1
            self._write(f"extracts/tx{self.files}.csv", HEADER + "".join(lines))
        post_run(open_workspace(self.root), Run(date.fromisoformat(as_of)))
        assert holds(verify(open_workspace(self.root)))

    def take(self, kind: str, *ids: str, by: str = "ann") -> None:
        workspace, choice = open_workspace(self.root), Choice(ids, everything=not ids)
        proposed = propose(workspace, choice, kind=kind, person=by)
        decide(workspace, choice, proposed, kind=kind, person=by, reason="because")

    def ask(self, amount: str, by: str = "ann") -> str:
        asked = Adjustment("A", "deal", "2026-Q1", amount, "goodwill", "late delivery")
        return str(adjust(open_workspace(self.root), asked, person=by).frame["subject"][0])

    def send(self, as_of: str, answer: str) -> None:
        """Export what is approved and let the payer answer."""
        workspace, asked = open_workspace(self.root), Asked("ann", date.fromisoformat(as_of))
        plan = plan_export(workspace, asked)
        assert plan.batch is not None
        export(workspace, asked, plan)
        sent = plan.batch.payouts.select("document_id", "amount", "currency").rows()
        rows = "".join(f"{name},{answer},{as_of},{amount},{currency},{name}\n" for name, amount, currency in sent)
        self._write("answer.csv", f"payout_id,status,paid_on,amount,currency,reference\n{rows}")
        assert is_settled(reconcile_answers(workspace, self.root / "answer.csv", person="erp"))

    def payouts(self, payee: str = "A") -> list[tuple[str, int, str, str]]:
        """List period, sequence (below zero for invoices), amount and status."""
        with connect(open_workspace(self.root), read_only=True) as connection:
            found = read_payouts(connection).filter(payee_id=payee)
        signed = pl.when(kind="invoice").then(-pl.col("sequence")).otherwise("sequence")
        return [
            (period, number, f"{amount.normalize():f}", status)
            for period, number, amount, status in found.select("payout_period", signed, "amount", "status").rows()
        ]

    def told_to_the_erp(self, as_of: str) -> list[tuple[str, str]]:
        """List kind and amount of what the run of that day says, for the ERP."""
        publish_last(open_workspace(self.root))
        [path] = (self.root / "out").glob(f"{as_of}-*/payouts.csv")
        with path.open(encoding="utf-8", newline="") as file:
            return sorted((row["kind"], row["amount"]) for row in csv.DictReader(file))

    def ids(self, kind: str = "payout") -> list[str]:
        with connect(open_workspace(self.root), read_only=True) as connection:
            return read_subjects(connection).filter(kind=kind, payee_id="A")["subject"].to_list()

    def balance(self) -> dict[str, str]:
        [table] = balance(open_workspace(self.root), "A")
        row = table.frame.drop("payee_id", "program", "currency").row(0, named=True)
        return {name: f"{amount.normalize():f}" for name, amount in row.items() if amount}

    def kinds(self) -> list[tuple[str, str]]:
        with connect(open_workspace(self.root), read_only=True) as connection:
            rows = read(connection, "SELECT kind, amount FROM ledger ORDER BY seq").rows()
        return [(kind, f"{amount.normalize():f}") for kind, amount in rows]

    def published(self) -> dict[str, str]:
        publish_last(open_workspace(self.root))
        return published_files(self.root)

    def _write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text, encoding="utf-8")


@pytest.mark.long
def test_an_approved_payout_stays_and_what_comes_later_is_a_further_one(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.run("2026-04-01", "1 A 2026-01-10 1000")
    books.take("approve")
    books.run("2026-04-02", "2 A 2026-01-11 200")
    assert books.payouts() == [("2026-04", 1, "100", "approved"), ("2026-04", 2, "20", "draft")]
    books.run("2026-04-03", "3 A 2026-01-12 -500")
    assert books.payouts() == [("2026-04", 1, "100", "approved"), ("2026-04", 2, "0", "carried_forward")]
    assert books.balance() == {"entitled": "70", "posted": "70", "open": "100", "carried": "-30"}


@pytest.mark.long
def test_a_payout_in_review_is_left_alone_and_a_rejected_one_joins_the_next_draft(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.run("2026-04-01", "1 A 2026-01-10 1000")
    books.take("submit")
    books.run("2026-04-02", "2 A 2026-01-11 200")
    assert books.payouts() == [("2026-04", 1, "100", "in_review"), ("2026-04", 2, "20", "draft")]
    books.take("reject", books.ids()[0])
    assert books.payouts()[0] == ("2026-04", 1, "100", "rejected")
    books.run("2026-04-02")
    assert books.payouts() == [("2026-04", 1, "120", "draft")]


@pytest.mark.long
def test_what_was_rejected_in_an_earlier_period_is_paid_in_the_open_one(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.run("2026-04-01", "1 A 2026-01-10 1000")
    books.run("2026-05-01")
    assert books.payouts() == [("2026-04", 1, "100", "draft")]
    books.take("reject")
    dispute(open_workspace(tmp_path), Dispute("1", "disputed", ""), excludes=True, person="ann")
    books.run("2026-05-02", "2 A 2026-01-11 200")
    assert books.payouts() == [("2026-04", 1, "0", "carried_forward"), ("2026-05", 1, "20", "draft")]


@pytest.mark.long
def test_a_decision_makes_another_run_and_a_run_repeated_changes_nothing(tmp_path: Path) -> None:
    books = Books(tmp_path, payouts="auto_approve_below: 50")
    books.run("2026-04-01", "1 A 2026-01-10 1000", "2 B 2026-01-10 100")
    first = books.published()
    books.run("2026-04-01")
    assert books.published() == first
    books.take("approve")
    books.run("2026-04-01")
    second = books.published()
    assert {path: second[path] for path in first} == first
    assert len({path.split("/")[1] for path in second}) == 2
    books.run("2026-04-01")
    assert books.published() == second


@pytest.mark.long
def test_small_payouts_are_approved_at_once_and_follow_what_comes_until_people_decide(tmp_path: Path) -> None:
    books = Books(tmp_path, payouts="auto_approve_below: 100")
    books.run("2026-04-01", "1 A 2026-01-10 999.99")
    assert books.payouts() == [("2026-04", 1, "100", "draft")]  # 99.999, rounded
    books.run("2026-04-02", "2 A 2026-01-11 -0.10")
    assert books.payouts() == [("2026-04", 1, "99.99", "approved")]
    books.run("2026-04-03", "3 A 2026-01-11 -50")
    assert books.payouts() == [("2026-04", 1, "94.99", "approved")]
    books.run("2026-04-04", "4 A 2026-01-11 100")
    assert books.payouts() == [("2026-04", 1, "104.99", "draft")]
    books.run("2026-04-05", "5 A 2026-01-11 -100")
    books.take("reject", *books.ids())
    books.run("2026-04-05")
    assert books.payouts() == [("2026-04", 1, "94.99", "draft")]  # a person has rejected it, a person approves it


def test_large_payouts_take_two_people(tmp_path: Path) -> None:
    books = Books(tmp_path, payouts="two_people_above: 100")
    books.run("2026-04-01", "1 A 2026-01-10 1000.10", "2 B 2026-01-10 1000")
    books.take("approve")
    assert books.payouts() == [("2026-04", 1, "100.01", "in_review")]
    assert books.payouts("B") == [("2026-04", 1, "100", "approved")]
    with pytest.raises(BooksError, match="ann has approved it already"):
        books.take("approve")
    books.take("approve", by="bob")
    assert books.payouts() == [("2026-04", 1, "100.01", "approved")]


def test_the_limits_may_not_cross(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="must not exceed"):
        Books(tmp_path, payouts="auto_approve_below: 100.01, two_people_above: 100").run("2026-04-01")


@pytest.mark.long
def test_a_refused_payout_is_approved_and_sent_again_or_rejected(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.run("2026-04-01", "1 A 2026-01-10 1000")
    books.take("approve")
    books.send("2026-04-01", "rejected")
    assert books.payouts() == [("2026-04", 1, "100", "refused")]
    books.take("approve")
    books.send("2026-04-01", "paid")
    books.run("2026-04-02", "2 A 2026-01-11 100")
    assert books.payouts() == [("2026-04", 1, "100", "paid"), ("2026-04", 2, "10", "draft")]
    with pytest.raises(BooksError, match="the payout is paid"):
        books.take("reject", *books.ids())
    assert books.balance() == {"entitled": "110", "posted": "110", "paid": "100", "open": "10"}


@pytest.mark.long
def test_an_adjustment_counts_once_another_person_approved_it(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.run("2026-04-01", "1 A 2026-01-10 1000")
    asked = books.ask("12.50")
    books.run("2026-04-02")
    assert books.payouts() == [("2026-04", 1, "100", "draft")]
    with pytest.raises(BooksError, match="ann asked for this adjustment"):
        books.take("approve", asked)
    books.take("approve", asked, by="bob")
    assert books.balance() == {"entitled": "112.5", "posted": "100", "open": "100"}
    for day in ("2026-04-03", "2026-04-04", "2026-04-04"):
        books.run(day)
        assert books.payouts() == [("2026-04", 1, "112.5", "draft")]
    books.run("2026-04-05", "1 A 2026-01-10 900")  # what the rules give changes, the adjustment stays
    assert books.kinds() == [("rebate", "100"), ("adjustment", "12.5"), ("restatement", "-10")]


@pytest.mark.long
def test_a_rejected_adjustment_never_counts(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.run("2026-04-01", "1 A 2026-01-10 1000")
    asked = books.ask("-20")
    books.take("reject", asked)
    books.run("2026-04-02")
    assert books.kinds() == [("rebate", "100")]
    with pytest.raises(BooksError, match="the adjustment is rejected"):
        books.take("approve", asked, by="bob")


@pytest.mark.long
def test_a_disputed_transaction_counts_no_more_until_it_is_let_in_again(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.run("2026-04-01", "1 A 2026-01-10 1000", "2 A 2026-01-11 300")
    workspace = open_workspace(tmp_path)
    dispute(workspace, Dispute("2", "disputed", ""), excludes=True, person="ann")
    books.run("2026-04-02")
    assert books.payouts() == [("2026-04", 1, "100", "draft")]
    books.run("2026-04-03", "2 A 2026-01-11 400")  # a correction of it counts no more than it did
    assert books.payouts() == [("2026-04", 1, "100", "draft")]
    with pytest.raises(BooksError, match="2 is excluded already"):
        dispute(workspace, Dispute("2", "disputed", ""), excludes=True, person="ann")
    dispute(workspace, Dispute("2", "settled", ""), excludes=False, person="bob")
    books.run("2026-04-04")
    assert books.payouts() == [("2026-04", 1, "140", "draft")]


@pytest.mark.long
def test_what_is_asked_back_is_an_invoice_of_its_own(tmp_path: Path) -> None:
    books = Books(tmp_path, "negative: invoice")
    books.run("2026-04-01", "1 A 2026-01-10 1000")
    books.take("approve")
    books.send("2026-04-01", "paid")
    books.run("2026-05-01", "2 A 2026-01-11 -300")
    assert books.payouts() == [("2026-04", 1, "100", "paid"), ("2026-05", -1, "-30", "draft")]
    books.take("approve", *books.ids("invoice"))
    books.run("2026-05-02", "3 A 2026-01-12 50")
    assert books.told_to_the_erp("2026-05-02") == [("invoice", "-30.00"), ("payout", "5.00")]
    assert books.payouts()[1:] == [("2026-05", 1, "5", "draft"), ("2026-05", -1, "-30", "approved")]
    assert books.balance() == {"entitled": "75", "posted": "75", "paid": "100", "open": "5", "invoiced": "-30"}


@pytest.mark.long
def test_a_write_off_is_carried_until_people_approve_it_and_is_final(tmp_path: Path) -> None:
    books = Books(tmp_path, "negative: write_off", payouts="two_people_above: 29.99")
    books.run("2026-04-01", "1 A 2026-01-10 1000")
    books.take("approve")
    books.take("approve", by="bob")
    books.send("2026-04-01", "paid")
    books.run("2026-05-01", "2 A 2026-01-11 -300")
    assert books.balance() == {"entitled": "70", "posted": "70", "paid": "100", "carried": "-30"}
    [asked] = books.ids("write_off")
    books.take("approve", asked)
    books.run("2026-05-02")
    assert books.balance()["carried"] == "-30"
    books.take("approve", asked, by="bob")
    assert books.ids("write_off") == []
    for day in ("2026-05-03", "2026-06-01"):
        books.run(day)
        assert books.balance() == {"entitled": "70", "posted": "70", "written_off": "30", "paid": "100"}
    books.run("2026-06-02", "3 A 2026-01-12 50")
    assert books.payouts()[-1] == ("2026-06", 1, "5", "draft")


@pytest.mark.parametrize(("below", "later"), [("carry", "130"), ("drop", "90")])
@pytest.mark.long
def test_a_small_amount_waits_or_lapses_until_the_program_is_over(tmp_path: Path, below: str, later: str) -> None:
    books = Books(tmp_path, f"minimum_payout: {{amount: 50, below: {below}}}")
    books.run("2026-04-01", "1 A 2026-01-10 499.90")
    assert books.payouts() == [("2026-04", 1, "0", "carried_forward")]
    books.run("2026-04-02", "2 A 2026-01-10 0.10")
    assert books.payouts() == [("2026-04", 1, "50", "draft")]
    books.run("2026-04-03", "3 A 2026-01-10 -100")
    assert books.payouts() == [("2026-04", 1, "0", "carried_forward")]
    books.run("2026-06-01", "4 A 2026-01-11 900")
    assert books.payouts()[-1] == ("2026-06", 1, later, "draft")


@pytest.mark.long
def test_the_last_payout_of_a_program_holds_nothing_back(tmp_path: Path) -> None:
    books = Books(tmp_path, "minimum_payout: {amount: 50, below: carry}")
    books.run("2026-04-01", "1 A 2026-01-10 400")
    books.run("2026-06-30")
    assert books.balance() == {"entitled": "40", "posted": "40", "carried": "40"}
    books.run("2026-07-01")
    assert books.payouts()[-1] == ("2026-07", 1, "40", "draft")


def test_what_has_changed_since_it_was_looked_at_is_not_approved(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.run("2026-04-01", "1 A 2026-01-10 1000")
    workspace, choice = open_workspace(tmp_path), Choice(payee="A")
    seen = propose(workspace, choice, kind="approve", person="ann")
    books.run("2026-04-02", "2 A 2026-01-11 -1")
    with pytest.raises(BooksError, match="has changed meanwhile"):
        decide(workspace, choice, seen, kind="approve", person="ann", reason="")
    assert books.payouts() == [("2026-04", 1, "99.9", "draft")]
    assert Decimal(books.balance()["open"]) == Decimal("99.9")
