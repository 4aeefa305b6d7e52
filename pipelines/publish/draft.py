"""A draft: the folder of a run while it is written, and what its manifest will say of each file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.workspace.folders import add_to_file, write_file
from reports.erp.manifest import FileRecord

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass
class Draft:
    """A folder being written, and the manifest entries of its files."""

    folder: Path
    records: list[FileRecord] = field(default_factory=list)
    _growing: dict[str, _Growing] = field(default_factory=dict)

    def write(
        self, path: str, content: bytes, *, rows: int, totals: Mapping[str, str], payee_id: str | None = None
    ) -> None:
        """Write one file and add its entry to the manifest."""
        write_file(self.folder, path, content)
        self.records.append(FileRecord.of(path, content, rows=rows, totals=totals, payee_id=payee_id))

    def has_part(self, path: str) -> bool:
        """Return whether a file that grows has a part already."""
        return path in self._growing

    def add_part(self, path: str, content: bytes, *, rows: int) -> None:
        """Write a part, of so many rows, of a file that grows while others are written; see `end_parts`."""
        if self.has_part(path):
            add_to_file(self.folder, path, content)
        else:
            self._growing[path] = _Growing()
            write_file(self.folder, path, content)
        self._growing[path].add(content, rows)

    def end_parts(self) -> None:
        """Add the entries of the files that were written in parts: they are whole now."""
        for path, grown in self._growing.items():
            self.records.append(FileRecord(path, grown.digest.hexdigest(), grown.size, grown.rows))
        self._growing.clear()


@dataclass
class _Growing:
    """What the manifest will say of a file, as far as it was written."""

    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    size: int = 0
    rows: int = 0

    def add(self, content: bytes, rows: int) -> None:
        self.digest.update(content)
        self.size, self.rows = self.size + len(content), self.rows + rows
