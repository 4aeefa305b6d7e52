"""Groups: what members of a hierarchy earn together, whom it belongs to and who is paid, through real files."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pipelines.audit.explain import explain
from pipelines.audit.verify import holds, verify
from pipelines.authoring.check import check
from pipelines.books.runs import Run
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.workspace.configuration import open_workspace
from schemas.errors import BooksError, ExtractError, RuleError
from tests.posting import pages_of, post_run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sampled(6, of="module")

CONFIG = """
name: Groups
currency: USD
sources:
  - {data_set: members, path: extracts/members.csv, format: csv}
  - {data_set: hierarchy, path: extracts/edges*.csv, format: csv}
  - {data_set: products, path: extracts/products.csv, format: csv}
  - {data_set: enrolments, path: extracts/enrolments*.csv, format: csv}
  - {data_set: transactions, path: extracts/tx*.csv, format: csv}
"""
PROGRAM = """
program: {name}
title: Deal
reference: Clause 1
currency: USD
effective: {{from: 2026-01-01, to: 2026-12-31}}
accumulate_at: {at}
pay_to: {to}
{more}
rebates:
  only:
    period: quarter
{rebate}
"""
SCALE = """
    measure: revenue
    method: all_units
    tiers: [{from: 300, rate: 10%}]
"""
GROWTH = """
    qualifier: {growth_percent: revenue, baseline: previous_year, when_missing: skip}
    measure: revenue
    method: all_units
    tiers: [{from: 10, rate: 10%}]
"""
OVER_AGREED = """
    measure: {growth_amount: revenue, baseline: dataset, when_missing: skip}
    method: all_units
    tiers: [{from: 1, rate: 10%}]
"""
MEMBERS = """member_id,name,type,payee_id,parent_id,valid_from,valid_to
TOP,Top,group,BANK,,,
EAST,East,distributor,,,,
WEST,West,distributor,,,,
A,Alpha,dealer,,,,
B,Beta,dealer,,,,
C,Gamma,dealer,,,,
BANK,Bank,bank,,,,
"""
EDGES = ("A EAST region - -", "B EAST region - -", "C WEST region - -", "EAST TOP country - -", "WEST TOP country - -")
SALES = ("A 100", "B 200", "C 50", "EAST 30", "TOP 20")

Owed = dict[str, str]
"""Amount by member; by payee after a slash where that is another."""


def plain(amount: object) -> str:
    assert isinstance(amount, Decimal)
    return f"{amount.normalize():f}"


class Books:
    """A workspace of dealers A and B below EAST and C below WEST, both of which stand below TOP."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = 0
        for folder in ("extracts", "rules"):
            (root / folder).mkdir(parents=True)
        self.write("rebatch.yaml", CONFIG)
        self.write("extracts/members.csv", MEMBERS)
        self.write("extracts/products.csv", "product_id,name\nP,Pad\n")

    def program(self, at: str, to: str = "self", rebate: str = SCALE, *, more: str = "", name: str = "deal") -> Books:
        self.write(f"rules/{name}.yaml", PROGRAM.format(name=name, at=at, to=to, more=more, rebate=rebate))
        return self

    def edges(self, *rows: str) -> Books:
        """Load edges "member parent level from to"; a dash means the first day of all, or no last day."""
        lines = []
        for row in rows:
            member, parent, level, begins, ends = row.split()
            level = "" if level == "-" else level
            lines.append(f"{member},{parent},{level},{'2020-01-01' if begins == '-' else begins},{ends.strip('-')}\n")
        return self._load("edges", "member_id,parent_id,level,valid_from,valid_to\n", lines)

    def sell(self, *rows: str) -> Books:
        """Load sales "member amount [day]"."""
        lines = []
        for number, row in enumerate(rows):
            member, amount, day = (*row.split(), "2026-02-10")[:3]
            kind, quantity = ("return", -1) if amount.startswith("-") else ("sale", 1)
            key = f"{self.files}-{number}"
            lines.append(f"{key},{member},P,{day},{day},{kind},{quantity},each,{amount},USD\n")
        header = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency\n"
        return self._load("tx", header, lines)

    def run(self, as_of: str = "2026-04-01") -> Owed:
        """Run, check the books, and say what that posted."""
        workspace = open_workspace(self.root)
        before = self.query("SELECT COUNT(*) FROM ledger")[0][0] if workspace.warehouse_path.exists() else 0
        post_run(workspace, Run(date.fromisoformat(as_of)))
        assert holds(verify(workspace))
        rows = self.query(f"SELECT member_id, payee_id, amount FROM ledger WHERE seq > {before} ORDER BY seq")
        return {f"{m}" if m == p else f"{m}/{p}": plain(amount) for m, p, amount in rows}

    def query(self, sql: str) -> list[tuple[object, ...]]:
        with connect(open_workspace(self.root), read_only=True) as connection:
            return read(connection, sql).rows()

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text, encoding="utf-8")

    def _load(self, name: str, header: str, lines: list[str]) -> Books:
        self.files += 1
        self.write(f"extracts/{name}{self.files:02}.csv", header + "".join(lines))
        return self


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "books")


PLACES: dict[tuple[str, str], Owed] = {
    ("self", "self"): {},  # nobody buys 300 alone
    ("parent", "parent"): {"EAST": "33"},  # A, B and EAST's own; WEST and TOP stay below
    ("parent", "self"): {"A": "10", "B": "20", "EAST": "3"},
    ("parent", "root"): {"EAST/TOP": "33"},
    ("parent", "payee"): {"EAST": "33"},
    ("region", "self"): {"A": "10", "B": "20", "EAST": "3"},
    ("region", "parent"): {"A/EAST": "10", "B/EAST": "20", "EAST": "3"},
    ("country", "self"): {"A": "10", "B": "20", "C": "5", "EAST": "3", "TOP": "2"},
    ("country", "parent"): {"A/EAST": "10", "B/EAST": "20", "C/WEST": "5", "EAST": "3", "TOP": "2"},
    ("country", "root"): {"TOP": "40"},
    ("root", "self"): {"A": "10", "B": "20", "C": "5", "EAST": "3", "TOP": "2"},
    ("root", "root"): {"TOP": "40"},
    ("root", "payee"): {"TOP/BANK": "40"},
}


def test_purchases_are_added_up_at_a_node_and_paid_where_the_program_says(books: Books) -> None:
    for at, to in PLACES:
        books.program(at, to, name=f"{at}-{to}")
    books.edges(*EDGES).sell(*SALES).run()
    owed: dict[str, Owed] = {}
    for program, member, payee, amount in books.query("SELECT program, member_id, payee_id, amount FROM ledger"):
        owed.setdefault(str(program), {})[f"{member}" if member == payee else f"{member}/{payee}"] = plain(amount)
    assert owed == {f"{at}-{to}": expected for (at, to), expected in PLACES.items() if expected}
    assert books.run() == {}


def test_a_member_may_be_paid_at_another_place_than_it_is_measured_at(books: Books) -> None:
    books.program("self", "parent").edges(*EDGES).sell("A 300", "EAST 400", "TOP 500", "C 600")
    assert books.run() == {"A/EAST": "30", "C/WEST": "60", "EAST": "40", "TOP": "50"}


def test_without_a_hierarchy_the_parents_of_the_members_count(books: Books) -> None:
    books.program("parent", "self").write(
        "extracts/members.csv",
        "member_id,name,parent_id,valid_from,valid_to\nTOP,T,,,\nA,a,TOP,,2026-02-28\nA,a,,2026-03-01,\nB,b,TOP,,\n",
    )
    books.sell("A 200 2026-02-28", "A 200 2026-03-01", "B 200")
    assert books.run() == {"A": "20", "B": "20"}


def test_a_baseline_agreed_with_a_group_is_none_of_its_buyers_whatever_its_id(books: Books) -> None:
    books.program("parent", "self", OVER_AGREED)
    books.write("rebatch.yaml", CONFIG + "  - {data_set: baselines, path: extracts/baselines.csv, format: csv}\n")
    books.write("extracts/members.csv", "member_id,name,parent_id\n2,T,\nA,a,2\nB,b,2\n")
    books.write("extracts/baselines.csv", "program,rebate,member_id,period,value\ndeal,only,2,2026-Q1,100\n")
    books.sell("A 200", "B 200")
    assert books.run() == {"A": "15", "B": "15"}


@pytest.mark.parametrize(("day", "with_west"), [("2026-02-14", False), ("2026-02-15", True)])
def test_a_member_that_changes_its_parent_counts_for_each_on_its_days(
    books: Books, day: str, *, with_west: bool
) -> None:
    books.program("parent", "parent").edges("A EAST - - 2026-02-14", "A WEST - 2026-02-15 -", "C WEST - - -")
    books.sell("EAST 299 2026-01-02", "C 299 2026-03-31", f"A 1 {day}")
    assert books.run() == ({"WEST": "30"} if with_west else {"EAST": "30"})


def test_a_member_of_two_groups_in_one_period_is_owed_the_sum_of_its_parts(books: Books) -> None:
    books.program("parent", "self").edges(
        "A EAST - - 2026-02-14", "A WEST - 2026-02-15 -", "B EAST - - -", "C WEST - - -"
    )
    books.sell("A 100 2026-02-14", "B 200 2026-01-01", "A 400 2026-02-15", "C 100 2026-03-31")
    assert books.run() == {"A": "50", "B": "20", "C": "10"}
    assert books.query("SELECT member_id, measure, tier FROM ledger ORDER BY 1, 2") == [
        ("A", None, None), ("B", 300, 1), ("C", 500, 1),
    ]  # fmt: skip
    books.sell("C -250 2026-03-31")
    assert books.run("2026-04-02") == {"A": "-40", "C": "-10"}


def test_a_member_that_leaves_and_comes_back_counts_while_it_is_there(books: Books) -> None:
    books.program("parent", "parent").edges("A EAST - - 2026-01-31", "A EAST - 2026-03-01 -", "B EAST - - -")
    books.sell("B 100", "A 100 2026-01-31", "A 250 2026-02-01", "A 250 2026-02-28", "A 100 2026-03-01")
    assert books.run() == {"A/EAST": "50", "EAST": "30"}  # A alone in February, and EAST is its parent today


def test_a_part_below_zero_counts_as_zero_and_the_cent_too_many_goes_to_the_first_id(books: Books) -> None:
    books.program("parent", "self").edges(*EDGES).sell("A 100.05", "B 100.05", "EAST 100.05", "B -0.05", "C 1", "C -2")
    assert books.run() == {"A": "10.01", "B": "10", "EAST": "10"}
    books.sell("EAST -150", "A 200")
    assert books.run("2026-04-02") == {"A": "16.25", "B": "-1.25", "EAST": "-10"}  # 35.01 by 300.05 and 100


def test_a_fee_that_nobody_bought_for_is_shared_equally_by_all_who_take_part(books: Books) -> None:
    fee = SCALE.replace("all_units", "fixed").replace("{from: 300, rate: 10%}", "{from: 0, pays: 100}")
    books.program("parent", "self", fee).edges(*EDGES).sell("A 5", "A -5", "B 3", "B -3", "EAST 0")
    east = {"A": "33.34", "B": "33.33", "EAST": "33.33"}
    assert books.run() == {**east, "C": "50", "WEST": "50", "TOP": "100", "BANK": "100"}


def test_filters_and_enrolments_are_those_of_the_buyer(books: Books) -> None:
    books.program("parent", "parent", more="members: {include: [{type: dealer}], enrolled: true}")
    books.write(
        "extracts/enrolments1.csv", "program,member_id,valid_from,valid_to\ndeal,A,2020-01-01,\ndeal,B,2026-02-10,\n"
    )
    books.edges(*EDGES).sell("A 250", "B 50", "B 40 2026-02-09", "EAST 500", "C 900")
    assert books.run() == {"EAST": "30"}


def test_two_programs_may_accumulate_the_same_purchases_at_different_places(books: Books) -> None:
    books.program("root", "root").program("self", name="own").edges(*EDGES).sell("A 300", "C 100")
    assert books.run() == {"TOP": "40", "A": "30"}


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("past", "expected"),
    [
        (("A 100 2025-02-10", "B 100 2025-02-10"), {"EAST": "22"}),
        (("A 100 2025-02-10", "B 101 2025-02-10"), {}),  # 9.45 % of growth
        (("A 100 2025-02-10", "C 101 2025-02-10"), {}),  # C stood below EAST then
        (("A 100 2025-02-10", "C 100 2025-02-10", "TOP 50 2025-02-10"), {"EAST": "22"}),
        (("A 100 2025-02-10", "C 100 2025-02-10", "A 50 2025-01-09"), {"EAST": "22"}),  # A stood alone then
        (("A 100 2025-02-10", "C 100 2025-02-10", "A 50 2025-01-10"), {}),
    ],
)
def test_a_group_grows_against_what_was_bought_at_it_then(books: Books, past: tuple[str, ...], expected: Owed) -> None:
    books.program("parent", "parent", GROWTH).edges(
        "A EAST - 2025-01-10 -", "B EAST - - -", "C EAST - - 2025-12-31", "C WEST - 2026-01-01 -"
    )
    assert books.sell(*past, "A 110", "B 110", "C 500").run() == expected


def test_the_past_of_others_counts_only_while_the_filter_let_them_through(books: Books) -> None:
    books.program("parent", "parent", GROWTH, more="members: {include: [{type: dealer}], enrolled: true}")
    books.write("extracts/enrolments1.csv", "program,member_id,valid_from,valid_to\ndeal,A,2026-01-01,\n")
    books.edges(*EDGES).sell("EAST 900 2025-02-10", "B 100 2025-02-10", "A 100 2025-02-10", "A 220", "B 900")
    assert books.run() == {"EAST": "22"}


def test_who_is_paid_is_who_stands_there_on_the_as_of_day_and_stays_so(books: Books) -> None:
    books.program("self", "root").edges("A EAST - - 2026-04-01", "A WEST - 2026-04-02 -").sell("A 300")
    assert books.run("2026-04-01") == {"A/EAST": "30"}
    books.sell("A 100", "B 300")
    assert books.run("2026-04-02") == {"A/EAST": "10", "B": "30"}


@pytest.mark.parametrize(
    ("edges", "found"),
    [
        (
            ("A B - 2026-01-05 -", "B C - - 2026-03-31", "C A - - -"),
            r"extracts/edges01\.csv:2: A → B → C → A: a member stands above itself from 2026-01-05 to 2026-03-31 → ",
        ),
        (("A A - - -",), r"edges01\.csv:2: A → A: a member stands above itself from 2020-01-01 on"),
        (
            ("A EAST x - 2026-02-14", "A WEST y 2026-02-14 -"),
            r"edges01\.csv:3: 'A' has two parents from 2026-02-14 to 2026-02-14: 'EAST' and 'WEST'",
        ),
    ],
)
def test_a_hierarchy_that_does_not_hold_stops_the_run_by_name(books: Books, edges: tuple[str, ...], found: str) -> None:
    books.program("root", "root").edges(*edges).sell("A 300")
    with pytest.raises(BooksError, match=found):
        books.run()
    assert books.query("SELECT COUNT(*) FROM ledger") == [(0,)]
    books.program("self", "payee")  # nobody asks for the hierarchy any more
    assert books.run() == {"A": "30"}


def test_a_parent_that_is_no_member_stops_the_run_by_name(books: Books) -> None:
    books.write("extracts/members.csv", "member_id,name,parent_id\nA,a,B\nB,b,\nC,c,GONE\n")
    with pytest.raises(ExtractError, match=r"members\.csv:4: unknown member in parent_id"):
        books.program("parent", "self").sell("A 300").run()


def test_a_level_that_no_edge_has_stops_the_run_at_its_place_in_the_file(books: Books) -> None:
    with pytest.raises(RuleError, match=r"deal\.yaml:7:16: no edge of the hierarchy has the level 'regoin' → did you"):
        books.program("regoin", "self").edges(*EDGES).sell("A 300").run()


def test_check_knows_the_levels_that_were_loaded(books: Books) -> None:
    workspace = open_workspace(books.program("self").edges(*EDGES).sell("A 1").root)
    books.program("regoin", name="typo")
    check(workspace)  # nothing is loaded yet
    (books.root / "rules/typo.yaml").unlink()
    books.run()
    books.program("regoin", name="typo").program("region", name="sound")
    with pytest.raises(
        RuleError, match=r"^typo\.yaml:7:16: no edge of the hierarchy has the level 'regoin'"
    ) as refusal:
        check(workspace)
    assert len(refusal.value.problems) == 1


def test_explain_shows_a_member_its_part_and_the_node_all_of_them(books: Books) -> None:
    books.program("parent", "self").edges(*EDGES).sell(*SALES).run()
    workspace = open_workspace(books.root)
    shown = {}
    for member in ("A", "EAST"):
        tables = {table.name: table.frame for table in explain(workspace, member=member, program="deal", period="2026")}
        shown[member] = {
            "entitlements": tables["entitlements"].select(
                "member_id", "node_id", "measure", "tier", "node_amount", "part", "amount"
            ).rows(),
            "transactions": tables["transactions"].select("node_id", "member_id", "amount").rows(),
            "postings": tables["postings"].select("member_id", "amount").rows(),
        }  # fmt: skip
    own = ("A", "EAST", 330, 1, 33, 100, 10)
    assert shown["A"] == {
        "entitlements": [own], "transactions": [("EAST", "A", 100)], "postings": [("A", 10)],
    }  # fmt: skip
    assert shown["EAST"] == {
        "entitlements": [own, ("B", "EAST", 330, 1, 33, 200, 20), ("EAST", "EAST", 330, 1, 33, 30, 3)],
        "transactions": [("EAST", "A", 100), ("EAST", "B", 200), ("EAST", "EAST", 30)],
        "postings": [("A", 10), ("B", 20), ("EAST", 3)],
    }


@pytest.mark.parametrize(("to", "members"), [("parent", ["EAST"]), ("self", ["A", "B", "EAST"])])
def test_a_late_row_of_one_member_is_named_as_the_cause_of_what_changes_for_the_group(
    books: Books, to: str, members: list[str]
) -> None:
    books.program("parent", to).edges(*EDGES).sell(*SALES).run()
    books.sell("B -50").run("2026-04-02")  # below the first tier again
    causes = "SELECT member_id, cause, path FROM ledger JOIN origins USING (posting_id) JOIN loads USING (load_seq)"
    assert books.query(f"{causes} ORDER BY 1") == [(member, "late", "extracts/tx03.csv") for member in members]


def test_the_statement_of_a_member_shows_its_group_and_its_own_purchases_alone(books: Books) -> None:
    books.program("parent", "self").edges("A EAST - - 2026-02-14", "A WEST - 2026-02-15 -", "B EAST - - -")
    books.sell("A 100 2026-02-14", "B 200", "A 400 2026-02-15", "WEST 10").run()
    pages = pages_of(open_workspace(books.root))
    [page] = [page for name, page in pages.items() if name.startswith("a-")]
    row = re.compile(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>")
    facts = dict(row.findall(page))
    # Where it stands now; what it earned in both.
    assert facts["Group"] == "West"
    assert (facts["Purchases that count"], facts["Your part of it"]) == ("$410.00", "$400.00")
    assert (facts["Rebate of the group"], facts["Earned so far"], facts["In this payout"]) == (
        "$41.00",
        "$50.00",
        "$50.00",
    )
    assert "You changed your group in this period" in page
    assert [page.count(key) for key in ("1-0<", "1-1<", "1-2<", "1-3<")] == [0, 0, 1, 0]


def test_explain_of_a_member_whose_group_is_paid_says_where_its_purchases_count(books: Books) -> None:
    books.program("parent", "parent").edges(*EDGES).sell(*SALES).run()
    workspace = open_workspace(books.root)
    with pytest.raises(BooksError, match="what A buys counts for EAST in 'deal' → ask for EAST"):
        explain(workspace, member="A", program="deal", period="2026")
    tables = {t.name: t.frame for t in explain(workspace, member="EAST", program="deal", period="2026-Q1")}
    assert sorted(tables["transactions"]["member_id"]) == ["A", "B", "EAST"]


def test_the_days_of_a_group_are_those_of_any_of_its_buyers(books: Books) -> None:
    """31 days of A and 31 of B are 45 of 90 together: so 150 of 300 suffice, bought when each of them takes part."""
    books.write(
        "extracts/enrolments.csv",
        "program,member_id,valid_from,valid_to\ndeal,A,2026-01-01,2026-01-31\ndeal,B,2026-01-15,2026-02-14\n"
        "deal,C,2026-01-01,2026-02-13\n",
    )
    books.program("parent", more="members: {enrolled: true}\nprorate: thresholds").edges(*EDGES)
    books.sell("A 100 2026-01-10", "B 50 2026-02-14", "B 9999 2026-02-15", "C 146.66 2026-02-01")
    assert books.run() == {"A": "10", "B": "5"}
    books.sell("C 0.01 2026-02-13")  # 44 of 90 days: the bound is 146.666…
    assert books.run("2026-04-02") == {"C": "14.67"}


def test_a_limit_holds_for_the_group_before_its_members_share(books: Books) -> None:
    books.program("parent", rebate=SCALE + "    limits: {per_member: 20}\n").edges(*EDGES)
    assert books.sell("A 100", "B 200").run() == {"A": "6.67", "B": "13.33"}


def test_a_programs_limit_and_its_budget_hold_for_groups_too(books: Books) -> None:
    more = "limits: {per_member: 25}\nbudget: 40.01"
    books.program("parent", more=more).edges(*EDGES).sell("A 100", "B 200", "C 300")
    assert books.run() == {"A": "6.67", "B": "13.34", "C": "20"}


def test_a_stack_is_settled_for_the_group(books: Books) -> None:
    fixed = "    measure: revenue\n    method: fixed\n    tiers: [{from: 300, pays: 31}]\n"
    stacked = "    stack: {group: g, policy: best_of}\n"
    other = f"  other:\n    period: quarter\n{fixed}{stacked}"
    books.program("parent", rebate=f"{SCALE}{stacked}{other}").edges(*EDGES)
    assert books.sell("A 100", "B 200", "C 400").run() == {"A": "10.33", "B": "20.67", "C": "40"}
