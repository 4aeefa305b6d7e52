"""The command that shows accruals."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from pipelines.books.runs import Run
from pipelines.stages import run_all
from pipelines.workspace.configuration import create_workspace, open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Rebatch

ACCRUALS = '\naccruals: {accounts: {expense: "4100", accrued: "2150", payable: "2100"}}\n'
MONTHS = ("2026-08-31", "2026-11-23")


@pytest.fixture(scope="module")
def accruing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = create_workspace(tmp_path_factory.mktemp("accruing") / "sample").root
    config = root / "rebatch.yaml"
    config.write_text(config.read_text(encoding="utf-8") + ACCRUALS, encoding="utf-8")
    for as_of in MONTHS:
        run_all(open_workspace(root), Run(date.fromisoformat(as_of)))
    return root


def test_accruals_are_shown_by_month_as_tables_and_as_json(rebatch: Rebatch, accruing: Path) -> None:
    shown = rebatch("-w", accruing, "accruals")
    assert (shown.code, shown.err) == (0, "")
    assert "Accrued before each settlement, against what it posted" in shown.out
    data = rebatch("-w", accruing, "accruals", "--json").data
    assert set(data) == {"accruals", "open", "variance"}
    assert sorted({row["month"] for row in data["accruals"]}) == [day[:7] for day in MONTHS]
    assert data["variance"]


def test_the_configuration_may_be_gone_and_an_earlier_day_asked_for(rebatch: Rebatch, accruing: Path) -> None:
    then = rebatch("-w", accruing, "accruals", "--as-of", MONTHS[0], "--json").data
    assert {row["month"] for row in then["accruals"]} == {MONTHS[0][:7]}
    assert then["variance"] == []


def test_books_that_accrue_nothing_say_so(rebatch: Rebatch, booked: Path) -> None:
    assert rebatch("-w", booked, "accruals", "--json").data == {"accruals": [], "open": [], "variance": []}
