"""Backups: whole, checked, private; a restored warehouse is the very same, and nothing is ever half-written."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import stat
import subprocess
import sys
import tarfile
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pipelines.audit.rebuild import rebuild_published
from pipelines.audit.replay import is_equal, replay
from pipelines.audit.verify import holds, verify
from pipelines.books.backup import backup, restore
from pipelines.books.runs import Run
from pipelines.console.stage_progress import Silent
from pipelines.stages import run_all
from pipelines.warehouse import backup_file as backing
from pipelines.warehouse.backup_file import ABOUT, BOOKS
from pipelines.warehouse.connection import connect
from pipelines.warehouse.migrations import VERSION
from pipelines.workspace.configuration import books_of, open_workspace
from schemas.errors import BooksError, ExtractError, StorageError, TerminalError, WorkspaceBusyError
from tests.pipelines.history import DAYS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.pipelines.history import History

pytestmark = pytest.mark.sampled(4, of="module")


def ledger(root: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute("SELECT * FROM ledger ORDER BY seq").fetchall()


@pytest.fixture
def saved(history: History, tmp_path: Path) -> Path:
    backup(history.workspace, tmp_path / "saved.tar")
    return tmp_path / "saved.tar"


def test_a_restored_warehouse_is_the_same_and_goes_on(history: History, saved: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    restore(books_of(elsewhere), saved, person="ann")
    assert ledger(elsewhere) == ledger(history.root)
    assert is_equal(replay(books_of(elsewhere), DAYS[0], to=elsewhere / "again")) is False  # no folder was backed up
    (history.root / "warehouse.duckdb").unlink()
    restore(history.workspace, saved, person="ann")
    assert holds(verify(history.workspace))
    history.run("2026-07-15")
    assert holds(verify(history.workspace))


@pytest.mark.long
def test_what_was_lost_since_comes_back_with_what_was_there_kept_beside(history: History, saved: Path) -> None:
    before = ledger(history.root)
    history.change("DELETE FROM ledger")
    damaged = (history.root / "warehouse.duckdb").read_bytes()
    (history.root / "warehouse.duckdb.wal").write_bytes(b"of the old one")
    with pytest.raises(BooksError, match="--overwrite"):
        restore(history.workspace, saved, person="ann")
    restore(history.workspace, saved, overwrite=True, person="ann")
    assert ledger(history.root) == before
    assert (history.root / "warehouse.duckdb.replaced").read_bytes() == damaged
    assert (history.root / "warehouse.duckdb.wal.replaced").read_bytes() == b"of the old one"


def test_a_backup_holds_what_was_committed_last(history: History, tmp_path: Path) -> None:
    """Also what lies in the write-ahead log of a process that was killed."""
    script = (
        "import duckdb, os, sys, signal; c = duckdb.connect(sys.argv[1]); "
        "c.execute(\"SET checkpoint_threshold = '1TB'; UPDATE payout_drafts SET reference = 'from the log'\"); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", script, history.root / "warehouse.duckdb"], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (history.root / "warehouse.duckdb.wal").stat().st_size
    backup(history.workspace, tmp_path / "b.tar")
    restore(books_of(tmp_path / "there"), tmp_path / "b.tar", person="ann")
    with connect(books_of(tmp_path / "there"), read_only=True) as connection:
        assert connection.execute("SELECT DISTINCT reference FROM payouts").fetchall() == [("from the log",)]


def test_a_backup_is_private_and_refuses_to_replace_a_file(history: History, saved: Path) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    before = saved.read_bytes()
    with pytest.raises(BooksError, match="here already"):
        backup(history.workspace, saved)
    assert saved.read_bytes() == before
    backup(history.workspace, saved, overwrite=True)
    assert {path.name for path in saved.parent.iterdir()} == {"books", "saved.tar"}


def test_a_backup_without_a_warehouse_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TerminalError, match="no warehouse"):
        backup(books_of(tmp_path), tmp_path / "b.tar")


def test_a_warehouse_in_use_is_not_backed_up(history: History, tmp_path: Path) -> None:
    script = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", script, str(history.root / "warehouse.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "open"
        with pytest.raises(WorkspaceBusyError, match="another process has the warehouse open"):
            backup(history.workspace, tmp_path / "b.tar")
        other.communicate("")
    assert not (tmp_path / "b.tar").exists()


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def one_byte(content: bytes) -> bytes:
    place = len(content) // 2
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("damage", [cut, one_byte, lambda _: b"", lambda _: b"not a tar" * 1000])
def test_a_damaged_backup_is_refused_and_nothing_changes(
    history: History, saved: Path, damage: Callable[[bytes], bytes]
) -> None:
    saved.write_bytes(damage(saved.read_bytes()))
    before = {path: path.read_bytes() for path in history.root.rglob("*") if path.is_file()}
    with pytest.raises(TerminalError, match="use another backup: nothing was changed"):
        restore(history.workspace, saved, overwrite=True, person="ann")
    assert {path: path.read_bytes() for path in history.root.rglob("*") if path.is_file()} == before


def forged(books: bytes, target: Path, **about: object) -> Path:
    """Make a backup by hand that says what it likes."""
    said = {"sha256": hashlib.sha256(books).hexdigest(), "bytes": len(books), "warehouse_version": VERSION,
            "postings": 0, "ledger_hash": "0" * 64, **about}  # fmt: skip
    with tarfile.open(target, "w") as archive:
        for name, content in ((ABOUT, json.dumps(said).encode()), (BOOKS, books), ("../../outside", b"slipped")):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({}, "cannot be opened"),
        ({"warehouse_version": 99}, "of version 99"),
        ({"warehouse_version": "x"}, "not a backup"),
        ({"bytes": None}, "not a backup"),
    ],
)
def test_a_forged_backup_is_refused(tmp_path: Path, about: dict[str, object], message: str) -> None:
    home = tmp_path / "a" / "b" / "home"
    with pytest.raises(TerminalError, match=message):
        restore(books_of(home), forged(b"no database" * 10_000, tmp_path / "forged.tar", **about), person="ann")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["forged.tar"]


TERABYTE = 1 << 40
SPARSE = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(TERABYTE)}


@pytest.mark.parametrize(
    ("claimed", "more"),
    [
        (100_000, {}),
        (TERABYTE, {}),
        (1_536, {"pax_headers": SPARSE}),
        (0, {"type": tarfile.LNKTYPE, "linkname": "x"}),
    ],
    ids=["another digest", "more bytes than there are", "sparse", "a link"],
)
def test_nothing_of_an_archive_is_written_before_its_claims_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, claimed: int, more: dict[str, Any]
) -> None:
    said = {"sha256": "0" * 64, "bytes": claimed, "warehouse_version": 1, "postings": 0, "ledger_hash": "0" * 64}
    about, books = tarfile.TarInfo(ABOUT), tarfile.TarInfo(BOOKS)
    text = json.dumps(said).encode()
    about.size, books.size = len(text), claimed
    for name, value in more.items():
        setattr(books, name, value)
    with (tmp_path / "claims.tar").open("wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(about, io.BytesIO(text))
        file.write(books.tobuf(tarfile.PAX_FORMAT) + b"0\n".ljust(100_352, b"\0"))
    written = io.BytesIO()
    with pytest.raises(TerminalError, match="use another backup: nothing was changed"):
        backing.read_backup(tmp_path / "claims.tar", written)
    assert written.getvalue() == b""


def test_a_long_description_is_not_read(tmp_path: Path) -> None:
    text = json.dumps({"sha256": "0" * 64}).encode().ljust(1 << 17)
    about = tarfile.TarInfo(ABOUT)
    about.size = len(text)
    with tarfile.open(tmp_path / "long.tar", "w") as archive:
        archive.addfile(about, io.BytesIO(text))
    with pytest.raises(TerminalError, match="claims 131,072 bytes, which cannot be"):
        backing.read_backup(tmp_path / "long.tar", None)


@pytest.mark.parametrize("name", ["rebatch.yaml", "warehouse.duckdb", "a folder", "a link", "rules/volume-bonus.yaml"])
def test_a_backup_never_replaces_what_is_no_backup(history: History, name: str) -> None:
    target = history.root / name
    if name == "a folder":
        target.mkdir()
    if name == "a link":
        target.symlink_to("nowhere")
    before = {path: path.read_bytes() for path in history.root.rglob("*") if path.is_file()}
    if not os.path.lexists(target):
        target.write_bytes(b"mine")
        before[target] = b"mine"
    with pytest.raises(BooksError, match="what is here is no backup → name a new file"):
        backup(history.workspace, target, overwrite=True)
    assert {path: path.read_bytes() for path in history.root.rglob("*") if path.is_file()} == before


def test_a_backup_is_replaced_by_one(history: History, saved: Path) -> None:
    saved.write_bytes(saved.read_bytes()[:3_000])
    assert backup(history.workspace, saved, overwrite=True).postings


def test_a_backup_of_other_books_than_it_says_is_refused(history: History, tmp_path: Path) -> None:
    books = (history.root / "warehouse.duckdb").read_bytes()
    with pytest.raises(TerminalError, match="not the one it speaks of"):
        restore(books_of(tmp_path / "home"), forged(books, tmp_path / "forged.tar"), person="ann")


def test_names_inside_a_backup_decide_nothing(history: History, tmp_path: Path) -> None:
    books = (history.root / "warehouse.duckdb").read_bytes()
    seq, head = history.ask("SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1").row(0)
    home = tmp_path / "a" / "b" / "home"
    restore(books_of(home), forged(books, tmp_path / "forged.tar", postings=seq, ledger_hash=head), person="ann")
    assert [path.name for path in (tmp_path / "a").rglob("*") if path.is_file()] == ["warehouse.duckdb"]


def test_a_full_disk_leaves_no_half_backup(history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageError, match="nothing was half done"):
        backup(history.workspace, tmp_path / "b.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["books"]


def test_a_disk_without_space_for_the_log_is_a_storage_error(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        message = "IO Error: Could not write file: No space left on device"
        raise duckdb.IOException(message)

    monkeypatch.setattr(duckdb.DuckDBPyConnection, "execute", fail)
    with pytest.raises(StorageError, match="nothing was half done"):
        backup(history.workspace, tmp_path / "b.tar")


@pytest.mark.long
def test_a_copy_that_cannot_be_read_back_is_no_backup(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = backing._write

    def misread(file: io.BufferedWriter, books: Path, about: backing.About) -> None:
        write(file, books, about)
        file.seek(about.bytes // 2)
        file.write(b"\xff" * 600)

    monkeypatch.setattr(backing, "_write", misread)
    with pytest.raises(TerminalError, match="changed or cut off"):
        backup(history.workspace, tmp_path / "b.tar")
    assert not (tmp_path / "b.tar").exists()


def test_the_first_version_can_be_backed_up_and_restored(tmp_path: Path) -> None:
    root = tmp_path / "first"
    root.mkdir()
    from tests.pipelines.warehouse.test_migrations import FIRST

    with duckdb.connect(str(root / "warehouse.duckdb")) as connection:
        connection.execute(FIRST.read_text(encoding="utf-8"))
    about = backup(books_of(root), tmp_path / "b.tar")
    assert (about.warehouse_version, about.postings) == (1, 2)
    restore(books_of(tmp_path / "there"), tmp_path / "b.tar", person="ann")
    assert ledger(tmp_path / "there") == ledger(root)


def test_any_reader_of_tar_files_can_take_the_books_out(history: History, saved: Path) -> None:
    with tarfile.open(saved) as archive:
        assert archive.getnames() == [ABOUT, BOOKS]
        archive.extract(BOOKS, saved.parent / "by-hand", filter="data")
    assert ledger(saved.parent / "by-hand") == ledger(history.root)


@pytest.mark.long
def test_a_restored_workspace_has_its_published_files_again_and_verifies(
    history: History, saved: Path, tmp_path: Path
) -> None:
    elsewhere = books_of(tmp_path / "elsewhere")
    restore(elsewhere, saved, person="ann")
    assert not holds(verify(elsewhere))  # what was published is missing
    rebuilt = rebuild_published(elsewhere, Silent()).frame
    assert set(rebuilt["result"]) == {"made again, equal to what the books sealed"}
    assert holds(verify(elsewhere))
    for run_id in rebuilt["run_id"]:
        made, published = (root / "out" / run_id for root in (elsewhere.root, history.root))
        assert {path.name: path.read_bytes() for path in made.rglob("*.csv")} == {
            path.name: path.read_bytes() for path in published.rglob("*.csv")
        }
    assert rebuild_published(elsewhere, Silent()).frame.is_empty()


@pytest.mark.long
def test_files_that_differ_from_their_seal_are_not_published(history: History, saved: Path, tmp_path: Path) -> None:
    elsewhere = books_of(tmp_path / "elsewhere")
    restore(elsewhere, saved, person="ann")
    with duckdb.connect(str(elsewhere.warehouse_path)) as connection:
        connection.execute("UPDATE transactions SET amount = amount + 1 WHERE load_seq = 1 OR true")
    rebuilt = rebuild_published(elsewhere, Silent()).frame
    assert all(result.startswith("not made again: ") for result in rebuilt["result"])
    assert not (elsewhere.out_dir).exists() or not list(elsewhere.out_dir.iterdir())


@pytest.mark.long
def test_every_run_leaves_the_backup_of_its_day_and_as_many_are_kept_as_the_workspace_says(sample: Path) -> None:
    config = sample / "rebatch.yaml"
    config.write_text(config.read_text(encoding="utf-8") + "backups: {keep: 2}\n", encoding="utf-8")
    workspace = open_workspace(sample)
    (sample / "backups").mkdir()
    (sample / "backups" / "mine.tar").write_bytes(b"not ours")
    for day in (21, 22, 22, 23):
        run_all(workspace, Run(date(2026, 11, day)))
    kept = sorted(path.name for path in (sample / "backups").iterdir())
    assert kept == ["mine.tar", "nightly-2026-11-22.tar", "nightly-2026-11-23.tar"]
    assert stat.S_IMODE((sample / "backups" / "nightly-2026-11-23.tar").stat().st_mode) == 0o600
    restore(books_of(sample / "elsewhere"), sample / "backups" / "nightly-2026-11-23.tar", person="ann")
    assert ledger(sample / "elsewhere") == ledger(sample)


def test_a_failed_run_leaves_no_backup(sample: Path) -> None:
    config = sample / "rebatch.yaml"
    config.write_text(config.read_text(encoding="utf-8") + "backups: {keep: 2}\n", encoding="utf-8")
    (sample / "extracts" / "transactions.csv").write_text("no table\n", encoding="utf-8")
    with pytest.raises(ExtractError):
        run_all(open_workspace(sample), Run(date(2026, 11, 23)))
    assert not (sample / "backups").exists()


def test_the_books_are_backed_up_before_they_are_migrated(tmp_path: Path) -> None:
    from tests.pipelines.warehouse.test_migrations import FIRST

    root = tmp_path / "first"
    root.mkdir()
    with duckdb.connect(str(root / "warehouse.duckdb")) as connection:
        connection.execute(FIRST.read_text(encoding="utf-8"))
    before = ledger(root)
    with connect(books_of(root)):
        """Migrate it."""
    (kept,) = (root / "backups").iterdir()
    assert kept.name.startswith("before-migration-of-version-1-")
    about, _ = restore(books_of(tmp_path / "back"), kept, person="ann")
    assert about.warehouse_version == 1
    assert ledger(tmp_path / "back") == before
    with connect(books_of(root)):
        """Nothing is migrated twice."""
    assert list((root / "backups").iterdir()) == [kept]
