"""The lock of a workspace: one run at a time; whoever comes second is told who holds it."""

from __future__ import annotations

import json
import os
import shlex
import socket
import sys
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

from filelock import FileLock, Timeout

from pipelines.workspace.files import PRIVATE_FILE, create_private, fresh_part
from pipelines.workspace.regular_files import read_regular
from schemas.errors import Place, Problem, StorageError, WorkspaceBusyError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Holder(TypedDict):
    """The process that holds a workspace."""

    pid: int
    host: str
    command: str
    since: str


@contextmanager
def hold(lock_path: Path, *, wait: float = 0.0) -> Iterator[None]:
    """Hold the lock `lock_path` of a workspace, waiting up to `wait` seconds for another run to end.

    The operating system releases it when the process ends, however it ends.

    Raises:
        WorkspaceBusyError: another process holds it; the message says which, where and since when.
        StorageError: the folder cannot be written.
    """
    # Neither a singleton nor thread-local (filelock's defaults): a second hold is refused within this process too.
    lock = FileLock(lock_path, mode=PRIVATE_FILE, thread_local=False)
    try:
        lock.acquire(timeout=max(wait, 0.0), poll_interval=0.1)
        _write_holder(lock_path)
    except Timeout as error:
        raise WorkspaceBusyError(_busy(lock_path)) from error
    except OSError as error:
        lock.release()
        found = f"the workspace cannot be locked ({error.strerror or error})"
        todo = "give write permission to its folder, or free disk space"
        raise StorageError(Problem(found, todo, at=Place(str(lock_path)))) from error
    try:
        yield
    finally:
        # Before the release: afterwards it might already be the file of the next holder. One that stays harms nobody:
        # it is read only while somebody holds the lock, and that one has written it anew.
        with suppress(OSError):
            holder_path(lock_path).unlink()
        lock.release()


def holder_path(lock_path: Path) -> Path:
    """Return the path of the file in which the holder of `lock_path` records itself.

    It is not the lock file itself: a process that waits for that may truncate it.
    """
    return lock_path.with_name(f"{lock_path.name}.holder")


def read_holder(lock_path: Path) -> Holder | None:
    """Return the holder last recorded for `lock_path`; None if that cannot be read."""
    try:
        holder = json.loads(read_regular(holder_path(lock_path)))
        return Holder(pid=holder["pid"], host=holder["host"], command=holder["command"], since=holder["since"])
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _write_holder(lock_path: Path) -> None:
    path = holder_path(lock_path)
    holder = Holder(
        pid=os.getpid(),
        host=socket.gethostname(),
        command=shlex.join(sys.argv),
        since=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    # Written whole under another name, then renamed: a process that is refused at this moment reads all or nothing.
    beside = fresh_part(path)
    with create_private(beside) as file:
        file.write(json.dumps(holder).encode())
    beside.replace(path)


def _busy(lock_path: Path) -> Problem:
    holder = read_holder(lock_path)
    todo = "wait for it (`--wait SECONDS`), or end it"
    if holder is None:
        return Problem("another process holds the workspace", todo, at=Place(str(lock_path)))
    who = f"process {holder['pid']} on {holder['host']} (`{holder['command']}`, since {holder['since']})"
    return Problem(f"{who} holds the workspace", todo, at=Place(str(lock_path)))
