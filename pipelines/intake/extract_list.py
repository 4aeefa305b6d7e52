"""The manifest of extracts: which files were found, so that the next stage need not search for them again."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from pipelines.workspace.files import PRIVATE_FOLDER, create_private, storage_errors

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace
    from schemas.source import Source

_FILE = "manifest.json"


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
        text = (workspace.landing_dir / _FILE).read_text(encoding="utf-8")
        data = json.loads(text)
        extracts = tuple(Extract(**{**item, "columns": tuple(item["columns"])}) for item in data["extracts"])
        return Manifest(extracts, dict(data["hashes"]), tuple(data["refused"]))
    except (OSError, ValueError, LookupError, TypeError):
        return Manifest()


def write_manifest(workspace: Workspace, manifest: Manifest) -> None:
    """Write `manifest` for the next stage; the file appears whole."""
    path = workspace.landing_dir / _FILE
    write_whole(path, json.dumps(asdict(manifest), indent=1, ensure_ascii=False).encode())


def write_whole(path: Path, content: bytes) -> None:
    """Write a private file that appears whole or not at all, synced.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    beside = path.with_name(f"{path.name}.tmp")
    with storage_errors(path):
        path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        with create_private(beside) as file:
            file.write(content)
            file.flush()
            # Before the rename: after a power failure the final name must not lead to an empty file.
            os.fsync(file.fileno())
        beside.replace(path)


def fingerprint(path: Path, name: str) -> str:
    """Return a text that identifies a file and its state, without reading it."""
    state = path.stat()
    # st_ctime cannot be set by a program, so that even a copied modification time does not hide a change.
    return f"{name}|{state.st_size}|{state.st_mtime_ns}|{state.st_ctime_ns}|{state.st_ino}"


def landing_path(workspace: Workspace, sha256: str, source: Source) -> Path:
    """Return the path to which the text of a CSV lands; the same text read in another way lands elsewhere."""
    reading = json.dumps([source.encoding, source.delimiter])
    return workspace.landing_dir / f"{sha256}-{hashlib.sha256(reading.encode()).hexdigest()[:8]}.parquet"
