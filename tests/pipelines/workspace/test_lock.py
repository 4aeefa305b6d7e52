from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pipelines.workspace.lock import hold, holder_path, read_holder
from schemas.errors import StorageError, WorkspaceBusyError

HOLD_FOREVER = """
import sys, time
from pathlib import Path
from pipelines.workspace.lock import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def lock_path(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.lock"


@pytest.fixture
def other(lock_path: Path) -> subprocess.Popen[str]:
    """Another process that holds the lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLD_FOREVER, lock_path], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout as lines:
        assert lines.readline() == "held\n"
    return process


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_the_second_is_told_who_holds_the_workspace(other: subprocess.Popen[str], lock_path: Path) -> None:
    with pytest.raises(WorkspaceBusyError) as caught, hold(lock_path):
        pass
    _end(other)
    message = str(caught.value)
    assert f"process {other.pid} on {socket.gethostname()}" in message
    assert str(lock_path) in message
    assert "--wait" in message


def test_a_killed_holder_holds_no_longer(other: subprocess.Popen[str], lock_path: Path) -> None:
    _end(other)
    with hold(lock_path):
        holder = read_holder(lock_path)
    assert holder is not None
    assert holder["pid"] == os.getpid()


def test_waiting_lasts_until_the_holder_ends(other: subprocess.Popen[str], lock_path: Path) -> None:
    threading.Timer(0.5, _end, [other]).start()
    began = time.monotonic()
    with hold(lock_path, wait=30):
        waited = time.monotonic() - began
    assert 0.3 < waited < 20


def test_waiting_ends_when_the_time_is_over(lock_path: Path) -> None:
    with hold(lock_path):
        began = time.monotonic()
        with pytest.raises(WorkspaceBusyError), hold(lock_path, wait=0.3):
            pass
    assert 0.2 < time.monotonic() - began < 10


def test_it_is_free_after_an_error_inside(lock_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), hold(lock_path):
        raise ZeroDivisionError
    with hold(lock_path):
        pass
    assert not holder_path(lock_path).exists()


def test_a_holder_that_cannot_be_removed_ends_no_work(lock_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with monkeypatch.context() as patch, hold(lock_path):
        patch.setattr(Path, "unlink", fail)
    with hold(lock_path):
        pass


@pytest.mark.parametrize("text", ["{", "{}", "[]"])
def test_an_unreadable_holder_is_still_a_holder(lock_path: Path, text: str) -> None:
    with hold(lock_path):
        holder_path(lock_path).write_text(text, encoding="utf-8")
        with pytest.raises(WorkspaceBusyError, match="another process holds the workspace"), hold(lock_path):
            pass


def test_a_folder_that_is_none_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be locked"), hold(tmp_path / "file" / "warehouse.lock"):
        pass
