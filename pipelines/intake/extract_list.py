"""The manifest of extracts: which files were found, so that the next stage need not search for them again."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from pipelines.workspace.files import make_own_folder, write_whole
from pipelines.workspace.regular_files import read_regular
from schemas.errors import Place, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace
    from schemas.source import Source

_FILE = "manifest.json"
LANDED = re.compile(r"[0-9a-f]{64}-[0-9a-f]{8}\.parquet")
"""The names of landed texts, see `landing_path`: nothing else in their folder is Rebatch's to delete."""


@dataclass(frozen=True)
class Extract:
    """A file that was found: `position` of its source in the configuration, `path` below the workspace, `columns`."""

    position: int
    path: str
    sha256: str
    bytes: int
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Manifest:
    """All extracts in the order of loading, and the hash of every file by its fingerprint.

    A fingerprint changes whenever a file is written, even if its size and times are restored. `refused` names files
    that could not be read and do not stop the run.
    """

    extracts: tuple[Extract, ...] = ()
    hashes: dict[str, str] = field(default_factory=dict)
    refused: tuple[str, ...] = ()


def read_manifest(workspace: Workspace) -> Manifest:
    """Return the manifest of the last extract stage; empty if it cannot be read."""
    try:
        text = read_regular(workspace.landing_dir / _FILE)
        data = json.loads(text)
        extracts = tuple(Extract(**{**item, "columns": tuple(item["columns"])}) for item in data["extracts"])
        return Manifest(extracts, dict(data["hashes"]), tuple(data["refused"]))
    except (OSError, ValueError, LookupError, TypeError):
        return Manifest()


def write_manifest(workspace: Workspace, manifest: Manifest) -> None:
    """Write `manifest` for the next stage; the file appears whole."""
    path = workspace.landing_dir / _FILE
    make_own_folder(path.parent)
    write_whole(path, json.dumps(asdict(manifest), indent=1, ensure_ascii=False).encode())


def fingerprint(path: Path, name: str) -> str:
    """Return a text that identifies a file and its state, without reading it."""
    state = path.stat()
    # st_ctime cannot be set by a program, so that even a copied modification time does not hide a change.
    return f"{name}|{state.st_size}|{state.st_mtime_ns}|{state.st_ctime_ns}|{state.st_ino}"


def still_written(name: str) -> Problem:
    """Return why a file is refused that is not what it was a moment ago."""
    todo = "run again when its delivery is over; best is to write under another name, and to rename when all is written"
    return Problem("the file changed while it was read: it is still being written", todo, at=Place(name))


def is_as_found(workspace: Workspace, extract: Extract) -> bool:
    """Return whether a file of the manifest is still what was found; True for a file that came without a manifest."""
    marks = {mark for mark, sha256 in read_manifest(workspace).hashes.items() if sha256 == extract.sha256}
    path = workspace.root / extract.path
    if not marks or not path.exists():
        return True
    # Behind the fingerprint stand the values of the path, where it has any.
    now = fingerprint(path, extract.path)
    return any(mark == now or mark.startswith(f"{now}{{") for mark in marks)


def landing_path(workspace: Workspace, sha256: str, source: Source) -> Path:
    """Return the path to which the text of a CSV lands; the same text read in another way lands elsewhere."""
    more = [*([source.skip_lines] if source.skip_lines else []), *source.ignore]
    more += [source.escape] if source.escape != "none" else []
    reading = json.dumps([source.encoding, source.delimiter, *more])
    return workspace.landing_dir / f"{sha256}-{hashlib.sha256(reading.encode()).hexdigest()[:8]}.parquet"
