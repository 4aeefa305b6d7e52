"""The mirror: the tables of the books as Parquet, one consistent set at any time, also while a run is at work."""

from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest

from pipelines.publish import parquet_mirror as mirroring
from pipelines.publish.parquet_mirror import TABLES
from pipelines.warehouse.connection import connect
from schemas.errors import StorageError
from tests.pipelines.history import PROGRAM, History

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sampled(2, of="module")


def tables(history: History) -> dict[str, pl.DataFrame]:
    """Read a whole set, as another program would."""
    folder = (history.root / "published" / "current").resolve()
    return {name: pl.read_parquet(folder / f"{name}.parquet") for name in TABLES}


def test_the_mirror_says_what_the_warehouse_says(past_books: History) -> None:
    found = tables(past_books)
    for name in ("ledger", "loads", "payouts", "seals"):
        assert sorted(found[name].rows(), key=str) == sorted(past_books.ask(f"SELECT * FROM {name}").rows(), key=str)
    assert found["ledger"].schema["amount"] == pl.Decimal(18, 4)
    assert found["runs"]["run_id"].to_list() == past_books.runs()
    assert found["entitlements"].columns == past_books.ask("SELECT * FROM work.entitlements").columns


def test_it_can_be_read_while_a_run_holds_the_warehouse(history: History) -> None:
    link = history.root / "published" / "current"
    with connect(history.workspace) as connection:
        connection.execute("BEGIN; DELETE FROM ledger")
        query = f"SELECT COUNT(*) FROM read_parquet('{link / 'ledger.parquet'}')"
        with duckdb.connect() as reader:
            assert reader.execute(query).fetchall() > [(0,)]
        connection.execute("ROLLBACK")


@pytest.mark.long
def test_a_reader_never_finds_half_a_set(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before each table is written, and before the link is swapped, the set before is there whole."""
    before = tables(history)
    seen = 0
    write, sync = mirroring._copy, os.fsync

    def look() -> None:
        nonlocal seen
        seen += 1
        assert all(found.equals(before[name]) for name, found in tables(history).items())

    def copy(connection: duckdb.DuckDBPyConnection, rows: str, path: Path) -> None:
        look()
        write(connection, rows, path)

    def look_and_sync(descriptor: int) -> None:
        look()
        sync(descriptor)

    monkeypatch.setattr(mirroring, "_copy", copy)
    monkeypatch.setattr(os, "fsync", look_and_sync)
    history.write("rules/deal.yaml", PROGRAM.format(rate="20%"))
    history.run("2026-07-15")
    monkeypatch.undo()
    assert seen > len(TABLES)
    after = tables(history)
    assert after["ledger"].height > before["ledger"].height
    assert after["runs"]["run_id"].to_list() == history.runs()


@pytest.mark.long
def test_the_set_before_stays_until_the_run_after(history: History) -> None:
    held = (history.root / "published" / "current").resolve()
    history.run("2026-07-15")
    assert pl.read_parquet(held / "ledger.parquet").height
    history.run("2026-07-16")
    names = {path.name for path in (history.root / "published").iterdir()}
    assert names == {"current", *history.runs()[-2:]}
    history.run("2026-07-16")
    assert {path.name for path in (history.root / "published").iterdir()} == names, "nor while its run is done again"


def test_the_same_run_again_writes_nothing(history: History) -> None:
    folder = (history.root / "published" / "current").resolve()
    times = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    history.run("2026-07-10")
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == times


def test_a_lost_mirror_is_made_again(history: History) -> None:
    before = tables(history)
    (history.root / "published" / "current").unlink()
    for path in (history.root / "published").rglob("*.parquet"):
        path.unlink()
    for folder in (history.root / "published").iterdir():
        folder.rmdir()
    history.run("2026-07-10")
    assert all(found.equals(before[name]) for name, found in tables(history).items())


def test_it_is_private(past_books: History) -> None:
    for path in (past_books.root / "published").resolve().rglob("*"):
        expected = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == expected


@pytest.mark.long
def test_a_full_disk_leaves_the_set_before(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tables(history)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mirroring, "_copy", fail)
    with pytest.raises(StorageError):
        history.run("2026-07-15")
    monkeypatch.undo()
    assert all(found.equals(before[name]) for name, found in tables(history).items())
    history.run("2026-07-15")
    assert tables(history)["runs"]["run_id"].to_list() == history.runs()


def test_a_copy_that_followed_the_link_is_put_right(past_books: History, tmp_path: Path) -> None:
    copy = History(shutil.copytree(past_books.root, tmp_path / "copy"))
    assert not (copy.root / "published" / "current").is_symlink()
    copy.run("2026-07-15")
    assert tables(copy)["runs"]["run_id"].to_list() == copy.runs()
