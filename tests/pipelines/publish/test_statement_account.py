"""The account on statements: it leads from one statement to the next, and is what ledger and payouts say."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from lxml import html  # type: ignore[import-untyped]

from pipelines.approval.adjust import Adjustment, adjust
from pipelines.approval.approval_items import Choice
from pipelines.approval.approve import decide, propose
from pipelines.approval.recover import recover
from pipelines.audit.replay import is_equal, replay
from pipelines.erp.export import Asked, export, plan_export
from pipelines.erp.reconcile import reconcile_answers
from tests.pipelines.history import History

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import BuiltOnce

pytestmark = pytest.mark.sampled(3, of="module")

CONFIG = """
name: Accounts
currency: USD
payouts: {due_days: 30}
sources:
  - {data_set: members, path: extracts/members*.csv, format: csv}
  - {data_set: products, path: extracts/products*.csv, format: csv}
  - {data_set: transactions, path: extracts/tx*.csv, format: csv}
"""
PROGRAM = """
program: deal
title: Deal
reference: Clause 1
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
pay_to: payee
negative: carry_forward
minimum_payout: {amount: 20, below: carry}
rebates:
  only:
    period: quarter
    measure: revenue
    method: all_units
    tiers: [{from: 100, rate: 10%}]
"""
PAID = "payout_id,status,paid_on,amount,currency,reference,message"
DAYS = ("2026-04-05", "2026-05-04", "2026-06-03", "2026-07-05")
Key = tuple[str, str]


def approve(books: History, *choices: Choice) -> None:
    for choice in choices:
        proposed = propose(books.workspace, choice, kind="approve", person="bob")
        decide(books.workspace, choice, proposed, kind="approve", person="bob", reason="checked")


def send(books: History, day: str) -> None:
    """Approve every draft, and export what is approved."""
    approve(books, Choice(everything=True))
    asked = Asked("bob", date.fromisoformat(day))
    export(books.workspace, asked, plan_export(books.workspace, asked))


def answer(books: History, name: str, *paid: tuple[str, str, str]) -> None:
    """Record payments: payee, day, amount, each of the payee's last exported payout."""
    rows = [PAID]
    for payee, day, amount in paid:
        found = books.ask(f"SELECT document_id FROM batch_payouts WHERE payee_id = '{payee}' ORDER BY payout_period")
        rows.append(f"{found['document_id'][-1]},paid,{day},{amount},USD,{name}-{payee}-{day},")
    books.write(f"{name}.csv", "\n".join([*rows, ""]))
    reconcile_answers(books.workspace, books.root / f"{name}.csv", person="erp")


def make_accounts(root: Path) -> History:
    """Four months: paid in part, too much and not at all; too little to pay, corrected, adjusted, below zero."""
    books = History(root)
    books.write("rebatch.yaml", CONFIG)
    books.write("extracts/members.csv", "member_id,name,payee_id\nA,Alpha,\nB,Beta,Z\nC,Gamma,\nD,Delta,Z\nZ,Zeta,\n")
    books.write("extracts/products.csv", "product_id,name,category\nP,Pad,pads\n")
    books.write("rules/deal.yaml", PROGRAM)
    books.sell(
        "1",
        "1,A,P,2026-01-10,2026-01-11,sale,1,each,1000,USD",
        "2,B,P,2026-02-10,2026-02-11,sale,1,each,500,USD",
        "3,C,P,2026-03-10,2026-03-11,sale,1,each,150,USD",
        "4,D,P,2026-03-10,2026-03-11,sale,1,each,300,USD",
    )
    books.run(DAYS[0])
    send(books, "2026-04-06")
    answer(books, "april", ("A", "2026-04-28", "60"), ("Z", "2026-04-29", "100"))
    books.sell(
        "2", "5,A,P,2026-03-30,2026-04-20,sale,1,each,220,USD", "6,A,P,2026-04-10,2026-04-21,sale,1,each,400,USD"
    )
    books.run(DAYS[1])
    answer(books, "may", ("A", "2026-05-06", "40"))
    [payout] = books.ask("SELECT payout_id FROM payouts WHERE payee_id = 'Z' AND status = 'paid'")["payout_id"]
    asked = recover(books.workspace, payout, reason="overpaid", note="paid twice", person="ann").frame["subject"][0]
    granted = adjust(books.workspace, Adjustment("B", "deal", "2026-Q1", "37.50", "goodwill", "late"), person="ann")
    approve(books, Choice((str(asked),)), Choice((str(granted.frame["subject"][0]),)))
    books.run(DAYS[2])
    send(books, "2026-06-04")
    books.sell(
        "3", "7,A,P,2026-03-31,2026-06-20,return,-1,each,-1150,USD", "8,B,P,2026-05-05,2026-05-06,sale,1,each,600,USD"
    )
    books.run(DAYS[3])
    return books


@pytest.fixture(scope="module")
def books(built_once: BuiltOnce) -> History:
    return History(built_once("accounts", make_accounts))


def folders(books: History) -> list[Path]:
    return [books.root / "out" / run_id for run_id in books.runs()]


def entries_of(folder: Path) -> dict[Key, list[dict[str, str]]]:
    """Read the files of entries: by payee and currency."""
    found: dict[Key, list[dict[str, str]]] = defaultdict(list)
    for payee, page in json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["statements"].items():
        path = folder / page.replace(".html", "-account.csv")
        if path.exists():
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    found[payee, row["currency"]].append(row)
    return found


def total(rows: list[dict[str, str]], *entries: str) -> Decimal:
    return sum((Decimal(row["amount"]) for row in rows if not entries or row["entry"] in entries), Decimal(0))


LEDGER = """
    WITH runs_until AS (SELECT run_id FROM runs WHERE run_seq <= (SELECT run_seq FROM runs WHERE run_id = '{run}')),
    known AS (
        SELECT MAX(d.decision_seq) AS seq FROM decisions AS d, runs AS r
        WHERE r.run_id = '{run}' AND (d.decision_seq <= r.decision_seq OR d.run_id = r.run_id)
    ),
    posted AS (
        SELECT payee_id, SUM(amount) AS amount FROM payable WHERE run_id IN (FROM runs_until) GROUP BY payee_id
    ),
    paid AS (
        SELECT p.payee_id, SUM(LEAST(d.paid, p.amount)) AS amount
        FROM (
            SELECT subject, SUM(amount) AS paid FROM decisions, known
            WHERE kind IN ('paid', 'short_paid') AND decision_seq <= seq GROUP BY subject
        ) AS d
        JOIN payouts AS p ON p.payout_id = d.subject
        GROUP BY p.payee_id
    )
    SELECT payee_id, posted.amount - COALESCE(paid.amount, 0) AS amount FROM posted LEFT JOIN paid USING (payee_id)
"""
"""What is owed to each payee after a run, from the whole ledger and all payments up to then."""


def test_each_statement_begins_where_the_one_before_ended(books: History) -> None:
    before: dict[Key, Decimal] = {}
    moved = set()
    for folder in folders(books):
        found = entries_of(folder)
        for key in {*before, *found}:
            assert total(found[key], "opening") == before.get(key, 0), (folder.name, key)
        before = {key: total(rows) for key, rows in found.items()}
        moved |= {row["entry"] for rows in found.values() for row in rows}
    assert moved == {"opening", "earned", "restated", "adjusted", "paid", "overpaid"}


def test_each_statement_ends_with_what_ledger_and_payments_say(books: History) -> None:
    for folder in folders(books):
        owed = dict(books.ask(LEDGER.format(run=folder.name)).iter_rows())
        found = {payee: total(rows) for (payee, _), rows in entries_of(folder).items()}
        assert found == {payee: amount for payee, amount in owed.items() if payee in found}
        assert not [payee for payee, amount in owed.items() if amount and payee not in found]


def page_of(folder: Path, payee: str) -> html.HtmlElement:
    pages = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["statements"]
    return html.fromstring((folder / pages[payee]).read_text(encoding="utf-8"))


def texts(page: html.HtmlElement, path: str) -> list[str]:
    return [" ".join(node.text_content().split()) for node in page.xpath(path)]


def test_the_page_says_what_the_file_does_and_of_what_the_balance_consists(books: History) -> None:
    for folder in folders(books):
        for (payee, _), rows in entries_of(folder).items():
            page = page_of(folder, payee)
            closing, *parts = texts(page, "//tbody[@class='closing']//td")
            amounts = [Decimal(text.replace("$", "").replace(",", "")) for text in (closing, *parts)]
            assert amounts[0] == total(rows) == sum(amounts[1:]), (folder.name, payee)


def test_what_is_exported_and_due_is_never_nothing(books: History) -> None:
    """In May the payout of April is paid in part; in July that of May was handed over and is not paid."""
    _, may, _, july = folders(books)
    assert texts(page_of(may, "A"), "//p[@class='when']")[1] == (
        "still to come of $100.00: $60.00 is paid, due on May 30, 2026"
    )
    *_, card = texts(page_of(july, "A"), "//*[@class='payout']")
    assert "handed over for payment, was due on June 30, 2026 From May 2026" in card
    assert texts(page_of(july, "A"), "//*[@class='nothing']") == []


def test_payments_have_day_reference_and_how_they_fit(books: History) -> None:
    _, may, june, *_ = folders(books)
    rows = "//section[@aria-labelledby='payments']//tbody/tr"
    [of_a], [of_z] = (texts(page_of(may, payee), rows) for payee in ("A", "Z"))
    assert of_a.startswith("April 28, 2026April 2026")
    assert of_a.endswith("april-A-2026-04-28in part: $40.00 still to come$60.00")
    assert of_z.endswith("april-Z-2026-04-29$20.00 more than the payout$100.00")
    assert texts(page_of(june, "A"), rows)[0].endswith("may-A-2026-05-06in full$40.00")


def test_what_is_carried_is_told_as_the_partner_sees_it(books: History) -> None:
    first, *_, july = folders(books)
    assert texts(page_of(first, "C"), "//tbody[@class='closing']//th") == [
        "We owe you", "Carried to the next payout, since it is too little to be paid by itself",
    ]  # fmt: skip
    owing = texts(page_of(july, "A"), "//tbody[@class='closing']//tr")
    assert any(row.startswith("You owe this; it is set off against your next payout-$") for row in owing), owing
    assert "You owe this; it is taken off the next payout" in page_of(july, "A").text_content()


def test_a_correction_names_the_transaction_and_its_cause(books: History) -> None:
    _, may, _, july = folders(books)
    assert texts(page_of(may, "A"), "//tr[@class='because']") == [
        "Q1 2026: $22.00, because 5 of March 30, 2026 came late"
    ]
    assert any(
        "because 7 of March 31, 2026 came late" in row for row in texts(page_of(july, "A"), "//tr[@class='because']")
    )


def test_a_family_reads_what_each_member_has(books: History) -> None:
    first, *_ = folders(books)
    found = texts(page_of(first, "Z"), "//h3[@class='by-member']/following-sibling::table//tbody/tr")
    assert found == ["BetaB1$50.00", "DeltaD1$30.00"]


def test_a_replay_gives_the_same_statements(books: History) -> None:
    assert is_equal(replay(books.workspace, books.runs()[2]))


def test_a_closed_period_leads_to_the_statement_in_which_it_was_settled(past_books: History) -> None:
    links = [
        (page, link)
        for page in past_books.root.glob("out/*/statements/*.html")
        for link in re.findall(r'href="(\.\./\.\./[^"]+)"', page.read_text(encoding="utf-8"))
    ]
    assert links
    assert {(page.parent / link).resolve().is_file() for page, link in links} == {True}
    assert all(page.name == link.rpartition("/")[2] and page.parents[1].name not in link for page, link in links)
