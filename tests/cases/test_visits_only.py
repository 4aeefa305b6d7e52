"""A workspace that pays for visits alone needs neither sales nor products."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipelines.audit.explain import explain
from pipelines.audit.status import status
from pipelines.audit.verify import holds, verify
from pipelines.authoring.check import check
from pipelines.books.runs import Run
from pipelines.stages import run_all
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "rebatch.yaml": """
name: Visits
currency: USD
sources:
  - {data_set: members, path: members.csv, format: csv}
  - {data_set: visits, path: visits.csv, format: csv}
""",
    "members.csv": "member_id,name\nA,Alpha\nB,Beta\n",
    "visits.csv": "visit_id,member_id,actual_end,status\nV1,A,2026-01-05T10:00,completed\n"
    "V2,A,2026-02-05T10:00,completed\nV3,B,2026-02-06T10:00,abandoned\n",
    "rules/visited.yaml": """
program: visited
title: Visited
reference: Clause 1
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
rebates:
  each: {period: quarter, measure: {visits: completed}, method: fixed, tiers: [{from: 2, pays: 50}]}
""",
}


def test_a_workspace_without_sales_runs_from_visits_to_money(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    check(open_workspace(tmp_path))
    for day in (date(2026, 4, 1), date(2026, 4, 2)):
        run_all(open_workspace(tmp_path), Run(day))
    workspace = open_workspace(tmp_path)
    with connect(workspace, read_only=True) as connection:
        posted = connection.execute("SELECT member_id, period, amount FROM ledger").fetchall()
    assert posted == [("A", "2026-Q1", 50)]
    tables = {table.name: table.frame for table in explain(workspace, member="A", program="visited", period="2026-Q1")}
    assert tables["visits"]["visit_id"].to_list() == ["V1", "V2"]
    assert tables["transactions"].is_empty()
    assert check(workspace)
    assert status(workspace, None)
    assert holds(verify(workspace))
