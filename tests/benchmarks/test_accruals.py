"""What accruals add to a run: the demo's programs on more sales, with and without them, in one process.

Prints the ratio of the two, stage by stage; asserts that both pay the same, never how long they take. `make bench`
shows it; ACCRUED_ROWS says how many transactions.
"""

from __future__ import annotations

import os
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from demo_maker.goods import goods
from demo_maker.partners import partners
from demo_maker.sales import Market
from make_demo import RULES, Format, make

from pipelines.books.runs import Run
from pipelines.stages import STAGES
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace

if TYPE_CHECKING:
    from pipelines.workspace.configuration import Workspace

ROWS = int(os.environ.get("ACCRUED_ROWS", "200000"))
AS_OF = date(2026, 11, 23)
ACCOUNTS = 'accruals: {accounts: {expense: "4100", accrued: "2150", payable: "2100"}}\n'
PAID = "SELECT payee_id, currency, SUM(amount) FROM payable GROUP BY ALL ORDER BY ALL"


def sold(root: Path, accruals: str) -> Workspace:
    market = Market(partners(60, seed=7), goods(120, seed=7), ROWS, 7)
    make(root, market, file_format=Format.PARQUET, rules=Path(os.path.relpath(RULES / "programs", root)).as_posix())
    config = root / "rebatch.yaml"
    config.write_text(config.read_text(encoding="utf-8") + accruals, encoding="utf-8")
    return open_workspace(root)


def timed(workspace: Workspace) -> dict[str, float]:
    seconds = {}
    for stage in STAGES:
        began = time.perf_counter()
        stage.run(workspace, Run(AS_OF))
        seconds[stage.name] = time.perf_counter() - began
    return seconds


@pytest.mark.long
def test_a_run_with_accruals_beside_one_without(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    without, accruing = sold(tmp_path / "without", ""), sold(tmp_path / "with", ACCOUNTS)
    plain, dearer = timed(without), timed(accruing)
    with connect(without, read_only=True) as one, connect(accruing, read_only=True) as other:
        assert one.execute(PAID).fetchall() == other.execute(PAID).fetchall() != []
    with capsys.disabled():
        print(f"\n{ROWS:,} transactions, all programs of the demo; without accruals {sum(plain.values()):.2f} s")  # noqa: T201
        for name, seconds in dearer.items():
            print(f"  {name:<10} {seconds:6.2f} s  {seconds - plain[name]:+6.2f} s for accruals")  # noqa: T201
        print(f"  in all     {sum(dearer.values()):6.2f} s  {sum(dearer.values()) / sum(plain.values()):6.2f} x")  # noqa: T201
