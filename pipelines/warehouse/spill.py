"""The spill folder: where DuckDB puts what does not fit into memory, and what a killed process left there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.workspace.files import storage_errors

if TYPE_CHECKING:
    from pathlib import Path

MADE_BY_DUCKDB = "duckdb_temp_*"

_opened: set[Path] = set()
"""The spill folders that this process has used."""


def remove_leftovers(folder: Path) -> None:
    """Delete what killed processes left in a spill folder that nobody else uses: its warehouse is open for writing.

    Raises:
        StorageError: it cannot be deleted.
    """
    # Only the first time: later, files may be those of another connection of this process.
    if folder in _opened:
        return
    _opened.add(folder)
    with storage_errors(folder):
        for path in folder.glob(MADE_BY_DUCKDB):
            path.unlink(missing_ok=True)
