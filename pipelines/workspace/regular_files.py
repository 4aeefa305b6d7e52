"""Reading files that others put there: files alone, never what would be waited for or has no end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import BufferedReader


def open_regular(path: Path) -> BufferedReader:
    """Open the file `path` for reading, and nothing but a file: a pipe would be waited for, a device never ends.

    Raises:
        OSError: it is not there, cannot be read, or is no file; `strerror` says which.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _require_regular(os.fstat(descriptor).st_mode, path)
    except OSError:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def read_regular(path: Path) -> bytes:
    """Return the content of a file, under the conditions of `open_regular`."""
    with open_regular(path) as file:
        return file.read()


def read_texts(paths: Mapping[str, Path], todo: str) -> tuple[dict[str, str], list[Problem]]:
    """Return the texts of files in UTF-8 by name, and a problem for each that cannot be read; `todo`: what to do then.

    They come in the order of `paths`, so that problems are told in the same order on every file system.
    """
    texts, problems = {}, []
    for name, path in paths.items():
        try:
            texts[name] = read_regular(path).decode()
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(f"the file cannot be read ({error})", todo, at=Place(name)))
    return texts, problems


def require_regular(path: Path) -> None:
    """Refuse what is no file, where a library opens it by its name; the conditions are those of `open_regular`."""
    _require_regular(path.stat().st_mode, path)


def real_path(path: Path) -> Path:
    """Return where a path leads when links are followed; one that leads back to itself stays, and cannot be opened."""
    return Path(os.path.realpath(path))


def _require_regular(mode: int, path: Path) -> None:
    if stat.S_ISREG(mode):
        return
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
    number = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
    raise OSError(number, f"it is {kinds.get(stat.S_IFMT(mode), 'a device')}, not a file", str(path))
