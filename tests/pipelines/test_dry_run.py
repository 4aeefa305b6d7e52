"""The dry run: what it says is what a run then does, and nothing is changed by saying it."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.books.runs import Run
from pipelines.dry_run import DryRun, dry_run
from pipelines.stages import run_all
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.workspace.configuration import Workspace, open_workspace
from pipelines.workspace.lock import hold
from schemas.errors import BooksError, ExtractError, RuleError, WorkspaceBusyError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sampled(2, of="module")

AS_OF = date(2026, 11, 23)
HEADER = "transaction_id,dealer_no,product_id,activity_date,received_on,type,quantity,unit,amount\n"
LATE = "T-0008,D-003,P-100,2026-07-03,2026-11-04,sale,100,piece,4000.00\n"
WRONG = "T-0009,D-003,P-100,2026-07-03,2026-11-04,sale,-1,piece,-40.00\n"


@pytest.fixture
def books(booked: Path, tmp_path: Path) -> Path:
    """A workspace that was run, with a corrected row, a late one and a wrong one waiting in its extracts."""
    root = shutil.copytree(booked, tmp_path / "books")
    _replace(root / "rebatch.yaml", "max_rejects: 1%", "max_rejects: 50%")
    _replace(root / "extracts" / "transactions.csv", "1600.00", "1700.00")
    (root / "extracts" / "transactions-late.csv").write_text(HEADER + LATE + WRONG, encoding="utf-8")
    return root


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def _files(root: Path) -> dict[str, tuple[bytes, int]]:
    """Everything in a workspace but its lock: content and time of the last change."""
    files = (path for path in root.rglob("*") if path.is_file() and path.name != "warehouse.lock")
    return {path.relative_to(root).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def _posted(workspace: Workspace) -> pl.DataFrame:
    with connect(workspace, read_only=True) as connection:
        return read(connection, "SELECT seq, program, member_id, kind, currency, amount FROM ledger ORDER BY seq")


def test_a_run_does_what_the_dry_run_says_and_nothing_is_changed_by_saying_it(books: Path) -> None:
    workspace, before = open_workspace(books), _files(books)
    already = _posted(workspace).height
    said: DryRun = dry_run(workspace, Run(AS_OF))
    assert _files(books) == before
    assert said.extracts.select("extract", "read", "loaded", "duplicate", "superseded", "rejected").rows() == [
        ("extracts/transactions-late.csv", 2, 1, 0, 0, 1),
        ("extracts/transactions.csv", 7, 1, 6, 0, 0),
    ]
    assert set(said.rejects.select("file", "line").iter_rows()) == {("extracts/transactions-late.csv", 3)}
    done = run_all(workspace, Run(AS_OF))
    assert [result.counts for result in said.results] == [result.counts for result in done[:-1]]
    key = ["program", "kind", "member_id", "currency"]
    posted = _posted(workspace).filter(pl.col("seq") > already).group_by(key).agg(pl.col("amount").sum()).sort(key)
    assert not posted.is_empty()
    assert said.postings.sort(key).select(*key, "amount").rows() == posted.rows()


def test_the_first_run_can_be_seen_before_it_is_made(sample: Path) -> None:
    before = _files(sample)
    said = dry_run(open_workspace(sample), Run(AS_OF))
    assert _files(sample) == before
    assert said.extracts["loaded"].sum() == 13
    assert {table.name: table.frame for table in said.tables()}["programs"].rows() == [
        ("volume-bonus-2026", "rebate", "USD", 2, 2, Decimal("232.0000"))
    ]


def test_a_dry_run_leaves_no_backup_of_what_was_never_posted(sample: Path) -> None:
    config = sample / "rebatch.yaml"
    config.write_text(config.read_text(encoding="utf-8") + "backups: {keep: 2}\n", encoding="utf-8")
    before = _files(sample)
    dry_run(open_workspace(sample), Run(AS_OF))
    assert _files(sample) == before


def test_what_would_stop_the_run_stops_the_dry_run(books: Path) -> None:
    workspace = open_workspace(books)
    with pytest.raises(BooksError, match="already stand at 2026-11-23"):
        dry_run(workspace, Run(date(2026, 1, 1)))
    with hold(workspace.lock_path), pytest.raises(WorkspaceBusyError):
        dry_run(workspace, Run(AS_OF))
    _replace(books / "rebatch.yaml", "max_rejects: 50%", "max_rejects: 1%")
    before = _files(books)
    said = dry_run(open_workspace(books), Run(AS_OF))
    assert _files(books) == before
    assert isinstance(said.stopped_by, ExtractError)
    assert "a run leaves the rows in rejects/transactions/transactions-late" in str(said.stopped_by)
    _replace(books / "rules" / "volume-bonus-2026.yaml", "tiers:", "teirs:")
    with pytest.raises(RuleError):
        dry_run(open_workspace(books), Run(AS_OF))
    after = _files(books)
    assert {name for name in after if after[name] != before.get(name)} == {"rules/volume-bonus-2026.yaml"}


def test_a_terminal_shows_the_first_of_many(books: Path) -> None:
    said = dry_run(open_workspace(books), Run(AS_OF))
    shown = {table.name: table for table in said.tables(1)}["members"]
    assert (shown.title, shown.frame.height) == ("What would be posted, by member: the first 1 of 2", 1)


@pytest.mark.long
def test_a_refused_file_leaves_the_rest_to_be_seen(books: Path) -> None:
    """The corrected row of the other file is loaded and posted; of the refused one its rows are shown."""
    _replace(books / "rebatch.yaml", "max_rejects: 50%", "max_rejects: 1%")
    said = dry_run(open_workspace(books), Run(AS_OF))
    assert said.extracts.select("extract", "loaded").rows() == [("extracts/transactions.csv", 1)]
    assert {row["reason"] for row in said.rejects.iter_rows(named=True)} >= {"file_refused"}
    assert set(said.rejects["file"]) == {"extracts/transactions-late.csv"}
    assert [result.stage for result in said.results] == ["extract", "stage", "aggregate", "rate", "settle", "post"]
    assert said.results[1].counts["loaded"] == 1
    titles = [table.title for table in said.tables()]
    assert titles[0] == "What a run would do without what is refused; nothing was changed"
    (books / "extracts" / "transactions-late.csv").unlink()
    alone = dry_run(open_workspace(books), Run(AS_OF))
    assert alone.stopped_by is None
    assert said.postings.equals(alone.postings)
    assert not said.postings.is_empty()


@pytest.mark.long
def test_what_later_extracts_lack_because_of_a_refused_one_is_not_told_as_their_fault(sample: Path) -> None:
    _replace(sample / "extracts" / "members.csv", "member_id", "who")
    said = dry_run(open_workspace(sample), Run(AS_OF))
    assert said.stopped_by is not None
    assert {problem.at.file for problem in said.stopped_by.problems} == {"extracts/members.csv"}
    assert said.postings.is_empty()
    with pytest.raises(ExtractError) as error:
        run_all(open_workspace(sample), Run(AS_OF))
    assert error.value.problems == said.stopped_by.problems
