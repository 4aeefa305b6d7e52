"""What a day sheet carries: targets worked out for the member, rows as extracts write them, the language of the rep."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.visits.sheet import write_sheet
from pipelines.visits.targets import aims_of, bought_by
from pipelines.visits.visit_data import VisitData, visit_data
from pipelines.warehouse.connection import connect
from rules.visits.reading import read_templates
from tests.pipelines.visits.conftest import TEMPLATE

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

pytestmark = pytest.mark.sampled(4, of="module")


@pytest.fixture(scope="module")
def data(company: Workspace) -> VisitData:
    return visit_data(company)


def target(company: Workspace, data: VisitData, formula: str, **changed: str) -> str | None:
    line = next(line for line in TEMPLATE.splitlines() if "indicator: stock" in line)
    told = line.replace("quantity_30d * 0.5", formula)
    for old, new in changed.items():
        told = told.replace(old, new)
    [template] = read_templates({"t": TEMPLATE.replace(line, told)})
    with connect(company, read_only=True) as connection:
        bought = bought_by(connection, data, ["A", "B"])
    [aim] = [aim for aim in aims_of(template, "A", bought, data.measured) if aim.indicator.id == "stock"]
    return aim.target


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("12.50", "12.50"),
        ("quantity_30d", "9"),  # 9 pieces on 6 July; nothing else in the thirty days before 1 August
        ("quantity_30d * 0.333", "3"),
        ("revenue_90d", "1940"),  # 950 + 990 - 99 + 99
        ("orders_90d + 1", "1"),  # none of the rows names its order
        ("previous - 8", "20"),
        ("quantity_60d", None),  # a case among the pieces: its pieces are not known
        ("quantity_30d - previous", "-19"),
    ],
)
def test_a_target_is_worked_out_on_what_the_member_bought(
    company: Workspace, data: VisitData, formula: str, expected: str | None
) -> None:
    assert target(company, data, formula) == expected


def test_the_rows_of_a_sheet_are_those_of_the_books(company: Workspace, tmp_path: Path) -> None:
    write_sheet(company, "R1", date(2026, 7, 8), tmp_path / "day.html")
    first = (tmp_path / "day.html").read_bytes()
    write_sheet(company, "R1", date(2026, 7, 8), tmp_path / "day.html")
    assert (tmp_path / "day.html").read_bytes() == first
    page = first.decode()
    found: dict[str, Any] = json.loads(re.findall(r'id="data">(.*?)</script>', page, re.DOTALL)[0])
    [visit] = found["visits"]
    assert visit["row"]["actual_start"] == "2026-07-08T10:30:00"
    assert [(task["row"]["task_id"], task["row"]["required"]) for task in visit["tasks"]] == [
        ("t1", "true"),
        ("t2", "true"),
    ]
    assert [(kpi["row"]["kpi"], kpi["row"]["actual"], kpi["direction"]) for kpi in visit["kpis"]] == [
        ("shelf", "90", "at_least"),
        ("stock", "28", "at_least"),
        ("waste", "3", "at_most"),
        ("display", "no", "exactly"),
    ]
    assert found["columns"]["visit_kpis"] == [
        "visit_id", "kpi", "product_id", "kind", "target", "actual", "sequence", "unit",
    ]  # fmt: skip
    assert [member["member_id"] for member in found["members"]] == ["A", "B"]


@pytest.mark.parametrize(("tag", "word"), [("de", "Beginn"), ("ja", "開始"), ("en", "Start")])
def test_a_sheet_speaks_the_language_of_its_rep(demo_run: Path, tmp_path: Path, tag: str, word: str) -> None:
    from pipelines.workspace.configuration import open_workspace

    rep = {"de": "R-03", "ja": "R-04", "en": "R-08"}[tag]
    write_sheet(open_workspace(demo_run), rep, date(2026, 12, 1), tmp_path / "day.html")
    page = (tmp_path / "day.html").read_text(encoding="utf-8")
    assert f'<html lang="{tag}">' in page
    assert f'"start": "{word}"' in page
