"""Replay: every past run comes out of the warehouse again to the byte, and what was changed since is named."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from pipelines.audit.past import find_run
from pipelines.audit.replay import is_equal, replay
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import books_of
from schemas.errors import BooksError
from tests.pipelines.history import DAYS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipelines.history import History


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def differences(history: History, asked: str) -> set[tuple[str, str]]:
    tables = replay(history.workspace, asked)
    return set() if is_equal(tables) else set(tables[1].frame.rows())


@pytest.mark.long
def test_every_run_comes_out_of_the_warehouse_alone(history: History, tmp_path: Path) -> None:
    """After later loads, corrections, rule changes and runs, without a file of the workspace but the warehouse."""
    published = {run_id: files(history.root / "out" / run_id) for run_id in history.runs()}
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(history.root / "warehouse.duckdb", alone)
    shutil.copytree(history.root / "out", alone / "out")
    assert len(published) == len(DAYS)
    for run_id, content in published.items():
        tables = replay(books_of(alone), run_id, to=tmp_path / run_id)
        assert is_equal(tables)
        assert files(tmp_path / run_id) == content
        assert len(content) > 3


def test_a_day_means_the_last_run_up_to_it(past_books: History) -> None:
    with connect(past_books.workspace, read_only=True) as connection:
        assert [find_run(connection, day) for day in DAYS] == past_books.runs()
        assert find_run(connection, "2026-05-19") == past_books.runs()[1]
        assert find_run(connection, past_books.runs()[0]) == past_books.runs()[0]


@pytest.mark.parametrize("asked", ["2026-04-04", "nonsense", "2026-04-05-000000000000", "'; DROP TABLE ledger; --"])
def test_a_run_that_never_was_is_refused(past_books: History, asked: str) -> None:
    with pytest.raises(BooksError, match="was posted"):
        replay(past_books.workspace, asked)


@pytest.mark.long
def test_a_replay_leaves_everything_as_it_was(history: History) -> None:
    before = files(history.root)
    replay(history.workspace, DAYS[1])
    assert files(history.root) == before


def test_files_are_kept_where_nothing_else_is(history: History, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "other.txt").touch()
    with pytest.raises(BooksError, match=r"other\.txt"):
        replay(history.workspace, DAYS[0], to=tmp_path / "there")
    assert files(tmp_path / "there") == {"other.txt": b""}


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE transactions SET amount = amount + 0.1 WHERE transaction_id = '1'", "posting 1"),
        (
            "UPDATE transactions SET superseded_seq = 1, superseded_on = '2026-03-01' WHERE superseded_seq > 1",
            "posting 2",
        ),
        ("DELETE FROM transactions WHERE transaction_id = '1'", "posting 1"),
        ("UPDATE members SET name = 'Alfa' WHERE member_id = 'A'", "payouts.csv"),
        ("UPDATE publications SET manifest_sha256 = 'x'", "manifest.json"),
        ("UPDATE loads SET path = 'extracts/other.csv' WHERE load_seq = 1", "seal"),
        ("UPDATE ledger SET reason = 'because' WHERE seq = 1", "posting 1"),
        ("DELETE FROM ledger WHERE seq = 2", "posting 2"),
    ],
)
def test_what_was_changed_in_the_books_since_differs(history: History, statement: str, what: str) -> None:
    history.change(statement)
    assert what in {name for name, _ in differences(history, DAYS[0])}


def test_what_was_changed_on_disk_since_differs(history: History) -> None:
    folder = history.root / "out" / history.runs()[0]
    changed, gone = folder / "payouts.csv", folder / "payout_lines.csv"
    changed.write_bytes(changed.read_bytes().replace(b"1", b"2", 1))
    gone.unlink()
    (folder / "more.csv").touch()
    assert differences(history, DAYS[0]) == {
        ("payouts.csv", "differs from what was published"),
        ("payout_lines.csv", "is missing from what was published"),
        ("more.csv", "was published, and is not made again"),
    }


@pytest.mark.long
def test_a_folder_that_is_gone_differs_and_can_be_made_again(history: History, tmp_path: Path) -> None:
    folder = history.root / "out" / history.runs()[2]
    before = files(folder)
    shutil.rmtree(folder)
    assert {found for _, found in differences(history, DAYS[2])} == {"the published folder is missing"}
    replay(history.workspace, DAYS[2], to=folder)
    assert files(folder) == before
    assert differences(history, DAYS[2]) == set()


def test_another_version_that_made_the_run_is_named(history: History) -> None:
    history.change("UPDATE runs SET product_version = '0.0.9'")
    tables = replay(history.workspace, DAYS[0])
    assert tables[0].frame["made_by"].item() == "0.0.9"
    assert "made by Rebatch 0.0.9" in dict(tables[1].frame.iter_rows())["version"]


def test_a_configuration_of_another_version_is_refused_by_name(history: History) -> None:
    history.change("UPDATE runs SET config_text = 'name: X\ncurrency: USD\nolder: key\n', product_version = '0.0.9'")
    with pytest.raises(BooksError, match=r"'older' is not known.*use Rebatch 0\.0\.9"):
        replay(history.workspace, DAYS[0])


def test_a_run_from_before_there_were_seals_is_made_without_one(history: History) -> None:
    run_id = history.runs()[0]
    manifest = history.root / "out" / run_id / "manifest.json"
    assert b'"seal"' in manifest.read_bytes()
    history.change("DELETE FROM seals; DELETE FROM publications")
    manifest.write_text(
        "".join(
            line for line in manifest.read_text(encoding="utf-8").splitlines(keepends=True) if '"seal"' not in line
        ),
        encoding="utf-8",
    )
    assert differences(history, run_id) == set()
