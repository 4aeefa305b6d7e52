"""A lost warehouse: it is not there, but what lies around it was made by earlier runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.warehouse.backup_file import last_good_backup
from reports.erp.manifest import MANIFEST_FILE
from schemas.errors import BooksError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.workspace.configuration import Workspace


def refuse_lost(workspace: Workspace) -> None:
    """Refuse to begin new books where earlier ones were: all that they paid would be paid again.

    Raises:
        BooksError: there is no warehouse, but traces of earlier runs.
    """
    path = workspace.warehouse_path
    if path.exists():
        return
    good = last_good_backup(workspace.backups_dir)
    found = [*_traces(workspace), *([workspace.backups_dir.name] if good else [])]
    if not found:
        return
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    restored = f"{workspace.backups_dir.name}/{good.name}" if good else "FILE"
    todo = (
        f"find it, or put a backup back: `rebatch restore {restored}`; new books would pay everything again"
        " (if that is meant, move what speaks of the old ones away first)"
    )
    raise BooksError(
        Problem(f"the warehouse is gone: {found[0]}{more} speak of earlier runs", todo, at=Place(path.name))
    )


def _traces(workspace: Workspace) -> Iterator[str]:
    """Yield what there is beside backups that only earlier runs can have made, relative to the workspace."""
    path = workspace.warehouse_path
    out = workspace.out_dir
    yield from (f"{out.name}/{found.parent.name}" for found in sorted(out.glob(f"[!.]*/{MANIFEST_FILE}")))
    if any(workspace.published_dir.glob("[!.]*")):
        yield workspace.published_dir.name
    for name in (f"{path.name}.replaced", f".{path.name}.restored", f"{path.name}.wal"):
        if path.with_name(name).exists():
            yield name
