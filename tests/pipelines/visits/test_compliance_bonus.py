"""A compliance bonus is explained down to the visit and indicator; a missing visit is paid as the rule says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.audit.explain import explain
from pipelines.books.runs import Run
from pipelines.stages import run_all
from tests.pipelines.visits.conftest import make

if TYPE_CHECKING:
    from pipelines.workspace.configuration import Workspace

BONUS = """\
program: shelf
title: Shelf bonus
reference: Clause 9
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
members: {include: [{type: dealer}]}
rebates:
  kept:
    period: quarter
    qualifier: {visit_score: shelf, when_missing: POLICY}
    measure: {constant: 1}
    method: fixed
    tiers: [{from: 0, pays: 5}, {from: 100, pays: 50}]
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = make(tmp_path_factory.mktemp("bonus"))
    for policy in ("zero", "skip"):
        text = BONUS.replace("POLICY", policy).replace("program: shelf", f"program: shelf-{policy}")
        (workspace.root / "rules" / f"{policy}.yaml").write_text(text, encoding="utf-8")
    run_all(workspace, Run(date(2026, 10, 5)))
    return workspace


def told(workspace: Workspace, member: str, policy: str) -> dict[str, list[dict[str, Any]]]:
    tables = explain(workspace, member=member, program=f"shelf-{policy}", period="2026-Q3")
    return {table.name: table.frame.to_dicts() for table in tables}


def test_every_cent_of_it_leads_to_a_visit_and_an_indicator(workspace: Workspace) -> None:
    found = told(workspace, "A", "zero")
    assert sum(row["amount"] for row in found["postings"]) == Decimal(50)
    [visit] = found["visits"]
    shown = {name: visit[name] for name in ("visit_id", "kpi", "target", "actual", "file")}
    assert shown == {
        "visit_id": "V2", "kpi": "shelf", "target": "90", "actual": "90", "file": "extracts/visit_kpis.csv:3",
    }  # fmt: skip


def test_a_missing_visit_is_a_policy_that_is_stated(workspace: Workspace) -> None:
    # B was never seen: taken for a score of 0 where the rule says so, and paid nothing where it says skip.
    assert sum(row["amount"] for row in told(workspace, "B", "zero")["postings"]) == Decimal(5)
    skipped = told(workspace, "B", "skip")
    assert skipped.get("postings", []) == []
    assert "visits" not in skipped
