"""What if: the same as a full run on the same history and those rows."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.books.runs import Run
from pipelines.panel.added_rows import Buyer, added_rows
from pipelines.panel.additions import read_additions
from pipelines.panel.what_if import computed_with, what_if
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read, read_work
from pipelines.workspace.configuration import open_workspace
from schemas.errors import BooksError, TerminalError
from tests.faults.disturbed import books_of
from tests.pipelines.panel.conftest import HEADER
from tests.posting import post_run

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

pytestmark = pytest.mark.sampled(3, of="module")

PURCHASES = [
    "quantity +30 of P in 2026-09",
    "revenue +2000 of P by B in 2026-10",
    "quantity -5 piece of P by C for 600 USD on 2026-07-20",
]
DAY = date(2026, 10, 31)
COLUMNS = HEADER.strip().split(",")


def test_what_if_is_what_a_full_run_on_those_rows_computes(workspace: Workspace, tmp_path: Path) -> None:
    with connect(workspace, read_only=True) as connection:
        rows = added_rows(connection, read_additions(PURCHASES), Buyer("A", workspace.config.ids))
    full = open_workspace(shutil.copytree(workspace.root, tmp_path / "full"))
    rows.select(COLUMNS).write_csv(full.root / "extracts" / "tx-2.csv")
    post_run(full, Run(DAY))
    with computed_with(workspace, DAY, rows) as connection:
        supposed = read_work(connection, "entitlements")
    with connect(full, read_only=True) as connection:
        assert read_work(connection, "entitlements").equals(supposed)
        [[booked]] = read(
            connection, "SELECT SUM(amount) FROM payable WHERE member_id = 'A' AND period = '2026-Q3'"
        ).rows()
    [change] = [row for row in what_if(workspace, "A", PURCHASES)[1].rows() if row["period"] == "2026-Q3"]
    # 950 are in the books, 30 pieces cost 950 / 9 each: 10 % of 4,116.67.
    assert Decimal(str(change["earned_after"])) == booked == Decimal("411.67")


@pytest.mark.long
def test_it_is_the_same_with_groups_budgets_and_shares_of_the_demo(demo_run: Path, tmp_path: Path) -> None:
    demo = open_workspace(demo_run)
    written = [
        "quantity +500 of P-1085 in 2026-12",
        "revenue +40000 of P-1019 by M-0028 in 2026-11",
        "quantity -3 of P-1040 in 2026-10",
    ]
    with connect(demo, read_only=True) as connection:
        rows = added_rows(connection, read_additions(written), Buyer("M-0001", demo.config.ids))
    whole = shutil.copytree(demo_run.parents[1], tmp_path / "whole")
    full = open_workspace(whole / "data" / "demo")
    extract = next((full.root / "extracts").glob("transactions-2026-h2.csv"))
    names = extract.read_text(encoding="utf-8").partition("\n")[0].split(",")
    theirs = rows.rename({"member_id": "dealer_no", "received_on": "booked_on"}).select(names)
    theirs.write_csv(extract.with_name("transactions-what-if.csv"))
    day = date(2026, 12, 31)
    post_run(full, Run(day))
    with computed_with(demo, day, rows) as connection:
        supposed = read_work(connection, "entitlements")
    with connect(full, read_only=True) as connection:
        assert read_work(connection, "entitlements").equals(supposed)


def test_what_if_says_what_was_added_and_leaves_the_books_alone(workspace: Workspace) -> None:
    before = books_of(workspace.root)
    added, change, year_end = what_if(workspace, " B ", ["revenue +1000 of P in 2026-09"])
    assert books_of(workspace.root) == before
    [row] = added.rows()
    assert (row["member_id"], row["activity_date"], row["quantity"]) == ("B", "2026-09-30", "10.000000")
    [row] = change.rows()
    assert (row["tier_before"], row["tier_after"], row["change"]) == (1, 2, "200.0000")
    [row] = year_end.rows()
    assert row["change"] == "200.0000"


@pytest.mark.parametrize(
    ("member", "purchase", "error", "told"),
    [
        ("A", "quantity +1 of Q in 2026-09", TerminalError, "not among the products"),
        ("A", "quantity +1 of P by Z in 2026-09", TerminalError, "not among the members"),
        ("A", "quantity +1 litre of P in 2026-09", TerminalError, "there is no price"),
        ("Z", "quantity +1 of P by A in 2026-09", BooksError, "Z is no member"),
    ],
)
def test_what_is_not_known_is_refused(
    workspace: Workspace, member: str, purchase: str, error: type[Any], told: str
) -> None:
    with pytest.raises(error, match=told):
        what_if(workspace, member, [purchase])
