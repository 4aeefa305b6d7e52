"""Deliveries met in the field: what a file says of rows that came before, and of its own."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.books.runs import Run
from pipelines.stages import run_all
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace
from schemas.errors import ExtractError

if TYPE_CHECKING:
    from collections.abc import Callable

FIELD = Path(__file__).with_name("field")


@pytest.fixture
def case(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that gives a copy of a case by the beginning of its name."""

    def copy(name: str) -> Path:
        (folder,) = FIELD.glob(f"{name}-*")
        return Path(shutil.copytree(folder, tmp_path / name))

    return copy


def run(root: Path, day: str) -> dict[str, int | str]:
    """Run the night of `day`; returns what was staged."""
    results = run_all(open_workspace(root), Run(date.fromisoformat(day)))
    return next(result.counts for result in results if result.stage == "stage")


def paid(root: Path) -> list[tuple[str, Decimal]]:
    with connect(open_workspace(root), read_only=True) as connection:
        return connection.execute("SELECT payee_id, SUM(amount) FROM ledger GROUP BY 1 ORDER BY 1").fetchall()


def set_source(root: Path, more: str) -> None:
    config = root / "rebatch.yaml"
    config.write_text(config.read_text(encoding="utf-8") + f"    {more}\n", encoding="utf-8")


def test_different_sales_with_one_id_are_refused_until_somebody_says_what_they_are(
    case: Callable[[str], Path],
) -> None:
    root = case("02")
    with pytest.raises(ExtractError, match="3 of 3 rows are rejected") as caught:
        run(root, "2026-07-05")
    assert "repeated key in transaction_id" in str(caught.value)
    set_source(root, "key: [member_id, product_id, activity_date]")
    run(root, "2026-07-05")
    assert paid(root) == [("D-001", Decimal("27.00")), ("D-003", Decimal("80.40"))]
