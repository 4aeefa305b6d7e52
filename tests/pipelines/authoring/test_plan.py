"""Plan: what it says is what a run posts, to the cent, and nothing is posted by saying it."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from lxml import html  # type: ignore[import-untyped]

from pipelines.authoring import planned_run
from pipelines.authoring.plan import plan, write_plan
from pipelines.books.runs import Run
from pipelines.calculation.aggregate import scan
from pipelines.intake.extract import extract
from pipelines.intake.stage import stage
from pipelines.workspace.lock import hold
from reports.page.language import Language
from rules.money import MINOR_UNITS
from schemas.errors import BooksError, WorkspaceBusyError
from tests.disputing import Dispute, dispute
from tests.pipelines.history import CONFIG, DAYS, PROGRAM, History

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.authoring.plan import Plan

pytestmark = pytest.mark.sampled(3, of="module")

LAST = date.fromisoformat(DAYS[-1])
KEY = ("kind", "program", "rebate", "member_id", "payee_id", "period", "payout_period", "currency", "amount")
NOW = PROGRAM.format(rate="12%")
OTHER = NOW.replace("program: deal", "program: other").replace("from: 100, rate", "from: 1, rate")


@pytest.fixture
def books(history: History) -> History:
    return history


def planned(made: Plan) -> list[tuple[object, ...]]:
    """List what a plan says, as postings."""
    lines = made.changes.lines.rename({"change": "amount"}).select(KEY)
    moves = made.changes.moves.select(KEY)
    return sorted(pl.concat([lines, moves]).iter_rows())


def posted_by(books: History, as_of: str) -> list[tuple[object, ...]]:
    run_id = books.run(as_of)
    return sorted(books.ask(f"SELECT {', '.join(KEY)} FROM ledger WHERE run_id = '{run_id}'").iter_rows())


def load(books: History) -> None:
    """Load what lies in the extracts, as a run does that is ended before it computes."""
    for step in (extract, stage):
        step(books.workspace, Run(LAST))


@pytest.mark.parametrize(
    ("text", "as_of"),
    [
        pytest.param(NOW.replace("12%", "3%"), DAYS[-1], marks=pytest.mark.long),
        (NOW.replace("[{from: 100, rate: 12%}]", "[{from: 0, rate: 1%}, {from: 800, rate: 20%}]"), "2026-11-01"),
        *(
            pytest.param(*case, marks=pytest.mark.long)
            for case in (
                (NOW.replace("period: quarter", "period: month"), DAYS[-1]),
                (NOW.replace("to: 2026-12-31", "to: 2026-03-31"), "2026-11-01"),
                (NOW.replace("  only:", "  another:"), DAYS[-1]),
            )
        ),
    ],
    ids=["rate", "scale", "period", "end", "name"],
)
def test_a_run_posts_what_was_planned(books: History, text: str, as_of: str) -> None:
    books.write("rules/deal.yaml", text)
    if as_of != DAYS[-1]:
        late = "9,A,P,2026-02-28,2026-07-04,sale,1,each,750,USD"
        books.sell("4", late, "10,B,P,2026-08-01,2026-08-02,sale,1,each,333.33,USD")
        books.write("rules/other.yaml", OTHER)
        load(books)
    said = planned(plan(books.workspace, date.fromisoformat(as_of)))
    assert said
    assert said == posted_by(books, as_of)


@pytest.mark.long
def test_extracts_that_no_run_has_loaded_are_seen_if_asked_for(books: History) -> None:
    books.write("rules/deal.yaml", NOW.replace("12%", "3%"))
    without = planned(plan(books.workspace))
    books.sell("4", "9,A,P,2026-02-28,2026-07-04,sale,1,each,750,USD")
    assert planned(plan(books.workspace)) == without
    made = plan(books.workspace, with_extracts=True)
    assert made.changes.totals["by_data"].sum() != 0
    assert planned(made) != without
    assert planned(plan(books.workspace)) == without
    assert planned(made) == posted_by(books, DAYS[-1])


def test_nothing_to_change_is_nothing_to_post(books: History) -> None:
    made = plan(books.workspace)
    assert made.as_of == LAST
    assert planned(made) == []
    assert made.changes.programs["wording"].to_list() == ["as posted"]
    assert made.changes.members.is_empty()


def test_only_what_was_edited_is_rated(books: History, monkeypatch: pytest.MonkeyPatch) -> None:
    rated: list[list[str]] = []

    def scanned(connection: Any, programs: Any, run: Any, **named: Any) -> None:
        rated.append([program.id for program in programs])
        scan(connection, programs, run, **named)

    monkeypatch.setattr(planned_run, "scan", scanned)
    assert planned(plan(books.workspace)) == []
    assert rated == []
    # What only the program that is not rated again needs, such as the days of sales, is not made either.
    books.write("rules/deal.yaml", NOW.replace("    period:", "    returns: with_sale\n    period:"))
    books.write("rules/other.yaml", OTHER)
    books.run(DAYS[-1])
    books.write("rules/other.yaml", OTHER.replace("12%", "7%"))
    said = planned(plan(books.workspace))
    assert rated == [["other"]]
    # What another configuration would change is not known: nothing is kept.
    books.write("rebatch.yaml", f"{CONFIG}memory_limit: 1GB\n")
    assert planned(plan(books.workspace)) == said
    assert rated == [["other"], ["deal", "other"]]
    assert said
    assert said == posted_by(books, DAYS[-1])


def test_what_the_last_run_found_is_not_kept_once_people_took_sales_out(books: History) -> None:
    dispute(books.workspace, Dispute("8", "disputed", "never ordered"), excludes=True, person="ann")
    said = planned(plan(books.workspace))
    assert ("restatement", Decimal(-72)) in {(line[0], line[-1]) for line in said}
    assert said == posted_by(books, DAYS[-1])


def test_the_books_are_not_touched(books: History) -> None:
    books.write("rules/deal.yaml", NOW.replace("12%", "15%"))
    before = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in books.root.rglob("*") if path.is_file()}
    plan(books.workspace)
    after = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in books.root.rglob("*") if path.is_file()}
    before.pop(books.root / "warehouse.lock", None)
    after.pop(books.root / "warehouse.lock", None)
    assert after == before


@pytest.mark.long
def test_rules_and_data_each_have_their_part(books: History) -> None:
    # Alpha bought for 1,200 at 12 %, and 1,150 came back: 50 is below the bound. Another 750 makes 800 of it.
    books.sell("4", "9,A,P,2026-02-28,2026-07-04,sale,1,each,750,USD")
    load(books)
    books.write("rules/deal.yaml", NOW.replace("12%", "15%"))
    lines = plan(books.workspace).changes.lines
    [alpha] = lines.filter(member_id="A", period="2026-Q1").to_dicts()
    assert (alpha["by_data"], alpha["by_rules"]) == (Decimal(96), Decimal(24))
    assert alpha["posted"] + alpha["change"] == alpha["after"] == Decimal(120)
    [beta] = lines.filter(member_id="B", period="2026-Q1").to_dicts()
    assert (beta["by_data"], beta["by_rules"]) == (Decimal(0), Decimal("22.50"))
    # Another wording of another program takes no part in what the data does.
    books.write("rules/deal.yaml", NOW)
    [alpha] = plan(books.workspace).changes.lines.to_dicts()
    assert (alpha["by_data"], alpha["by_rules"]) == (Decimal(96), Decimal(0))


def test_sums_are_those_of_the_lines(books: History) -> None:
    books.write("rules/deal.yaml", NOW.replace("12%", "15%"))
    books.write("rules/other.yaml", OTHER)
    changes = plan(books.workspace).changes
    frames = (changes.lines, changes.totals, changes.programs, changes.members)
    assert len({frame["change"].sum() for frame in frames}) == 1
    assert dict(changes.programs.select("program", "wording").iter_rows()) == {"deal": "edited", "other": "new"}
    [total] = changes.totals.to_dicts()
    earned = "SELECT SUM(amount) AS posted FROM ledger WHERE kind IN ('rebate', 'restatement', 'adjustment')"
    assert total["posted"] == books.ask(earned).item()
    assert total["up"] + total["down"] == total["change"]


@pytest.mark.long
def test_running_periods_are_told_though_nothing_is_posted_for_them(books: History) -> None:
    books.sell("4", "9,A,P,2026-07-04,2026-07-05,sale,1,each,1000,USD")
    books.run(DAYS[-1])
    books.write("rules/deal.yaml", NOW.replace("12%", "15%"))
    [row] = plan(books.workspace).changes.running.to_dicts()
    assert (row["before"], row["after"], row["change"]) == (Decimal(120), Decimal(150), Decimal(30))


@pytest.mark.long
def test_one_member_or_program_only(books: History) -> None:
    books.write("rules/deal.yaml", NOW.replace("12%", "15%"))
    books.write("rules/other.yaml", OTHER)
    of_beta = plan(books.workspace, member="B").changes
    assert set(of_beta.lines["member_id"]) == {"B"}
    # Beta is paid through Zeta: what Zeta is paid is what Beta earns.
    assert plan(books.workspace, member="Z").changes.lines.equals(of_beta.lines.filter(payee_id="Z"))
    assert set(plan(books.workspace, program="other").changes.lines["program"]) == {"other"}


def test_a_plan_before_the_first_run_or_within_one_is_refused(books: History, tmp_path: Path) -> None:
    with hold(books.workspace.lock_path), pytest.raises(WorkspaceBusyError):
        plan(books.workspace)
    books.change("UPDATE runs SET state = 'computing'")
    with pytest.raises(BooksError, match="nothing has been posted"):
        plan(books.workspace)


def test_the_books_cannot_go_back(books: History) -> None:
    with pytest.raises(BooksError, match=DAYS[-1]):
        plan(books.workspace, date(2026, 1, 1))


@pytest.mark.long
def test_the_page_has_every_change_and_takes_nothing_for_markup(books: History, tmp_path: Path) -> None:
    books.write("rules/deal.yaml", NOW.replace("12%", "15%"))
    books.write("extracts/members-2.csv", "member_id,name,payee_id\n<b>M&M</b>,Mars,\n")
    books.sell("4", "9,<b>M&M</b>,P,2026-02-28,2026-07-04,sale,1,each,750,USD")
    load(books)
    made = plan(books.workspace)
    page = tmp_path / "plan.html"
    write_plan(made, page, books.workspace, Language("en", MINOR_UNITS))
    tree = html.fromstring(page.read_bytes())
    cells = [[cell.text for cell in row] for row in tree.xpath("//section[4]//tbody/tr")]
    assert len(cells) == made.changes.lines.height == 3
    assert "<b>M&M</b>" in [row[2] for row in cells]
    assert not tree.xpath("//b")
    assert not tree.xpath("//script | //@src | //@href")
