"""Measures of visits from the books: what was loaded is what is counted, also when a visit is opened again."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.books.runs import Run
from pipelines.visits.measures import measures, period_ends
from pipelines.workspace.configuration import open_workspace
from schemas.errors import TerminalError
from tests.pipelines.visits.conftest import EXTRACTS, make
from tests.posting import post_run

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

pytestmark = pytest.mark.sampled(3, of="module")

SINCE = date(2026, 7, 1)


def tables(workspace: Workspace, **asked: Any) -> dict[str, list[dict[str, Any]]]:
    return {table.name: table.frame.to_dicts() for table in measures(workspace, **asked)}


def test_each_rep_is_measured_by_its_visits(company: Workspace) -> None:
    found = tables(company, by=["rep_id"], per="quarter", since=SINCE)
    of_r1, of_r2 = found["visits"]
    shown = ("planned", "made", "abandoned", "unscheduled", "follow_ups", "missed", "required", "required_done")
    assert [of_r1[name] for name in shown] == [3, 1, 1, 0, 1, 1, 1, 0]
    assert [of_r2[name] for name in shown] == [0, 1, 0, 1, 0, 0, 0, 0]
    assert (of_r1["punctual_percent"], of_r1["late"], of_r1["minutes"]) == (Decimal(0), Decimal(30), Decimal(30))
    assert (of_r2["punctual_percent"], of_r2["late"], of_r2["minutes"]) == (None, None, Decimal(45))


def test_who_was_visited_often_enough_is_covered(company: Workspace) -> None:
    rows = tables(company, by=["region"], per="quarter", since=date(2026, 4, 1))["coverage"]
    shown = [(row["region"], row["period"], row["wanted"], row["covered"]) for row in rows]
    # A was there on 20 May and 8 July, C on 21 July without a type, B never; 42 days after 20 May come after 30 June.
    assert shown == [("N", "2026-Q2", 2, 1), ("N", "2026-Q3", 2, 1), ("S", "2026-Q2", 1, 0), ("S", "2026-Q3", 1, 1)]


def test_indicators_are_judged_in_the_direction_of_the_template(company: Workspace) -> None:
    rows = tables(company, by=["member_id"], per="quarter", since=date(2026, 4, 1))["indicators"]
    found = {(row["kpi"], row["period"]): (row["met"], row["attainment"], row["trend"], row["change"]) for row in rows}
    assert found["shelf", "2026-Q2"] == (0, Decimal(90), None, None)
    assert found["shelf", "2026-Q3"] == (1, Decimal(100), Decimal(10), Decimal(9))
    assert found["waste", "2026-Q2"] == (0, Decimal(75), None, None)
    assert found["waste", "2026-Q3"] == (1, Decimal(125), Decimal(50), Decimal(-2))
    assert found["display", "2026-Q3"] == (0, Decimal(0), None, None)


def test_counts_of_stock_stand_beside_what_was_bought(company: Workspace) -> None:
    second, first = tables(company, since=date(2026, 1, 1))["stock"]
    assert (first["day"], first["before"], first["bought"], first["difference"]) == (
        date(2026, 5, 20),
        None,
        None,
        None,
    )
    assert (first["last_ordered_on"], first["last_ordered"]) == (date(2026, 5, 15), Decimal(40))
    # 30 were there; 4 went back and 9 came, the case not being counted in pieces: 28 are 7 fewer than 35.
    assert [second[name] for name in ("counted", "before", "bought", "difference")] == [28, 30, 5, -7]
    assert (second["last_ordered_on"], second["unit"]) == (date(2026, 7, 6), "piece")


def test_before_anything_was_run_there_is_nothing_to_measure(tmp_path: Path) -> None:
    with pytest.raises(TerminalError, match="there is no warehouse"):
        measures(make(tmp_path))


def test_a_visit_that_is_opened_again_counts_once_as_it_stands(company: Workspace, tmp_path: Path) -> None:
    workspace = open_workspace(shutil.copytree(company.root, tmp_path / "copy"))
    header, *rows = EXTRACTS["visits"].splitlines()
    [done] = [row for row in rows if row.startswith("V2")]
    states = {"b": done.replace("completed", "in_progress"), "c": done.replace("11:00,completed", "12:00,completed")}
    found = []
    for day, (name, row) in enumerate(states.items(), 2):
        (workspace.root / "extracts" / f"visits-{name}.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
        post_run(workspace, Run(date(2026, 8, day)))
        [of_a, *_] = tables(workspace, by=["member_id"], per="year", since=SINCE)["visits"]
        found.append((of_a["planned"], of_a["made"], of_a["missed"], of_a["minutes"]))
    assert found == [(1, 0, 1, None), (1, 1, 0, Decimal(90))]


def test_periods_end_with_the_day_of_the_books() -> None:
    ends = period_ends(date(2026, 9, 15), date(2026, 11, 23), "month")
    assert ends == {"2026-09": date(2026, 9, 30), "2026-10": date(2026, 10, 31), "2026-11": date(2026, 11, 23)}
