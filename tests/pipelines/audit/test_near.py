"""Who is near a tier: what is missing, what it brings, and nobody else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.audit.near import near
from pipelines.books.runs import Run
from pipelines.workspace.configuration import open_workspace
from tests.faults.journey import make_workspace
from tests.posting import post_run

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

TIERS = "tiers: [{from: 1000, rate: 10%}, {from: 5000, rate: 12%}]"
HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency\n"
ROWS = """\
1,A,P,2026-07-06,2026-07-07,sale,9,piece,950.00,USD
2,B,P,2026-07-15,2026-07-16,sale,40,piece,4000.00,USD
3,C,P,2026-07-15,2026-07-16,sale,40,piece,5000.00,USD
4,A,P,2026-05-15,2026-05-16,sale,40,piece,990.00,USD
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Three members in an open quarter: one lacks 50 of 1,000, one 1,000 of 5,000, one is at the last tier."""
    root: Path = tmp_path_factory.mktemp("near")
    make_workspace(root)
    rules = root / "rules" / "deal.yaml"
    text = rules.read_text(encoding="utf-8").replace("tiers: [{from: 100, rate: 10%}]", TIERS)
    rules.write_text(text, encoding="utf-8")
    (root / "extracts" / "tx-1.csv").write_text(HEADER + ROWS, encoding="utf-8")
    workspace = open_workspace(root)
    post_run(workspace, Run(date(2026, 8, 1)))
    return workspace


def found(workspace: Workspace, **within: Any) -> list[tuple[Any, ...]]:
    [table] = near(workspace, **within)
    assert table.records is not None
    names = ("member_id", "period", "short", "short_unit", "short_percent", "earned", "at_next_tier", "brings")
    return [tuple(row[name] for name in names) for row in table.records]


def test_who_lacks_little_of_the_bound_is_near(workspace: Workspace) -> None:
    of_a = ("A", "2026-Q3", Decimal(50), "USD", Decimal("5.00"), Decimal(0), Decimal(100), Decimal(100))
    of_b = ("B", "2026-Q3", Decimal(1000), "USD", Decimal("20.00"), Decimal(400), Decimal(600), Decimal(200))
    assert found(workspace) == [of_a]
    assert found(workspace, percent=Decimal("4.9")) == []
    assert found(workspace, percent=Decimal(20)) == [of_b, of_a]


def test_or_who_lacks_little_money(workspace: Workspace) -> None:
    assert [row[0] for row in found(workspace, percent=Decimal(0), amount=Decimal(1000))] == ["B", "A"]
    assert [row[0] for row in found(workspace, percent=Decimal(0), amount=Decimal("999.99"))] == ["A"]
