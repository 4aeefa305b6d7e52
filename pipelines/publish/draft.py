"""A draft: the folder of a run while it is written, and what its manifest will say of each file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.workspace.folders import new_file, write_file
from reports.erp.manifest import FileRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


@dataclass
class Draft:
    """A folder being written, and the manifest entries of its files."""

    folder: Path
    records: list[FileRecord] = field(default_factory=list)

    def write(
        self, path: str, content: bytes, *, rows: int, totals: Mapping[str, str], payee_id: str | None = None
    ) -> None:
        """Write one file and add its entry to the manifest."""
        write_file(self.folder, path, content)
        self.records.append(FileRecord.of(path, content, rows=rows, totals=totals, payee_id=payee_id))

    def write_parts(self, path: str, parts: Iterable[tuple[bytes, int]]) -> None:
        """Write one file that is larger than memory may be, from parts of so many rows each, and add its entry."""
        digest, size, rows = hashlib.sha256(), 0, 0
        with new_file(self.folder, path) as file:
            for content, more in parts:
                file.write(content)
                digest.update(content)
                size, rows = size + len(content), rows + more
        self.records.append(FileRecord(path, digest.hexdigest(), size, rows))
