"""Changes: what happened since a run, by cause, with the rows, files and rules behind it; it adds up to the ledger."""

from __future__ import annotations

from decimal import Decimal
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from pipelines.audit.changes import BOUND as BOUND_WORDS
from pipelines.audit.changes import changes
from pipelines.audit.explain import explain
from pipelines.audit.verify import holds, verify
from pipelines.books import runs
from rules import engine
from rules.money import round_money
from schemas.errors import BooksError
from tests.disputing import Dispute, dispute
from tests.pipelines.history import CONFIG, DAYS, HEADER, PROGRAM, History

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sampled(6, of="module")


def shown(history: History, since: str, name: str) -> pl.DataFrame:
    return next(table.frame for table in changes(history.workspace, since) if table.name == name)


def waterfall(history: History, since: str) -> list[tuple[Any, ...]]:
    """Give member, period, cause, before and after of all that was earned."""
    frame = shown(history, since, "changes").filter(pl.col("member_id") != "")
    names = ("member_id", "period", "cause", "before", "after")
    return [(*row[:3], f"{row[3]:.2f}", f"{row[4]:.2f}") for row in frame.select(names).iter_rows()]


def because(history: History, since: str) -> dict[tuple[str, str], str]:
    frame = shown(history, since, "changes").select("member_id", "cause", "because")
    return {(member, cause): text for member, cause, text in frame.iter_rows()}


def test_every_cause_is_told_from_the_others(past_books: History) -> None:
    """A: 1000, 200 late, 12 % for 10 %, a late return of 1150; of 1000 in Q2, 400 are disputed.

    B: 500 corrected to 450, 12 %, 300 of oil counts too, and a favour.
    """
    assert waterfall(past_books, DAYS[0]) == [
        ("B", "2026-Q1", "adjustment", "0.00", "7.50"),
        ("A", "2026-Q1", "late", "100.00", "-24.00"),
        ("A", "2026-Q1", "rule_change", "-24.00", "0.00"),
        ("A", "2026-Q2", "settled", "0.00", "120.00"),
        ("A", "2026-Q2", "excluded", "120.00", "72.00"),
        ("B", "2026-Q1", "corrected", "50.00", "45.00"),
        ("B", "2026-Q1", "rule_change", "45.00", "54.00"),
        ("B", "2026-Q1", "data", "54.00", "90.00"),
    ]
    assert waterfall(past_books, DAYS[1]) == [
        ("B", "2026-Q1", "adjustment", "0.00", "7.50"),
        ("A", "2026-Q1", "rule_change", "120.00", "144.00"),
        ("A", "2026-Q1", "late", "144.00", "0.00"),
        ("A", "2026-Q2", "settled", "0.00", "120.00"),
        ("A", "2026-Q2", "excluded", "120.00", "72.00"),
        ("B", "2026-Q1", "rule_change", "45.00", "54.00"),
        ("B", "2026-Q1", "data", "54.00", "90.00"),
    ]


def test_every_cause_names_what_is_behind_it(past_books: History) -> None:
    found = because(past_books, DAYS[0])
    assert found["A", "late"] == "extracts/tx-2.csv:2; extracts/tx-3.csv:2"
    assert found["B", "corrected"] == "extracts/tx-2.csv:3"
    assert found["B", "data"] == "extracts/products-2.csv"
    assert found["A", "excluded"] == "extracts/tx-2.csv:4"
    assert found["B", "adjustment"].endswith("goodwill: late delivery")
    assert found["A", "rule_change"] == "tier 1: 10 % → 12 %"


def test_two_causes_at_once_are_named_together(history: History) -> None:
    history.write("rules/deal.yaml", PROGRAM.format(rate="20%"))
    late, corrected = (
        "9,B,P,2026-03-31,2026-07-10,sale,1,each,250,USD",
        "2,B,P,2026-02-10,2026-07-09,sale,1,each,400,USD",
    )
    history.sell("4", late, corrected)
    history.run("2026-07-11")
    assert ("B", "2026-Q1", "corrected + late + rule_change", "90.00", "190.00") in waterfall(history, DAYS[-1])


def test_a_corrected_row_that_went_elsewhere_explains_both_sides(history: History) -> None:
    """Row 2 was B's and is A's: what B loses was caused by the same line of the same file as what A wins."""
    history.sell("4", "2,A,P,2026-02-10,2026-07-10,sale,1,each,450,USD")
    history.run("2026-07-11")
    found = because(history, DAYS[-1])
    assert found["B", "corrected"] == "extracts/tx-4.csv"
    assert found["A", "corrected"] == "extracts/tx-4.csv:2"


def test_a_row_known_before_it_was_received_is_late_from_then_on(history: History) -> None:
    history.sell("4", "9,B,P,2026-03-31,2026-08-10,sale,1,each,100,USD")
    history.run("2026-07-11")
    assert waterfall(history, DAYS[-1]) == []
    history.run("2026-08-11")
    assert waterfall(history, DAYS[-1]) == [("B", "2026-Q1", "late", "90.00", "102.00")]


def test_a_rebate_that_was_taken_out_is_a_rule_change(history: History) -> None:
    text = PROGRAM.format(rate="12%").replace("  only:", "  other:")
    history.write("rules/deal.yaml", text)
    history.run("2026-07-11")
    assert ("B", "2026-Q1", "rule_change", "90.00", "0.00") in waterfall(history, DAYS[-1])


def test_the_differences_add_up_to_the_ledger(past_books: History) -> None:
    total = past_books.ask("SELECT SUM(amount) AS amount FROM ledger")["amount"].item()
    for day in DAYS:
        summary, causes, ledger, found = changes(past_books.workspace, day)
        differences = sum(found.frame["difference"], Decimal(0))
        assert {sum(table.frame["difference"], Decimal(0)) for table in (summary, causes, ledger)} == {differences}
        assert ledger.frame["before"].item() + differences == ledger.frame["after"].item() == total
        assert ledger.frame["is_tied_out"].all()


def test_nothing_changed_since_the_last_run(past_books: History) -> None:
    summary, causes, ledger, found = changes(past_books.workspace, DAYS[-1])
    assert summary.frame.is_empty()
    assert found.frame.is_empty()
    assert causes.frame.is_empty()
    assert ledger.frame["difference"].item() == 0


def test_changes_since_nothing_are_refused(past_books: History) -> None:
    with pytest.raises(BooksError, match="was posted"):
        changes(past_books.workspace, "2026-01-01")


def test_a_row_let_in_again_is_told_as_such(history: History) -> None:
    dispute(history.workspace, Dispute("6", "settled", "it was ordered"), excludes=False, person="bob")
    history.run("2026-07-11")
    assert waterfall(history, DAYS[-1]) == [("A", "2026-Q2", "included", "72.00", "120.00")]
    assert because(history, DAYS[-1])["A", "included"] == "extracts/tx-2.csv:4"


@pytest.mark.long
def test_a_late_row_explains_the_parts_of_its_whole_group(tmp_path: Path) -> None:
    """A and B are added up at Z and share what it earns: what A buys late moves B's part too."""
    books = History(tmp_path / "group")
    books.write("rebatch.yaml", CONFIG)
    books.write("extracts/members.csv", "member_id,name,parent_id\nA,Alpha,Z\nB,Beta,Z\nZ,Zeta,\n")
    books.write("extracts/products.csv", "product_id,name,category\nP,Pad,pads\n")
    program = PROGRAM.format(rate="10%").replace("pay_to: payee", "pay_to: self\naccumulate_at: parent")
    tier = "{from: 100, rate: 10%}"
    books.write("rules/deal.yaml", program.replace(tier, tier + ", {from: 900, rate: 20%}"))
    sale = "{},{},P,2026-01-10,{},sale,1,each,{},USD"
    books.sell("1", sale.format(1, "A", "2026-01-11", 400), sale.format(2, "B", "2026-01-11", 400))
    books.run(DAYS[0])
    books.sell("2", sale.format(3, "A", "2026-04-20", 100))
    books.run(DAYS[1])
    assert waterfall(books, DAYS[0]) == [
        ("A", "2026-Q1", "late", "40.00", "100.00"),
        ("B", "2026-Q1", "late", "40.00", "80.00"),
    ]
    assert because(books, DAYS[0])["B", "late"] == "extracts/tx-2.csv:2"


def test_the_summary_says_in_words_what_changed_for_how_many(past_books: History) -> None:
    summary = shown(past_books, DAYS[0], "summary").filter(pl.col("rebate") == "only")
    said = {row["cause"]: (row["what"], row["figures"], row["difference"]) for row in summary.to_dicts()}
    assert said["rule_change"] == ("tier 1: 10 % → 12 %", 2, Decimal(33))
    assert said["late"] == ("extracts/tx-2.csv; extracts/tx-3.csv", 1, Decimal(-124))
    assert said["corrected"] == ("extracts/tx-2.csv", 1, Decimal(-5))


BOUND = """
program: deal
title: Deal
reference: r
currency: USD
effective: {{from: 2026-01-01, to: 2026-12-31}}
{provision}
rebates:
  oils: {{period: quarter, measure: revenue, products: {{include: [{{category: oils}}]}}, method: all_units,
         tiers: [{{from: 1, rate: 10%}}]}}
  pads: {{period: quarter, measure: revenue, products: {{include: [{{category: pads}}]}}, method: all_units,
         tiers: [{{from: 1, rate: 10%}}]}}
"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("provision", "later", "cause", "what", "difference"),
    [
        # Scaled in the first quarter by what is bought in the second: 20 and 20 to 15 and 15.
        ("budget: 45", "3,B,P,2026-05-10", "budget", "2 figures scaled to the budget of the program", -10),
        # Oils come first, and leave 25 less 20 of the limit for pads.
        ("limits: {per_member: 25}", "3,B,O,2026-02-10", "limit", "1 figure held to the limit of the program", -15),
        # Oils pay as much as pads now, and come first.
        (
            "rebates: best_of",
            "3,B,O,2026-02-10",
            "stacking",
            "1 figure moved by other rebates of the stack group",
            -20,
        ),
    ],
)
def test_a_figure_that_moves_with_others_says_what_binds_it(
    tmp_path: Path, provision: str, later: str, cause: str, what: str, difference: int
) -> None:
    books = History(tmp_path / "bound")
    books.write("rebatch.yaml", CONFIG)
    books.write("extracts/members.csv", "member_id,name\nA,Alpha\nB,Beta\n")
    books.write("extracts/products.csv", "product_id,name,category\nP,Pad,pads\nO,Oil,oils\n")
    books.write("rules/deal.yaml", bound_by(provision))
    sale = "{},2026-06-11,sale,1,each,200,USD"
    books.sell(
        "1", *(f"{n},{member},P,2026-01-10,2026-01-11,sale,1,each,200,USD" for n, member in ((1, "A"), (2, "B")))
    )
    books.run("2026-04-05")
    books.sell("2", sale.format(later))
    books.run("2026-07-05")
    summary = shown(books, "2026-04-05", "summary").filter(cause=cause)
    assert summary.select("rebate", "what", "difference").rows() == [("pads", what, Decimal(difference))]
    causes = shown(books, "2026-04-05", "causes")
    assert set(causes["cause"]) <= {"settled", "late", "carry_forward", cause}
    assert verifies(books)


def bound_by(provision: str) -> str:
    """Write the program with a provision of its own, or with rebates that stack by this policy."""
    of_rebates, _, policy = provision.partition("rebates: ")
    text = BOUND.format(provision=of_rebates)
    stacked = f"stack: {{group: g, policy: {policy}}}, method:"
    return text.replace("method:", stacked) if policy else text


def verifies(books: History) -> bool:
    return holds(verify(books.workspace))


@pytest.mark.long
@pytest.mark.parametrize(("was", "cause"), [("0.0.9", "version"), (version("rebatch"), "recomputed")])
def test_a_figure_that_changed_by_itself_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, was: str, cause: str
) -> None:
    """The first run was made by a Rebatch that paid whole amounts: nothing else differs."""
    books = History(tmp_path / "older")
    books.write("rebatch.yaml", CONFIG)
    books.write("extracts/members.csv", "member_id,name\nA,Alpha\n")
    books.write("extracts/products.csv", "product_id,name,category\nP,Pad,pads\n")
    books.write("rules/deal.yaml", PROGRAM.format(rate="10%"))
    books.sell("1", "1,A,P,2026-01-10,2026-01-11,sale,1,each,1005,USD")
    with monkeypatch.context() as older:
        older.setattr(engine, "round_money", lambda amount, _: round_money(amount, 0))
        older.setattr(runs, "version", lambda _: was)
        books.run(DAYS[0])
    books.run(DAYS[1])
    assert waterfall(books, DAYS[0]) == [("A", "2026-Q1", cause, "101.00", "100.50")]
    summary = shown(books, DAYS[0], "summary").filter(rebate="only")
    assert summary["what"].to_list() == [BOUND_WORDS[cause].format(figures="1 figure")]


RETURNS = PROGRAM.replace("    method: all_units", "    returns: with_sale\n    method: all_units")
WITH_SALE = HEADER + ",original_id"


def returning(root: Path, *rows: str) -> History:
    """Make books that settled the first quarter and half of the second, with a rebate that counts returns by sale."""
    books = History(root)
    books.write("rebatch.yaml", CONFIG)
    books.write("extracts/members.csv", "member_id,name\nA,Alpha\n")
    books.write("extracts/products.csv", "product_id,name,category\nP,Pad,pads\n")
    books.write("rules/deal.yaml", RETURNS.format(rate="10%"))
    books.sell("1", *rows, header=WITH_SALE)
    books.run("2026-07-05")
    return books


SALE = "1,A,P,2026-01-10,2026-01-11,sale,1,each,1000,USD,"
MORE = "3,A,P,2026-04-10,2026-04-11,sale,1,each,500,USD,"
RETURN = "2,A,P,2026-05-10,2026-05-11,return,-1,each,-100,USD,1"


@pytest.mark.long
def test_a_late_sale_that_takes_its_return_along_is_named_in_both_periods(tmp_path: Path) -> None:
    books = returning(tmp_path / "late", MORE, RETURN)
    books.write("extracts/products-2.csv", "product_id,name,category\nP,Pad,pads\nO,Oil,oils\n")  # changes nothing
    books.sell("2", SALE.replace("2026-01-11", "2026-07-06"), header=WITH_SALE)
    books.run("2026-07-10")
    assert waterfall(books, "2026-07-05") == [
        ("A", "2026-Q1", "late + moved", "0.00", "90.00"),
        ("A", "2026-Q2", "moved", "40.00", "50.00"),
    ]
    assert because(books, "2026-07-05")["A", "moved"] == "returns moved with their sale 1: extracts/tx-2.csv:2"


@pytest.mark.long
def test_a_corrected_day_of_a_sale_moves_its_return(tmp_path: Path) -> None:
    """The day of the sale was wrong: sale and return go into the quarter in which the return came."""
    books = returning(tmp_path / "corrected", SALE, MORE, RETURN)
    books.sell("2", SALE.replace("2026-01-10,2026-01-11", "2026-06-10,2026-07-06"), header=WITH_SALE)
    books.run("2026-07-10")
    assert waterfall(books, "2026-07-05") == [
        ("A", "2026-Q1", "corrected + moved", "90.00", "0.00"),
        ("A", "2026-Q2", "corrected + moved", "50.00", "140.00"),
    ]


@pytest.mark.long
def test_a_late_return_is_the_cause_in_the_period_of_its_sale_alone(tmp_path: Path) -> None:
    books = returning(tmp_path / "return", SALE, MORE)
    books.sell("2", RETURN.replace("2026-05-11", "2026-07-06"), header=WITH_SALE)
    books.run("2026-07-10")
    assert waterfall(books, "2026-07-05") == [("A", "2026-Q1", "late", "100.00", "90.00")]
    assert because(books, "2026-07-05")["A", "late"] == "extracts/tx-2.csv:2"


def test_a_disputed_return_is_out_where_it_counted(tmp_path: Path) -> None:
    books = returning(tmp_path / "excluded", SALE, MORE, RETURN)
    dispute(books.workspace, Dispute("2", "disputed", "never sent back"), excludes=True, person="ann")
    books.run("2026-07-10")
    assert waterfall(books, "2026-07-05") == [("A", "2026-Q1", "excluded", "90.00", "100.00")]
    out = {
        period: [table.frame["transaction_id"].to_list() for table in tables if table.name == "excluded"]
        for period in ("2026-Q1", "2026-Q2")
        if (tables := explain(books.workspace, member="A", program="deal", period=period))
    }
    assert out == {"2026-Q1": [["2"]], "2026-Q2": []}
