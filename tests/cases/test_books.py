"""The books over time: what is posted when sales are late, returned, corrected or counted again, through real files."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pipelines.audit.reject_list import reject_list
from pipelines.authoring.check import check
from pipelines.books.runs import Run
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.workspace.configuration import open_workspace
from schemas.errors import BooksError, RuleError
from tests.posting import pages_of, post_run, publish_last, published_files

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sampled(6, of="module")

CONFIG = """
name: Books
currency: USD
sources:
  - {data_set: members, path: extracts/members.csv, format: csv}
  - {data_set: products, path: extracts/products.csv, format: csv}
  - {data_set: enrolments, path: extracts/enrolments.csv, format: csv}
  - {data_set: fx_rates, path: extracts/fx*.csv, format: csv}
  - {data_set: unit_conversions, path: extracts/units*.csv, format: csv}
  - {data_set: transactions, path: extracts/tx*.csv, format: csv}
"""
HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency\n"
PROGRAM = """
program: deal
title: Deal
reference: Clause 1
currency: USD
effective: {{from: 2026-01-01, to: 2026-12-31}}
{more}
rebates:
  only:
{rebate}
"""
RETROSPECTIVE = """
    period: year
    settle: month
    measure: revenue
    method: all_units
    tiers: [{from: 5000, rate: 2%}, {from: 27000, rate: 4%}]
"""
UNITS = """
    period: year
    settle: month
    measure: quantity
    unit: each
    method: marginal
    tiers: [{from: 0, rate: 10 per each}, {from: 2, rate: 20 per each}, {from: 4, rate: 30 per each}]
"""
QUARTERLY = """
    period: quarter
    measure: revenue
    method: all_units
    tiers: [{from: 100, rate: 10%}]
"""


MIXED = """
    period: quarter
    unit: case
    measure: {measure}
    method: all_units
    tiers: [{{from: 0.5, rate: {rate}}}]
"""
DAY = "2026-01-10"


class Books:
    """A workspace whose extracts a test writes, and what its ledger says."""

    def __init__(self, root: Path, rebate: str = QUARTERLY, more: str = "") -> None:
        self.root = root
        self.files = 0
        for folder in ("extracts", "rules"):
            (root / folder).mkdir(parents=True)
        self._write("rebatch.yaml", CONFIG)
        self._write("extracts/members.csv", "member_id,name,payee_id\nA,Alpha,\nB,Beta,Z\nZ,Zeta,\n")
        self._write("extracts/products.csv", "product_id,name\nP,Pad\n")
        self.rules(rebate, more)

    def rules(self, rebate: str, more: str = "") -> None:
        self._write("rules/deal.yaml", PROGRAM.format(rebate=rebate, more=more))

    def receive(self, *rows: str) -> None:
        """Write an extract of rows "id member day received type quantity amount"; a dash means the day of the sale."""
        lines = []
        for row in rows:
            name, member, day, received, kind, quantity, amount = row.split()
            known = day if received == "-" else received
            lines.append(f"{name},{member},P,{day},{known},{kind},{quantity},each,{amount},USD\n")
        self.files += 1
        self._write(f"extracts/tx{self.files:02}.csv", HEADER + "".join(lines))

    def run(self, as_of: str) -> list[tuple[str, str, str, str]]:
        """Run, and return what that posted: kind, period, payout period, amount."""
        before = len(self.ledger())
        post_run(open_workspace(self.root), Run(date.fromisoformat(as_of)))
        return self.ledger()[before:]

    def ledger(self) -> list[tuple[str, str, str, str]]:
        workspace = open_workspace(self.root)
        if not workspace.warehouse_path.exists():
            return []
        with connect(workspace, read_only=True) as connection:
            rows = read(connection, "SELECT kind, period, payout_period, amount FROM ledger ORDER BY seq").rows()
        return [(kind, period, payout, f"{amount.normalize():f}") for kind, period, payout, amount in rows]

    def paid(self) -> dict[tuple[str, str], Decimal]:
        with connect(open_workspace(self.root), read_only=True) as connection:
            rows = read(connection, "SELECT payee_id, payout_period, amount FROM payouts").rows()
        return {(payee, period): amount for payee, period, amount in rows}

    def published(self) -> dict[str, str]:
        publish_last(open_workspace(self.root))
        return published_files(self.root)

    def _write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text, encoding="utf-8")


def test_interim_payments_are_taken_off_the_final_one(tmp_path: Path) -> None:
    """3,000, then 4,000, then 20,000 more: nothing, 140, and 1,080 less 140 (SAP's condition contract example)."""
    books = Books(tmp_path, RETROSPECTIVE)
    books.receive("1 A 2026-01-10 - sale 1 3000", "2 A 2026-02-10 - sale 1 4000", "3 A 2026-03-10 - sale 1 20000")
    assert books.run("2026-02-01") == []
    assert books.run("2026-03-01") == [("rebate", "2026", "2026-03", "140")]
    assert books.run("2026-04-01") == [("rebate", "2026", "2026-04", "940")]


@pytest.mark.long
@pytest.mark.parametrize(("returned", "reversal"), [("2", "-60"), ("3", "-80")])
def test_a_return_takes_back_the_highest_slices(tmp_path: Path, returned: str, reversal: str) -> None:
    """Six units at 10, 20 and 30 a slice; what comes back leaves from the top (NetSuite's volume rebate example)."""
    books = Books(tmp_path, UNITS)
    books.receive(*(f"{n} A 2026-01-1{n} - sale 2 0" for n in (1, 2, 3)))
    assert books.run("2026-02-01") == [("rebate", "2026", "2026-02", "120")]
    books.receive(f"9 A 2026-01-20 2026-02-10 return -{returned} 0")
    posted = books.run("2026-02-11")
    assert posted == [("restatement", "2026", "2026-02", reversal)]
    assert books.paid()["A", "2026-02"] == 120 + Decimal(reversal)


def test_a_run_repeated_posts_nothing_and_leaves_the_same_bytes(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.receive("1 A 2026-01-10 - sale 1 1000", "2 B 2026-02-10 - sale 1 100.05")
    assert len(books.run("2026-04-01")) == 2
    published = books.published()
    assert len(published) == 4 + 2 * 2  # payouts, lines, overlaps, manifest; two statements, each with its account
    assert books.run("2026-04-01") == []
    assert books.published() == published


def test_a_late_sale_restates_the_period_it_belongs_to(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.receive("1 A 2026-01-10 - sale 1 1000")
    assert books.run("2026-04-01") == [("rebate", "2026-Q1", "2026-04", "100")]
    books.receive("2 A 2026-03-31 2026-05-02 sale 1 500")
    assert books.run("2026-05-01") == []  # not received yet, though the file lies there
    assert books.run("2026-05-02") == [("restatement", "2026-Q1", "2026-05", "50")]


def test_grace_days_let_late_receipts_in_before_the_period_settles(tmp_path: Path) -> None:
    books = Books(tmp_path, more="grace_days: 5")
    books.receive("1 A 2026-01-10 - sale 1 1000", "2 A 2026-03-31 2026-04-05 sale 1 500")
    assert books.run("2026-04-05") == []
    assert books.run("2026-04-06") == [("rebate", "2026-Q1", "2026-04", "150")]


@pytest.mark.long
def test_the_same_difference_may_occur_twice(tmp_path: Path) -> None:
    books = Books(tmp_path)
    amounts = ("1000", "900", "1000", "900")
    posted = []
    for day, amount in enumerate(amounts, 1):
        books.receive(f"1 A 2026-01-10 2026-04-0{day} sale 1 {amount}")
        posted += books.run(f"2026-04-0{day}")
    assert [amount for _, _, _, amount in posted] == ["100", "-10", "10", "-10"]
    assert [kind for kind, _, _, _ in posted] == ["rebate", *["restatement"] * 3]


def test_an_extract_with_old_and_corrected_rows_counts_each_row_once(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.receive("1 A 2026-01-10 - sale 1 1000", "2 A 2026-01-11 - sale 1 100")
    books.receive("1 A 2026-01-10 2026-01-20 sale 1 1000", "2 A 2026-01-11 2026-01-20 sale 1 300")
    assert books.run("2026-04-01") == [("rebate", "2026-Q1", "2026-04", "130")]


@pytest.mark.long
def test_a_payout_taken_back_is_carried_to_the_next_one(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.receive("1 A 2026-01-10 - sale 1 1000")
    books.run("2026-04-01")
    books.receive("2 A 2026-01-11 2026-05-02 return -1 -1000", "3 A 2026-04-11 - sale 1 3000")
    assert books.run("2026-05-03") == [
        ("restatement", "2026-Q1", "2026-05", "-100"),
        ("carry_forward", "2026-05", "2026-05", "100"),
        ("carry_forward", "2026-05", "2026-06", "-100"),
    ]
    assert books.run("2026-07-01") == [
        ("rebate", "2026-Q2", "2026-07", "300"),
        ("carry_forward", "2026-06", "2026-06", "100"),
        ("carry_forward", "2026-06", "2026-07", "-100"),
    ]
    assert books.paid() == {("A", "2026-04"): 100, ("A", "2026-05"): 0, ("A", "2026-06"): 0, ("A", "2026-07"): 200}


def test_a_rule_changed_backdated_posts_the_difference(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.receive("1 A 2026-01-10 - sale 1 1000")
    books.run("2026-04-01")
    books.rules(QUARTERLY.replace("10%", "12%"))
    assert books.run("2026-04-02") == [("restatement", "2026-Q1", "2026-04", "20")]


def test_what_an_old_wording_paid_is_not_paid_again_by_the_new_one(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.receive("1 A 2026-01-10 - sale 1 1000")
    assert books.run("2026-04-01") == [("rebate", "2026-Q1", "2026-04", "100")]
    books.rules(QUARTERLY.replace("quarter", "month"))
    assert books.run("2026-04-02") == [
        ("rebate", "2026-01", "2026-04", "100"),
        ("restatement", "2026-Q1", "2026-04", "-100"),
    ]
    renamed = (tmp_path / "rules/deal.yaml").read_text(encoding="utf-8").replace("  only:", "  another-name:")
    (tmp_path / "rules/deal.yaml").write_text(renamed, encoding="utf-8")
    posted = books.run("2026-04-03")
    assert sorted(posted) == [("rebate", "2026-01", "2026-04", "100"), ("restatement", "2026-01", "2026-04", "-100")]
    assert books.paid() == {("A", "2026-04"): 100}
    assert books.run("2026-04-03") == []


def test_a_program_in_another_currency_is_another_program(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.receive("1 A 2026-01-10 - sale 1 1000")
    books.run("2026-04-01")
    euro = (tmp_path / "rules/deal.yaml").read_text(encoding="utf-8").replace("USD", "EUR")
    (tmp_path / "rules/deal.yaml").write_text(euro, encoding="utf-8")
    with pytest.raises(BooksError, match="deal was paid in USD until now, its file says EUR"):
        books.run("2026-04-02")
    assert len(books.ledger()) == 1


@pytest.mark.long
def test_the_file_of_a_program_may_be_removed_once_it_is_over(tmp_path: Path) -> None:
    books = Books(tmp_path, more="grace_days: 5")
    books.receive("1 A 2026-01-10 - sale 1 1000")
    books.run("2026-04-10")
    kept = tmp_path / "rules/deal.yaml"
    kept.rename(tmp_path / "deal.yaml")
    (tmp_path / "rules/next.yaml").write_text(
        PROGRAM.format(rebate=QUARTERLY, more="").replace("deal", "next").replace("2026-", "2027-"), encoding="utf-8"
    )
    with pytest.raises(BooksError, match=r"deal\.yaml: deal was paid, runs until 2026-12-31, and is gone"):
        books.run("2027-01-05")
    with pytest.raises(BooksError, match=r"put it back until a run after 2027-01-05"):
        books.run("2027-01-06")  # over, but its last quarter was never settled
    with pytest.raises(RuleError, match=r"deal\.yaml: deal was paid, runs until 2026-12-31, and is gone"):
        check(open_workspace(tmp_path))
    (tmp_path / "deal.yaml").rename(kept)
    assert books.run("2027-01-06") == []
    kept.unlink()
    assert check(open_workspace(tmp_path))
    assert books.run("2027-01-07") == []
    assert len(books.ledger()) == 1


def test_a_copy_of_a_program_that_has_paid_is_refused(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.receive("1 A 2026-01-10 - sale 1 1000")
    books.run("2026-04-01")
    text = (tmp_path / "rules/deal.yaml").read_text(encoding="utf-8")
    copied = text.replace("program: deal", "program: copy").replace("title: Deal", "title: Copy").replace("only:", "x:")
    (tmp_path / "rules/copy.yaml").write_text(copied, encoding="utf-8")
    with pytest.raises(BooksError, match=r"copy\.yaml: copy says what deal says, which has paid"):
        books.run("2026-04-02")
    with pytest.raises(RuleError, match=r"copy\.yaml: copy says what deal says, which has paid"):
        check(open_workspace(tmp_path))
    # It says for whom else it pays: an agreement of its own.
    other = copied.replace("rebates:", "members: {include: [{member_id: [B]}]}\nrebates:")
    (tmp_path / "rules/copy.yaml").write_text(other, encoding="utf-8")
    assert books.run("2026-04-02") == []
    assert books.paid() == {("A", "2026-04"): 100}


def test_a_program_that_is_over_is_not_paid_again_under_another_id(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.receive("1 A 2026-01-10 - sale 1 1000")
    books.run("2027-01-02")
    old, new = tmp_path / "rules/deal.yaml", tmp_path / "rules/new.yaml"
    text = old.read_text(encoding="utf-8")
    old.unlink()
    new.write_text(text.replace("program: deal", "program: new").replace("10%", "12%"), encoding="utf-8")
    with pytest.raises(BooksError, match=r"new\.yaml: new has members, days and a rebate of deal, which paid"):
        books.run("2027-01-03")
    # Next year's agreement of the same members and rebates is another one.
    new.write_text(text.replace("program: deal", "program: new").replace("2026-", "2027-"), encoding="utf-8")
    assert books.run("2027-01-03") == []
    assert len(books.ledger()) == 1


@pytest.mark.long
def test_monthly_settlement_and_one_yearly_settlement_pay_the_same(tmp_path: Path) -> None:
    sales = [f"{month} A 2026-{month:02}-15 - sale 1 {month}111.11" for month in range(1, 13)]
    totals = []
    for settle, months in (("month", range(2, 13)), ("quarter", (4, 7, 10)), ("year", ())):
        books = Books(tmp_path / settle, RETROSPECTIVE.replace("settle: month", f"settle: {settle}"))
        books.receive(*sales)
        for month in months:
            books.run(f"2026-{month:02}-01")
        books.run("2027-01-01")
        totals.append(sum(Decimal(amount) for _, _, _, amount in books.ledger()))
    assert totals == [totals[0]] * 3
    assert totals[0] == Decimal("3173.33")  # 4 % of 79,333.32, half a cent and more rounded up


def test_the_money_goes_to_the_payee_and_stays_with_the_one_it_began_with(tmp_path: Path) -> None:
    books = Books(tmp_path, more="pay_to: payee")
    books.receive("1 A 2026-01-10 - sale 1 1000", "2 B 2026-01-10 - sale 1 2000")
    books.run("2026-04-01")
    assert books.paid() == {("A", "2026-04"): 100, ("Z", "2026-04"): 200}
    books._write("extracts/members.csv", "member_id,name,payee_id\nA,Alpha,\nB,Beta,A\nZ,Zeta,\n")
    books.receive("3 B 2026-02-10 2026-04-02 sale 1 100")
    books.run("2026-04-02")
    assert books.paid() == {("A", "2026-04"): 100, ("Z", "2026-04"): 210}


def test_only_the_days_of_an_enrolment_count(tmp_path: Path) -> None:
    books = Books(tmp_path, more="members: {enrolled: true}")
    books._write("extracts/enrolments.csv", "program,member_id,valid_from,valid_to\ndeal,A,2026-02-01,2026-02-28\n")
    days = ("2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01")
    books.receive(*(f"{n} {member} {day} - sale 1 {10**n}" for n, day in enumerate(days, 1) for member in "A"))
    assert books.run("2026-04-01") == [("rebate", "2026-Q1", "2026-04", "110")]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("rebate", "foreign", "reject", "mending", "money"),
    [
        (
            MIXED.format(measure="revenue", rate="10%").replace("unit: case", "settle: quarter"),
            "1,each,100,EUR",
            ("currency", "no_rate", "EUR", "T9 of A on 2026-01-10: left out of deal/only"),
            ("fx1.csv", "from_currency,to_currency,rate_date,rate\nEUR,USD,2026-01-04,1.10\n"),
            ("1", "11"),
        ),
        (
            MIXED.format(measure="quantity", rate="6 per case"),
            "6,each,100,USD",
            ("unit", "no_factor", "each", "T9 of A on 2026-01-10: left out of deal/only"),
            ("units1.csv", "product_id,from_unit,to_unit,factor\nany,each,case,1/12\n"),
            ("6", "3"),
        ),
    ],
)
def test_what_cannot_be_converted_is_named_left_out_and_restated_once_it_can(
    tmp_path: Path, rebate: str, foreign: str, reject: tuple[str, ...], mending: tuple[str, str], money: tuple[str, str]
) -> None:
    books = Books(tmp_path, rebate)
    rows = (f"T1,A,P,{DAY},{DAY},sale,1,case,10,USD", f"T9,A,P,{DAY},{DAY},sale,{foreign}")
    books._write("extracts/tx01.csv", HEADER + "\n".join(rows) + "\n")
    assert books.run("2026-04-01") == [("rebate", "2026-Q1", "2026-04", money[0])]
    named = reject_list(open_workspace(tmp_path)).select("column", "reason", "value", "original").rows()
    assert named == [reject]
    [page] = (page for name, page in pages_of(open_workspace(tmp_path)).items() if name.startswith("a"))
    assert "January 10, 2026, T9: there is no" in page
    books._write(f"extracts/{mending[0]}", mending[1])
    assert books.run("2026-04-02") == [("restatement", "2026-Q1", "2026-04", money[1])]
    assert reject_list(open_workspace(tmp_path)).is_empty()


def test_the_books_never_go_back_in_time(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.receive("1 A 2026-01-10 - sale 1 1000")
    books.run("2026-04-01")
    with pytest.raises(BooksError, match="the books already stand at 2026-04-01"):
        books.run("2026-03-31")
    assert len(books.ledger()) == 1


def test_a_filter_on_a_column_that_is_not_there_stops_the_run_with_its_place(tmp_path: Path) -> None:
    books = Books(tmp_path, more="members: {include: [{colour: red}]}")
    books.receive("1 A 2026-01-10 - sale 1 1000")
    with pytest.raises(RuleError, match=r"deal\.yaml:7:30: members have no column 'colour'"):
        books.run("2026-04-01")
    assert books.ledger() == []


def test_a_rebate_that_follows_a_line_is_paid_on_account_and_at_the_end(tmp_path: Path) -> None:
    """1% at 1,000 and 3% at 4,000: 2,500 earns 2%, and 3,000 in all earns 2 1/3%, which is 70 in the whole year."""
    line = QUARTERLY.replace("quarter", "year").replace("all_units", "sliding")
    line = line.replace("{from: 100, rate: 10%}", "{from: 1000, rate: 1%}, {from: 4000, rate: 3%}")
    books = Books(tmp_path, f"{line}    settle: month\n")
    books.receive("1 A 2026-01-10 - sale 1 2500", "2 A 2026-02-10 - sale 1 500", "3 B 2026-02-10 - sale 1 3000.30")
    assert books.run("2026-02-01") == [("rebate", "2026", "2026-02", "50")]
    assert books.run("2026-03-01") == [("rebate", "2026", "2026-03", "20"), ("rebate", "2026", "2026-03", "70.01")]


def test_an_amount_too_large_for_the_books_is_refused_by_name_and_nothing_is_posted(tmp_path: Path) -> None:
    books = Books(tmp_path, QUARTERLY.replace("rate: 10%", "rate: 100%"))
    books.receive("1 A 2026-01-10 - sale 1 60000000000000", "2 A 2026-01-11 - sale 1 60000000000000")
    with pytest.raises(
        RuleError, match=r"^deal, only: what is paid on 120,000,000,000,000 is too large to be reckoned"
    ):
        books.run("2026-04-01")
    assert books.ledger() == []


@pytest.mark.long
def test_a_rule_changed_and_changed_back_on_one_day_is_a_run_of_its_own(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.receive("1 A 2026-01-10 - sale 1 1000")
    posted = []
    for rate in ("10%", "12%", "10%"):
        books.rules(QUARTERLY.replace("10%", rate))
        posted += books.run("2026-04-01")
        publish_last(open_workspace(tmp_path))
    assert [amount for _, _, _, amount in posted] == ["100", "20", "-20"]
    assert len(list((tmp_path / "out").iterdir())) == 3
