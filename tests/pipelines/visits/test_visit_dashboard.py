"""What the dashboard shows of visits is what the commands show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.dashboard.visits import BESIDE, VISITS, visit_frames
from pipelines.visits.measures import measures

if TYPE_CHECKING:
    from pipelines.workspace.configuration import Workspace


def test_its_figures_are_those_of_the_measures(company: Workspace) -> None:
    frames = visit_frames(company)
    shown = frames["visits"]
    assert set(shown["rep"]) == {"Rita (R1)", "Sam (R2)", ""}
    counts, coverage, indicators, _ = (table.frame for table in measures(company, by=["region"], per="month"))
    for region in ("N", "S"):
        mine = shown.filter(region=region)
        for frame, names in ((counts, ("made", "planned")), (coverage, ("wanted", "covered"))):
            theirs = frame.filter(region=region)
            assert [mine[name].sum() for name in names] == [theirs[name].sum() for name in names]
    [july] = shown.filter(rep="Rita (R1)", month="2026-07").to_dicts()
    assert (july["made"], july["planned"], july["kept"]) == (1, 3, 1)
    # All but the day's display are reached: 100, 140, 125 and 0 of a hundred.
    of_july = indicators.filter(period="2026-07")
    assert july["measured"] == of_july["rows"].sum() == 4
    assert round(july["attained"] / july["measured"], 4) == round(float(str(of_july["attainment"].mean())) / 100, 4)
    assert frames["beside"].select("member", "visits").rows() == [("A", 2), ("B", 0), ("C", 1)]


def test_without_templates_it_shows_none(company: Workspace) -> None:
    elsewhere = replace(company, config=company.config.model_copy(update={"visits": "nowhere"}))
    assert {name: frame.schema for name, frame in visit_frames(elsewhere).items()} == {
        "visits": pl.Schema(VISITS), "beside": pl.Schema(BESIDE),
    }  # fmt: skip
