from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pipelines.workspace.files import PART, write_whole
from pipelines.workspace.folders import draft_folder, publish_folder, write_file
from schemas.errors import BooksError, StorageError

if TYPE_CHECKING:
    from pathlib import Path


def publish(final: Path, files: dict[str, bytes]) -> bool:
    with draft_folder(final) as draft:
        for name, content in files.items():
            write_file(draft, name, content)
        return publish_folder(draft, final)


def names(parent: Path) -> set[str]:
    return {path.name for path in parent.iterdir()}


def test_a_folder_appears_whole_and_private(tmp_path: Path) -> None:
    assert publish(tmp_path / "out" / "run", {"a.csv": b"1", "statements/b.html": b"2"})
    assert names(tmp_path / "out") == {"run"}
    for path in (tmp_path / "out/run/a.csv", tmp_path / "out/run/statements/b.html"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for path in (tmp_path / "out/run", tmp_path / "out/run/statements"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_all_of_a_folder_is_durable_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    lacking: list[str] = []
    sync, rename = os.fsync, type(tmp_path).rename

    def noted(descriptor: int) -> None:
        sync(descriptor)
        synced.append(os.fstat(descriptor).st_ino)

    def looked_at(draft: Path, final: Path) -> Path:
        lacking.extend(path.name for path in (draft, *draft.rglob("*")) if path.stat().st_ino not in synced)
        return rename(draft, final)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(type(tmp_path), "rename", looked_at)
    assert publish(tmp_path / "run", {"a.csv": b"1", "statements/b.html": b"2", "statements/c/d.csv": b"3"})
    assert lacking == []
    assert len(synced) == len(["a.csv", "b.html", "d.csv", "statements", "c", "the draft", "what holds it"])


def test_a_folder_that_cannot_be_made_durable_does_not_appear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="cannot be written"):
        publish(tmp_path / "run", {"a.csv": b"1"})
    assert names(tmp_path) == set()


def test_the_same_bytes_again_are_nothing_new(tmp_path: Path) -> None:
    final = tmp_path / "run"
    publish(final, {"a.csv": b"1"})
    before = (final / "a.csv").stat()
    (final / ".~lock.a.csv#").write_text("an office program was here")
    assert not publish(final, {"a.csv": b"1"})
    assert (final / "a.csv").stat().st_ino == before.st_ino
    assert names(tmp_path) == {"run"}


def test_changed_missing_and_foreign_files_are_all_named(tmp_path: Path) -> None:
    final = tmp_path / "run"
    publish(final, {"a.csv": b"1", "b.csv": b"2", "c.csv": b"3"})
    (final / "a.csv").write_bytes(b"9")
    (final / "b.csv").unlink()
    (final / "x.csv").write_bytes(b"")
    with pytest.raises(BooksError) as caught:
        publish(final, {"a.csv": b"1", "b.csv": b"2", "c.csv": b"3"})
    assert [problem.at.file.rpartition("/")[2] for problem in caught.value.problems] == ["a.csv", "b.csv", "x.csv"]
    assert (final / "a.csv").read_bytes() == b"9"
    assert names(tmp_path) == {"run"}


def test_drafts_of_killed_runs_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".rebatch-draft-old" / "statements").mkdir(parents=True)
    (tmp_path / ".rebatch-draft-run").mkdir()
    (tmp_path / ".rebatch-draft-run" / "a.csv").write_bytes(b"half")
    publish(tmp_path / "run", {"a.csv": b"1"})
    assert names(tmp_path) == {"run"}
    assert (tmp_path / "run/a.csv").read_bytes() == b"1"


def test_nothing_of_others_is_removed_with_them_and_no_link_is_followed(tmp_path: Path) -> None:
    home, victim = tmp_path / "out", tmp_path / "victim"
    for folder in (home / ".notes.tmp", home / "march", victim):
        folder.mkdir(parents=True)
        (folder / "mine.txt").write_bytes(b"1")
    (home / ".rebatch-draft-link").symlink_to(victim)
    (home / ".rebatch-draft-file").write_bytes(b"")
    publish(home / "run", {"a.csv": b"1"})
    assert names(home) == {".notes.tmp", "march", "run", ".rebatch-draft-link", ".rebatch-draft-file"}
    assert (victim / "mine.txt").exists()


def test_what_a_killed_command_left_of_a_file_is_removed_and_no_other_part(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    running = {f"{PART}a.tar.{os.getppid()}", f"{PART}b.tar.{ended.pid}", f"{PART}a.tar.old"}
    for name in {*running, f"{PART}a.tar.{ended.pid}"}:
        (tmp_path / name).write_bytes(b"half")
    write_whole(tmp_path / "a.tar", b"whole")
    assert names(tmp_path) == {"a.tar", *running}


@pytest.mark.parametrize("name", ["../a", "/etc/a", "", "a/../../b"])
def test_no_file_leaves_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a path inside"), draft_folder(tmp_path / "run") as draft:
        write_file(draft, name, b"")
    assert names(tmp_path) == set()


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_full_or_read_only_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: int) -> None:
    def fail(_: int) -> None:
        raise OSError(fault, os.strerror(fault))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageError, match="nothing was half done"):
        publish(tmp_path / "run", {"a.csv": b"1"})
    assert names(tmp_path) == set()


def test_other_faults_are_not_called_storage(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        publish_twice_under_one_name(tmp_path / "run")
    assert names(tmp_path) == set()


def publish_twice_under_one_name(final: Path) -> None:
    with draft_folder(final) as draft:
        write_file(draft, "a", b"")
        write_file(draft, "a", b"")


KILLED = """
import os, signal, sys
from pathlib import Path
from pipelines.workspace.files import PART, write_whole
from pipelines.workspace.folders import draft_folder, publish_folder, write_file
final = Path(sys.argv[1])
with draft_folder(final) as draft:
    write_file(draft, "a.csv", b"1")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_between_write_and_rename_leaves_no_half_folder(tmp_path: Path) -> None:
    final = tmp_path / "run"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(final)], check=False, env=os.environ | {"PYTHONPATH": "."}
    )
    assert killed.returncode == -signal.SIGKILL
    assert names(tmp_path) == {".rebatch-draft-run"}
    publish(final, {"a.csv": b"1"})
    assert names(tmp_path) == {"run"}
