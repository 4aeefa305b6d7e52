"""The index of a folder of documents: what each was made from, so that only what has changed is made again."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pipelines.workspace.files import sha256_of_file, write_whole
from pipelines.workspace.regular_files import read_regular

if TYPE_CHECKING:
    from pathlib import Path

INDEX = "made.json"
_NAME = re.compile(r"[a-z0-9-]+\.pdf")


@dataclass(frozen=True)
class Entry:
    """A document: the SHA-256 of what it was made from, and of its file."""

    made_from: str
    sha256: str


def made_from(*parts: bytes) -> str:
    """Return the SHA-256 of everything a document is made from."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.hexdigest()


def read_index(folder: Path) -> dict[str, Entry]:
    """Return the documents of a folder by the names of their files; empty if the index cannot be read."""
    try:
        read = json.loads(read_regular(folder / INDEX))
        # Files of these names are deleted: a name that leads elsewhere is none of ours.
        return {name: Entry(**entry) for name, entry in read.items() if _NAME.fullmatch(name)}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_index(folder: Path, entries: dict[str, Entry]) -> None:
    """Write the index of a folder.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    listed = {name: asdict(entry) for name, entry in sorted(entries.items())}
    write_whole(folder / INDEX, (json.dumps(listed, indent=1, ensure_ascii=False) + "\n").encode())


def is_made(folder: Path, name: str, entry: Entry | None, wanted: str) -> bool:
    """Return whether the file is there, made from what is `wanted`, and has not been changed since."""
    if entry is None or entry.made_from != wanted:
        return False
    try:
        return sha256_of_file(folder / name) == entry.sha256
    except OSError:
        return False
