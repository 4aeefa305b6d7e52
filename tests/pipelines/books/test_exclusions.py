"""Exclusions: what people took out is told where it would count, to staff and to the partner it is about."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html  # type: ignore[import-untyped]

from pipelines.audit.explain import explain
from pipelines.audit.past import books_as_of
from pipelines.audit.replay import is_equal, replay
from pipelines.audit.verify import holds, verify
from pipelines.workspace.configuration import books_of
from reports.statement.paths import statement_path
from schemas.errors import BooksError
from tests.disputing import Dispute, dispute
from tests.pipelines.history import CONFIG, History

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from pipelines.workspace.configuration import Workspace
    from tests.conftest import BuiltOnce

pytestmark = pytest.mark.sampled(3, of="module")

PADS = """\
program: p
title: P
reference: Clause 1
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
rebates:
  pads:
    products: {include: [{category: [pads]}]}
    transactions: {include: [{type: [sale]}]}
    period: quarter
    measure: revenue
    method: all_units
    tiers: [{from: 1, rate: 10%}]
"""


@pytest.fixture(scope="module")
def disputed(built_once: BuiltOnce) -> History:
    """A sold pads in two quarters and oil, B pads: all of A's pads of Q1 are taken out after they were posted."""
    return History(built_once("disputed", _dispute))


def _dispute(root: Path) -> None:
    books = History(root)
    books.write("rebatch.yaml", CONFIG)
    books.write("extracts/members.csv", "member_id,name\nA,Alpha\nB,Beta\nC,Gamma\n")
    books.write("extracts/products.csv", "product_id,name,category\nP,Pad,pads\nO,Oil,oils\n")
    books.write("rules/p.yaml", PADS)
    books.sell(
        "1",
        "1,A,P,2026-01-10,2026-01-11,sale,1,each,1000,USD",
        "2,A,P,2026-02-10,2026-02-11,sale,1,each,500,USD",
        "3,A,P,2026-04-01,2026-04-02,sale,1,each,300,USD",
        "4,A,O,2026-01-12,2026-01-13,sale,1,each,77,USD",
        "5,A,P,2026-01-12,2026-01-13,return,-1,each,-10,USD",
        "6,B,P,2026-01-12,2026-01-13,sale,1,each,200,USD",
        "7,C,O,2026-01-12,2026-01-13,sale,1,each,200,USD",
    )
    books.run("2026-04-05")
    for transaction, reason in (("2", "fraud"), ("1", "disputed"), ("4", "disputed"), ("5", "disputed"), ("7", "no")):
        dispute(books.workspace, Dispute(transaction, reason, f"note {transaction}"), excludes=True, person="ann")
    books.run("2026-04-06")


def told(books: History, run: str, payee: str) -> list[str]:
    """What the statement of a payee says was taken out."""
    page = html.fromstring((books.root / "out" / run / statement_path(payee)).read_text(encoding="utf-8"))
    rows: list[Any] = page.xpath("//section[@aria-labelledby='excluded']//tbody/tr")
    return [" | ".join(" ".join(cell.itertext()).strip() for cell in row) for row in rows]


def explained(workspace: Workspace, member: str, period: str) -> dict[str, pl.DataFrame]:
    return {table.name: table.frame for table in explain(workspace, member=member, program="p", period=period)}


def test_a_period_of_which_nothing_is_left_shows_what_was_taken_out_and_nothing(disputed: History) -> None:
    tables = explained(disputed.workspace, "A", "2026-Q1")
    shown = ("rebate", "period", "horizon", "qualifier", "amount", "currency", "note")
    assert tables["entitlements"].select(shown).rows() == [
        ("pads", "2026-Q1", "settled", None, Decimal(0), "USD", "all that would count was taken out")
    ]
    assert tables["clauses"]["clause"].to_list() == ["Clause 1"]
    assert tables["postings"].select("amount", "cause").rows() == [(150, None), (-150, "excluded")]
    assert tables["transactions"].is_empty()
    # Not the oil, nor the return: neither ever counted here.
    out = tables["excluded"]
    assert out.select("transaction_id", "amount", "reason", "note", "person").rows() == [
        ("1", 1000, "disputed", "note 1", "ann"), ("2", 500, "fraud", "note 2", "ann"),
    ]  # fmt: skip
    when = disputed.ask("SELECT decided_at FROM decisions WHERE subject = 'main|1'").item()
    assert out["decided_at"][0] == when
    assert {"member_id", "node_id"}.isdisjoint(out.columns)


@pytest.mark.long
def test_a_year_shows_what_is_left_beside_what_is_not(disputed: History) -> None:
    tables = explained(disputed.workspace, "A", "2026")
    figures = tables["entitlements"].select("period", "horizon", "amount").rows()
    assert figures == [("2026-Q1", "settled", 0), ("2026-Q2", "to_date", 30)]
    assert tables["transactions"]["transaction_id"].to_list() == ["3"]
    assert tables["excluded"]["transaction_id"].to_list() == ["1", "2"]


def test_where_nothing_was_taken_out_of_a_program_nothing_is_told_of_it(disputed: History) -> None:
    assert "excluded" not in explained(disputed.workspace, "B", "2026-Q1")
    with pytest.raises(BooksError, match="no program has anything for 'C'"):
        explained(disputed.workspace, "C", "2026-Q1")
    with pytest.raises(BooksError, match="has nothing in p for '2026-Q3'"):
        explained(disputed.workspace, "A", "2026-Q3")


def test_before_it_was_taken_out_it_counted(disputed: History) -> None:
    with books_as_of(books_of(disputed.root), "2026-04-05") as then:
        tables = explained(then, "A", "2026-Q1")
    assert tables["entitlements"]["amount"].to_list() == [150]
    assert "excluded" not in tables
    with books_as_of(books_of(disputed.root), "2026-04-06") as then:
        assert explained(then, "A", "2026-Q1")["excluded"]["transaction_id"].to_list() == ["1", "2"]


@pytest.mark.long
def test_what_was_taken_out_of_a_group_is_told_of_the_group_and_of_who_bought(tmp_path: Path) -> None:
    books = History(tmp_path / "books")
    books.write("rebatch.yaml", CONFIG + "  - {data_set: hierarchy, path: extracts/edges.csv, format: csv}\n")
    books.write("extracts/members.csv", "member_id,name\nA,Alpha\nB,Beta\nEAST,East\n")
    edges = "".join(f"{member},EAST,region,2026-01-01\n" for member in "AB")
    books.write("extracts/edges.csv", f"member_id,parent_id,level,valid_from\n{edges}")
    books.write("extracts/products.csv", "product_id,name,category\nP,Pad,pads\n")
    books.write("rules/p.yaml", PADS.replace("rebates:", "accumulate_at: region\nrebates:"))
    rows = ("1,A,P,2026-01-10,2026-01-11,sale,1,each,1000,USD", "2,B,P,2026-01-10,2026-01-11,sale,1,each,500,USD")
    books.sell("1", *rows)
    dispute_both = [Dispute("1", "disputed", ""), Dispute("2", "disputed", "")]
    books.run("2026-04-05")
    dispute(books.workspace, dispute_both[0], excludes=True, person="ann")
    books.run("2026-04-06")
    tables = explained(books.workspace, "EAST", "2026-Q1")
    assert tables["entitlements"].select("member_id", "node_id", "amount").rows() == [("B", "EAST", 50)]
    assert tables["excluded"].select("member_id", "node_id", "transaction_id").rows() == [("A", "EAST", "1")]
    with pytest.raises(BooksError, match="what A buys counts for EAST"):
        explained(books.workspace, "A", "2026-Q1")
    dispute(books.workspace, dispute_both[1], excludes=True, person="bob")
    books.run("2026-04-07")
    tables = explained(books.workspace, "EAST", "2026-Q1")
    assert tables["entitlements"].select("member_id", "node_id", "amount").rows() == [("EAST", "EAST", 0)]
    assert tables["excluded"].select("member_id", "person").rows() == [("A", "ann"), ("B", "bob")]
    # Of what is shared each is told of its own.
    last = books.runs()[-1]
    assert [told(books, last, payee) for payee in ("A", "B")] == [
        ["1 | January 10, 2026 | disputed | 1,000.00 USD"], ["2 | January 10, 2026 | disputed | 500.00 USD"],
    ]  # fmt: skip
    assert not (books.root / "out" / last / statement_path("EAST")).exists()


@pytest.mark.long
def test_the_statement_tells_the_partner_what_was_taken_out_and_why_but_not_by_whom(disputed: History) -> None:
    before, after = disputed.runs()
    assert told(disputed, before, "A") == []
    assert told(disputed, after, "A") == [
        "1 | January 10, 2026 | disputed: note 1 | 1,000.00 USD",
        "2 | February 10, 2026 | fraud: note 2 | 500.00 USD",
    ]
    page = (disputed.root / "out" / after / statement_path("A")).read_text(encoding="utf-8")
    assert "ann" not in html.fromstring(page).text_content()
    assert is_equal(replay(disputed.workspace, after))
    assert holds(verify(disputed.workspace))


@pytest.mark.long
def test_a_statement_of_whom_nothing_was_taken_out_is_what_it_was(disputed: History) -> None:
    before, after = disputed.runs()
    pages = [(disputed.root / "out" / run / statement_path("B")).read_text(encoding="utf-8") for run in (before, after)]
    assert pages[1] == pages[0].replace("April 5, 2026", "April 6, 2026")
    assert "excluded" not in pages[0]


@pytest.mark.long
def test_a_statement_tells_of_running_periods_and_of_those_posted_to_until_it_counts_again(tmp_path: Path) -> None:
    books = History(tmp_path / "books")
    books.write("rebatch.yaml", CONFIG)
    books.write("extracts/members.csv", "member_id,name,payee_id\nA,Alpha,Z\nZ,Zeta,\n")
    books.write("extracts/products.csv", "product_id,name,category\nP,Pad,pads\n")
    books.write("rules/p.yaml", PADS.replace("rebates:", "pay_to: payee\nrebates:"))
    books.sell("1", "1,A,P,2026-01-10,2026-01-11,sale,1,each,1000,USD")
    dispute_it = Dispute("1", "disputed", "")
    books.run("2026-02-01")
    dispute(books.workspace, dispute_it, excludes=True, person="ann")
    line = "1 Alpha | January 10, 2026 | disputed | 1,000.00 USD"
    assert told(books, books.run("2026-02-02"), "Z") == [line]  # its quarter runs, and nothing else is left of it
    closed = books.run("2026-04-05")
    assert not (books.root / "out" / closed / statement_path("Z")).exists()  # nothing runs, nothing was posted
    dispute(books.workspace, dispute_it, excludes=False, person="bob")
    assert told(books, books.run("2026-04-06"), "Z") == []
    dispute(books.workspace, dispute_it, excludes=True, person="ann")
    assert told(books, books.run("2026-04-07"), "Z") == [line]  # what was posted this month is taken back
    books.sell("2", "2,A,P,2026-05-10,2026-05-11,sale,1,each,1000,USD")
    assert told(books, books.run("2026-05-12"), "Z") == []
