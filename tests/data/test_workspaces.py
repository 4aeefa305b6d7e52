"""The shipped workspaces: their configuration and agreements are read, and speak of what is in their extracts."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.workspace.configuration import Workspace, open_workspace
from rules.authoring.check import check_programs
from rules.language.figures import Baseline
from rules.loading.load import read_programs
from schemas.catalogue import DATA_SETS

if TYPE_CHECKING:
    from rules.language.model import Program, Rebate, Title

DATA = Path(__file__).parents[2] / "data"
DEMO, JOURNEY = DATA / "demo", DATA / "journey"


def programs(root: Path) -> dict[str, Program]:
    folder = open_workspace(root).rules_dir
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))}
    return {program.id: program for program in read_programs(texts)}


@pytest.fixture(scope="module")
def demo() -> Workspace:
    return open_workspace(DEMO)


def test_every_source_of_the_demo_has_its_columns(demo: Workspace) -> None:
    assert {source.data_set for source in demo.config.sources} == DATA_SETS.keys() - {"payments"}
    for source in demo.config.sources:
        paths = sorted(demo.root.glob(source.path))
        assert paths, source.path
        for path in paths:
            with path.open(encoding=source.encoding, newline="") as file:
                header = next(csv.reader(file, delimiter=source.delimiter))
            found = {ours for ours, theirs in source.columns.items() if theirs in header}
            assert found == source.columns.keys(), path.name
            known = set(header) | found | source.constants.keys() | set(source.key)
            wanted = {column.name for column in DATA_SETS[source.data_set].columns if not column.nullable}
            assert wanted - known <= ({"transaction_id"} if source.key else set()), path.name


def test_the_agreements_are_read_by_people() -> None:
    demo = programs(DEMO)
    titles = [title for program in demo.values() for title in (program.title, *titles_of(program))]
    assert all(title and title.en and title.ja for title in titles)
    assert all(program.text.startswith("# ") for program in demo.values())
    assert len({program.reference for program in demo.values()}) == len(demo)
    assert programs(JOURNEY).keys() == {"shop-revenue", "fresh-produce", "private-label", "units-handled"}


@pytest.mark.parametrize("root", [DEMO, JOURNEY], ids=["demo", "journey"])
def test_both_sides_of_every_threshold_are_tested_in_the_files(root: Path) -> None:
    for program in programs(root).values():
        for name, rebate in program.rebates.items():
            figures = [case.when.qualifier for case in program.tests if case.rebate in {None, name}]
            tried = [figure for figure in figures if figure is not None]
            for tier in rebate.tiers:
                assert any(rounded(rebate, figure) >= tier.lower for figure in tried), (program.id, name, tier.bound)
                below = any(rounded(rebate, figure) < tier.lower for figure in tried)
                assert below or tier.lower == 0, (program.id, name, tier.bound)


@pytest.mark.parametrize("root", [DEMO, JOURNEY], ids=["demo", "journey"])
def test_the_files_pass_their_own_tests_and_leave_nothing_to_warn_of(root: Path) -> None:
    # Agreements that pay on the same sale are what the demo is about; how the payment leaps at a bound is no fault, and
    # what an agreement leaves open is no more than told.
    expected = {"double-payment", "cliff", "left-open"}
    assert [f for f in check_programs(tuple(programs(root).values())) if f.kind not in expected] == []


def titles_of(program: Program) -> list[Title | None]:
    return [rebate.title for rebate in program.rebates.values()]


def rounded(rebate: Rebate, figure: Decimal) -> Decimal:
    digits = rebate.qualifier.round
    return figure if digits is None else figure.quantize(Decimal(1).scaleb(-digits), rounding="ROUND_HALF_UP")


def test_the_published_growth_scale_stands_in_the_demo() -> None:
    rebate = programs(DEMO)["dealer-growth-2026"].rebates["annual-growth"]
    assert [(tier.bound, tier.is_strict, tier.pays) for tier in rebate.tiers] == [
        (Decimal(2), False, Decimal(2000)),
        (Decimal(5), False, Decimal(3000)),
        (Decimal(7), True, Decimal(4000)),
    ]
    assert (rebate.qualifier.kind, rebate.qualifier.baseline, rebate.qualifier.round) == (
        "growth_percent",
        Baseline("previous_year"),
        0,
    )


def test_enrolments_targets_and_baselines_speak_of_programs_that_exist() -> None:
    known = {(program.id, name) for program in programs(DEMO).values() for name in program.rebates}
    for name in ("targets", "baselines"):
        with (DEMO / "extracts" / f"{name}.csv").open(encoding="utf-8") as file:
            assert {(row["program"], row["rebate"]) for row in csv.DictReader(file)} <= known
    with (DEMO / "extracts" / "enrolments.csv").open(encoding="utf-8") as file:
        enrolled = {row["program"] for row in csv.DictReader(file)}
    assert enrolled == {program.id for program in programs(DEMO).values() if program.members.enrolled}
