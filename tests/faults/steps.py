"""The steps at which a process changes the world, counted; at one of them it fails, or is killed.

Steps: a file opened for writing, its bytes, a sync, a rename, a link, a removal, a folder made or removed, a change of
mode, a connection to a server, a statement of SQL that writes, a commit, a database created. What DuckDB and Polars do
inside one statement is one step; `torn` breaks that open too, for the log of the warehouse.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn, Self

import duckdb

if TYPE_CHECKING:
    from collections.abc import Callable

READS = re.compile(
    r"\s*(SELECT|FROM|WITH|SET|RESET|PRAGMA|DESCRIBE|SHOW|EXPLAIN|ATTACH|DETACH|USE|BEGIN|ROLLBACK)\b", re.IGNORECASE
)
WRITES = re.compile(r"\b(INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|MERGE\s+INTO)\b", re.IGNORECASE)
SCRATCH = re.compile(r"\s*CREATE\s+(OR\s+REPLACE\s+)?TEMP", re.IGNORECASE)
COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)

AUDITED = {
    "os.rename": "rename",
    "os.link": "link",
    "os.symlink": "link",
    "os.remove": "unlink",
    "os.mkdir": "mkdir",
    "os.rmdir": "rmdir",
    "os.chmod": "chmod",
    "os.truncate": "truncate",
    "socket.connect": "connect",
}
"""Events that Python raises before it does what they name, by the word for the step."""
TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
BY_ERROR, BY_KILL, TORN = "error", "kill", "torn"
MODES = (TORN, BY_KILL, BY_ERROR)
"""How a step fails: the process is killed in the middle of it, or before it; or it raises what a broken disk raises."""
CAN_BE_TORN = frozenset({"write", "sql", "commit"})


def writes(statement: str) -> bool:
    """Say whether a statement changes what is on the disk."""
    bare = COMMENTS.sub(" ", statement)
    if SCRATCH.match(bare):
        return False
    return not READS.match(bare) or WRITES.search(bare) is not None


class Steps:
    """The steps of this process below `root`; at number `fatal`, counted from 1, it fails in `mode`."""

    def __init__(self, root: Path, *, fatal: int = 0, mode: str = BY_KILL) -> None:
        self.root, self.fatal, self.mode = root, fatal, mode
        self.taken: list[str] = []
        self._one_at_a_time = threading.Lock()

    def take(self, kind: str, what: str, *, fail: Callable[[], NoReturn], half: Callable[[], object] = str) -> None:
        """Count one step; if it is the fatal one, `fail`, or do the `half` of it and end the process."""
        with self._one_at_a_time:
            self.taken.append(f"{kind} {what}")
            is_fatal = len(self.taken) == self.fatal
        if not is_fatal:
            return
        if self.mode == BY_ERROR:
            fail()
        if self.mode == TORN:
            half()
        os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Watch this process from now on, until it ends."""
        sys.addaudithook(self._audit)
        self._watch_files()
        self._watch_duckdb()

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & TO_WRITE and self._is_ours(path):
                self.take("open", self._name(path), fail=no_space)
        elif event == "os.mkdir" and Path(arguments[0]).exists():
            pass  # nothing is made
        elif event == "socket.connect" or (event in AUDITED and self._is_ours(arguments[0])):
            self.take(AUDITED[event], self._name(arguments[0]), fail=no_space)

    def _is_ours(self, path: object) -> bool:
        # What a removal of a folder takes away has names relative to it.
        if not isinstance(path, str | os.PathLike):
            return False
        return not Path(path).is_absolute() or Path(path).is_relative_to(self.root)

    def _name(self, path: object) -> str:
        return os.path.relpath(str(path), self.root) if isinstance(path, str | os.PathLike) else str(path)

    def _watch_files(self) -> None:
        sync, fdopen = os.fsync, os.fdopen

        def counted_sync(descriptor: int) -> None:
            self.take("fsync", self._name(path_of(descriptor)), fail=no_space)
            sync(descriptor)

        def counted_fdopen(descriptor: int, mode: str = "r", *more: Any, **named: Any) -> Any:
            file = fdopen(descriptor, mode, *more, **named)
            name = path_of(descriptor)
            return CountedFile(file, self, self._name(name)) if "w" in mode and self._is_ours(name) else file

        put(os, fsync=counted_sync, fdopen=counted_fdopen)

    def _watch_duckdb(self) -> None:
        connection = duckdb.DuckDBPyConnection
        execute, commit, connect = connection.execute, connection.commit, duckdb.connect
        begin, rollback = connection.begin, connection.rollback
        in_transaction: set[int] = set()

        def noted_begin(books: Any) -> Any:
            in_transaction.add(id(books))
            return begin(books)

        def noted_rollback(books: Any) -> Any:
            in_transaction.discard(id(books))
            return rollback(books)

        def counted_execute(books: Any, query: Any, *more: Any, **named: Any) -> Any:
            text = query.query if isinstance(query, duckdb.Statement) else query
            if isinstance(text, str) and writes(text):
                # Outside a transaction a statement is its own commit.
                kind = "change" if id(books) in in_transaction else "sql"
                half = self._torn_log(lambda: execute(books, query, *more, **named))
                self.take(kind, " ".join(text.split())[:60], fail=database_full, half=half)
            return execute(books, query, *more, **named)

        def counted_commit(books: Any) -> Any:
            def fail() -> NoReturn:
                # As DuckDB does with a commit that finds no space for its log.
                books.rollback()
                message = "TransactionContext Error: Failed to commit: Could not write file: No space left on device"
                raise duckdb.TransactionException(message)

            in_transaction.discard(id(books))
            self.take("commit", "", fail=fail, half=self._torn_log(lambda: commit(books)))
            return commit(books)

        def counted_connect(database: Any = ":memory:", *more: Any, **named: Any) -> Any:
            if self._is_ours(database) and Path(database).is_absolute() and not Path(database).exists():
                self.take("create", self._name(database), fail=database_full)
            return connect(database, *more, **named)

        put(connection, execute=counted_execute, commit=counted_commit, begin=noted_begin, rollback=noted_rollback)
        put(duckdb, connect=counted_connect)

    def _torn_log(self, write: Callable[[], object]) -> Callable[[], None]:
        """Return what does `write` and then leaves half of what it added to the warehouse's log."""

        def half() -> None:
            log = self.root / "warehouse.duckdb.wal"
            before = log.stat().st_size if log.exists() else 0
            write()
            after = log.stat().st_size if log.exists() else 0
            if after > before:
                os.truncate(log, (before + after) // 2)

        return half


class CountedFile:
    """A file of which the writing is one step: it fails with half of its first part written."""

    def __init__(self, file: IO[bytes], steps: Steps, name: str) -> None:
        self._file, self._steps, self._name = file, steps, name
        self._has_begun = False

    def write(self, content: bytes) -> int:
        def half() -> None:
            self._file.write(bytes(content)[: len(bytes(content)) // 2])
            self._file.flush()

        def fail() -> NoReturn:
            half()
            no_space()

        if not self._has_begun:
            self._has_begun = True
            self._steps.take("write", self._name, fail=fail, half=half)
        return self._file.write(content)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def put(where: object, **instead: object) -> None:
    """Put functions in place of those of the same names, for as long as the process lasts."""
    for name, function in instead.items():
        setattr(where, name, function)


def path_of(descriptor: int) -> Path:
    return Path(f"/proc/self/fd/{descriptor}").readlink()


def no_space() -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def database_full() -> NoReturn:
    message = 'IO Error: Could not write file "warehouse.duckdb": No space left on device'
    raise duckdb.IOException(message)
