"""A small workspace in an open quarter, run once: three members, a scale of two tiers, nothing of last year."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from pipelines.books.runs import Run
from pipelines.stages import run_all
from pipelines.workspace.configuration import open_workspace
from tests.faults.journey import make_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

DAY = date(2026, 8, 1)
TIERS = "tiers: [{from: 1000, rate: 10%}, {from: 5000, rate: 12%}]"
HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency\n"
ROWS = """\
1,A,P,2026-07-06,2026-07-07,sale,9,piece,950.00,USD
2,B,P,2026-07-15,2026-07-16,sale,40,piece,4000.00,USD
3,C,P,2026-07-15,2026-07-16,sale,40,piece,5000.00,USD
4,A,P,2026-05-15,2026-05-16,sale,40,piece,1990.00,USD
"""


def fill(root: Path, more: str = "") -> Workspace:
    """Write the workspace, with `more` in its configuration, to be run."""
    make_workspace(root)
    rules = root / "rules" / "deal.yaml"
    text = rules.read_text(encoding="utf-8").replace("tiers: [{from: 100, rate: 10%}]", TIERS)
    rules.write_text(text, encoding="utf-8")
    (root / "extracts" / "members.csv").write_text("member_id,name\nA,株式会社アルファ <b>\nB,Beta\nC,Gamma\n")
    (root / "extracts" / "tx-1.csv").write_text(HEADER + ROWS, encoding="utf-8")
    config = root / "rebatch.yaml"
    config.write_text(config.read_text(encoding="utf-8") + more, encoding="utf-8")
    return open_workspace(root)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = fill(tmp_path_factory.mktemp("panel"))
    run_all(workspace, Run(DAY))
    return workspace
