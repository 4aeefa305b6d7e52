"""What errors of the operating system and of the process mean: no command ends without words."""

from __future__ import annotations

import errno
import os

from pipelines.workspace.files import STORAGE_FAULTS
from schemas.errors import MemoryLimitError, Place, Problem, RebatchError, StorageError, TerminalError

FAULTS = (OSError, MemoryError, RecursionError, UnicodeError, ImportError)
"""What a machine, its memory and the names on it can do to a command at any point."""

_AGAIN = "nothing was half done"
_TODO = {
    errno.ENOENT: "put it back, or name another",
    errno.EEXIST: "move away what is there: another kind of thing belongs there",
    errno.ENOTDIR: "a file stands where a folder belongs: move it away",
    errno.EISDIR: "a folder stands where a file belongs: move it away",
    errno.ENOTEMPTY: "move away what is in it",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ELOOP: "this link leads back to itself: put the file itself there",
    errno.EMFILE: "let this process open more files (`ulimit -n`)",
    errno.ENFILE: "end what holds so many files open on this machine",
    errno.EINVAL: "name another",
}
_NO_MEMORY = frozenset({errno.ENOMEM, errno.EAGAIN})


def system_error(error: BaseException) -> RebatchError:
    """Return the error that tells people what one of FAULTS means, with the file it is about."""
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in _NO_MEMORY):
        return _memory()
    if isinstance(error, OSError):
        return _of_file(error)
    if isinstance(error, UnicodeError):
        found = f"a name or text is not UTF-8 ({error.reason})" if isinstance(error, UnicodeEncodeError) else str(error)
        return TerminalError(Problem(found, f"rename it, or write it in UTF-8; {_AGAIN}"))
    if isinstance(error, RecursionError):
        return TerminalError(Problem("what was read is nested too deeply", f"nest it less; {_AGAIN}"))
    found = f"a part of Rebatch could not be loaded ({error})"
    todo = "let this process use more memory (`ulimit -v`); if it may, install Rebatch again"
    return TerminalError(Problem(found, todo))


def _of_file(error: OSError) -> RebatchError:
    place = Place(os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else "")
    found = f"this cannot be used ({error.strerror or error})"
    if error.errno in STORAGE_FAULTS:
        todo = f"free disk space or give permission to read and write, then give the command again: {_AGAIN}"
        return StorageError(Problem(found, todo, at=place))
    return TerminalError(Problem(found, f"{_TODO.get(error.errno or 0, 'see what is there')}; {_AGAIN}", at=place))


def _memory() -> MemoryLimitError:
    todo = f"let this process use more (`ulimit -v`), or lower `memory_limit` and `threads` in rebatch.yaml; {_AGAIN}"
    return MemoryLimitError(Problem("there is not enough memory for this process", todo))
