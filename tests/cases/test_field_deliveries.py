"""Deliveries met in the field: what a file says of rows that came before, and of its own."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.audit.replay import is_equal, replay
from pipelines.audit.verify import holds, verify
from pipelines.books.runs import Run
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace
from schemas.errors import ExtractError
from tests.posting import post_run

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.sampled(2, of="module")

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
    results = post_run(open_workspace(root), Run(date.fromisoformat(day)))
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


def next_night(root: Path) -> None:
    shutil.copy(root / "second-night" / "transactions.csv", root / "extracts" / "transactions.csv")


def test_a_full_extract_without_a_row_takes_back_what_it_paid(case: Callable[[str], Path]) -> None:
    root = case("06")
    set_source(root, "delivery: snapshot")
    run(root, "2026-04-05")
    assert paid(root) == [("D-002", Decimal("180.00")), ("D-003", Decimal("30.00"))]
    next_night(root)
    assert run(root, "2026-04-06")["withdrawn"] == 1
    assert paid(root) == [("D-002", Decimal("42.00")), ("D-003", Decimal("30.00"))]
    workspace = open_workspace(root)
    with connect(workspace, read_only=True) as connection:
        restated = "SELECT amount, cause FROM ledger JOIN origins USING (posting_id)"
        assert connection.execute(restated).fetchall() == [(Decimal("-138.00"), "withdrawn")]
        first, second = (
            run_id for (run_id,) in connection.execute("SELECT run_id FROM runs ORDER BY run_seq").fetchall()
        )
    assert holds(verify(workspace))
    assert all(is_equal(replay(workspace, run_id)) for run_id in (first, second))


def test_a_row_that_an_extract_no_longer_has_is_told(case: Callable[[str], Path]) -> None:
    root = case("06")
    run(root, "2026-04-05")
    next_night(root)
    counts = run(root, "2026-04-06")
    assert (counts["missing"], "withdrawn" in counts) == (1, False)
    assert paid(root) == [("D-002", Decimal("180.00")), ("D-003", Decimal("30.00"))]


def test_a_full_extract_that_lost_most_of_its_rows_is_refused(case: Callable[[str], Path]) -> None:
    root = case("06")
    set_source(root, "delivery: snapshot")
    run(root, "2026-04-05")
    extract = root / "extracts" / "transactions.csv"
    extract.write_text("".join(extract.read_text(encoding="utf-8").splitlines(keepends=True)[:2]), encoding="utf-8")
    with pytest.raises(ExtractError, match=r"2 of 3 rows in force are not in this delivery, such as T-2, T-3: 66\.67%"):
        run(root, "2026-04-06")
