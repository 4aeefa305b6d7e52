"""The files that a statement names, as its mail has them attached."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from pipelines.workspace.regular_files import read_regular
from reports.mail.message import Attachment
from reports.statement.paths import rebates_path, transactions_path
from schemas.errors import BooksError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

LARGEST = 1_000_000
"""Bytes of all of them in a mail: servers refuse mails of some megabytes, and each byte takes a third more there."""


class NamedFiles(NamedTuple):
    """The files that are attached, and the names of those that are too large for a mail."""

    attached: tuple[Attachment, ...] = ()
    left_out: tuple[str, ...] = ()


def named_files(payee_id: str, folder: Path, listed: Mapping[str, str], largest: int = LARGEST) -> NamedFiles:
    """Return the files that a payee's statement names, as they were published in `folder`.

    listed: the SHA-256 of each file of the run, by its path. largest: bytes of all that are attached.

    Raises:
        BooksError: one is missing, or no longer what was published.
    """
    attached: list[Attachment] = []
    left_out = []
    for path in (rebates_path(payee_id), transactions_path(payee_id)):
        if path not in listed:
            continue
        name = PurePosixPath(path).name
        if _size(folder, path) > largest - sum(len(each.content) for each in attached):
            left_out.append(name)
        else:
            attached.append(Attachment(name, _published(folder, path, listed[path])))
    return NamedFiles(tuple(attached), tuple(left_out))


def file_problems(payees: Iterable[str], folder: Path, listed: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a problem for each payee whose statement names a file that is missing or was changed."""
    for payee_id in payees:
        try:
            named_files(payee_id, folder, listed)
        except BooksError as error:
            [problem] = error.problems
            yield Problem(f"{problem.at.file}: {problem.found}", problem.todo, at=Place(payee_id))


def _size(folder: Path, path: str) -> int:
    try:
        return (folder / path).stat().st_size
    except OSError as error:
        raise _changed(folder, path) from error


def _published(folder: Path, path: str, sha256: str) -> bytes:
    try:
        content = read_regular(folder / path)
    except OSError as error:
        raise _changed(folder, path) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise _changed(folder, path)
    return content


def _changed(folder: Path, path: str) -> BooksError:
    place = Place(f"{folder.parent.name}/{folder.name}/{path}")
    found, todo = "the file is not the one that was published", "`rebatch verify` tells what was changed"
    return BooksError(Problem(found, todo, at=place))
