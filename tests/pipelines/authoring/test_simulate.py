"""Simulation: what it says proposed rules would have paid is what a run by those rules computes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pipelines.authoring.simulate import PAID_SQL, simulate, write_simulation
from pipelines.books.runs import Run
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace
from reports.page.language import Language
from rules.authoring.simulation import moved_back, years_back
from rules.loading.load import read_programs
from schemas.errors import BooksError, RuleError
from tests.conftest import ROOT
from tests.faults.disturbed import books_of
from tests.faults.journey import PROGRAM, make_workspace
from tests.posting import post_run

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

pytestmark = pytest.mark.sampled(4, of="module")

DAY = date(2026, 10, 5)
PROPOSED = PROGRAM.replace("from: 100, rate: 10%", "from: 1000, rate: 12%")
ENROLMENTS = "program,member_id,valid_from,valid_to\ndeal,A,2027-01-01,2027-12-31\ndeal,B,2028-01-01,2028-12-31\n"
SOURCE = "  - {data_set: enrolments, path: extracts/enrolments.csv, format: csv}\n"
NEXT_YEAR = PROPOSED.replace("2026-", "2027-").replace("negative:", "members: {enrolled: true}\nnegative:")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root: Path = tmp_path_factory.mktemp("simulate")
    make_workspace(root)
    config = root / "rebatch.yaml"
    config.write_text(config.read_text(encoding="utf-8") + SOURCE, encoding="utf-8")
    (root / "extracts" / "enrolments.csv").write_text(ENROLMENTS, encoding="utf-8")
    workspace = open_workspace(root)
    post_run(workspace, Run(DAY))
    return workspace


@pytest.fixture
def proposed(tmp_path: Path) -> Path:
    (tmp_path / "deal.yaml").write_text(PROPOSED, encoding="utf-8")
    return tmp_path / "deal.yaml"


def test_cost_winners_losers_and_tiers(workspace: Workspace, proposed: Path) -> None:
    before = books_of(workspace.root)
    made = simulate(workspace, proposed, 2026)
    assert books_of(workspace.root) == before
    # A bought 1,520 and then 900, B 6,000, C 300: today 10 % of each from 100, proposed 12 % from 1,000.
    assert made.found.totals.rows() == [("USD", Decimal(872), Decimal("902.4"), Decimal("30.4"), 3, 1, 2)]
    changes = [(row["member_id"], row["change"]) for row in made.found.members.iter_rows(named=True)]
    assert changes == [("B", Decimal(120)), ("C", Decimal(-30)), ("A", Decimal("-59.6"))]
    reached = [row[2:] for row in made.found.tiers.rows()]
    assert reached == [(0, "USD", 0, 0, 2, 0), (1, "USD", 4, Decimal(872), 2, Decimal("902.4"))]
    winners, losers = made.tables(1)[-2:]
    assert (winners.title, losers.title) == ("Who wins", "Who loses, the first 1 of 2")
    assert losers.rows()[0]["member_id"] == "A"


def test_it_is_what_a_run_by_the_proposed_rules_computes(workspace: Workspace, proposed: Path, tmp_path: Path) -> None:
    made = simulate(workspace, proposed.parent, 2026)
    other = tmp_path / "other"
    make_workspace(other)
    (other / "rules" / "deal.yaml").write_text(PROPOSED, encoding="utf-8")
    post_run(open_workspace(other), Run(DAY))
    with connect(open_workspace(other), read_only=True) as connection:
        paid = connection.sql(PAID_SQL, params={"first": date(2026, 1, 1), "last": date(2026, 12, 31)}).pl()
    assert made.found.rebates["proposed"].sum() == paid["amount"].sum() == Decimal("902.4")


def test_rules_of_another_year_are_moved_with_their_enrolments(workspace: Workspace, proposed: Path) -> None:
    proposed.write_text(NEXT_YEAR, encoding="utf-8")
    made = simulate(workspace, proposed, 2026)
    assert made.programs.rows() == [("deal", "edited", 1)]
    # Only A is enrolled in the year of the proposal.
    assert made.found.totals["proposed"].to_list() == [Decimal("182.4")]


def test_a_new_program_is_compared_with_nothing(workspace: Workspace, proposed: Path) -> None:
    proposed.write_text(PROPOSED.replace("program: deal", "program: other"), encoding="utf-8")
    made = simulate(workspace, proposed, 2026)
    assert made.programs.rows() == [("other", "new", 0)]
    assert made.found.totals.rows() == [("USD", Decimal(0), Decimal("902.4"), Decimal("902.4"), 3, 2, 0)]


def test_a_page_has_all_of_it(workspace: Workspace, proposed: Path, tmp_path: Path) -> None:
    made = simulate(workspace, proposed, 2026)
    told = {
        "en": ("2026 up to October 5, 2026", "Who wins", "902.40", "-59.60", "Nothing has been posted", "edited"),
        "de": (
            "2026 bis zum 5. Oktober 2026",
            "Wer gewinnt",
            "902,40",
            "-59,60",
            "Es wurde nichts gebucht",
            "geändert",
        ),
    }
    for tag, texts in told.items():
        write_simulation(made, tmp_path / "page.html", workspace, Language(tag, {}))
        page = (tmp_path / "page.html").read_text(encoding="utf-8")
        assert [text for text in texts if text not in page] == []


def test_what_cannot_be_simulated_is_told(workspace: Workspace, proposed: Path) -> None:
    with pytest.raises(BooksError, match="2027 has not begun"):
        simulate(workspace, proposed, 2027)
    proposed.write_text("calendar: mine\n", encoding="utf-8")
    with pytest.raises(RuleError):
        simulate(workspace, proposed, 2026)
    with pytest.raises(RuleError, match="cannot be read"):
        simulate(workspace, proposed.with_name("none.yaml"), 2026)


def test_a_program_with_a_calendar_of_its_own_is_not_moved() -> None:
    folder = ROOT / "rules" / "programs"
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.yaml")}
    programs = {program.file: program for program in read_programs(texts)}
    chains, terms = programs["store-chains.yaml"], programs["distributor-terms-2026.yaml"]
    assert years_back(chains, 2026) == 0
    with pytest.raises(RuleError, match="its calendar cannot be moved to 2023"):
        years_back(chains, 2023)
    assert moved_back(terms, years_back(terms, 2024)).effective.start == date(2024, 1, 1)
    assert moved_back(terms, 2).version == terms.version
