"""Tables that a command shows, written as one page in the colours of the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.publish.statement_data import brand_of
from pipelines.workspace.files import refuse_other_kind, write_whole
from reports.page.tables import TableView, tables_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pipelines.console.tables import Table
    from pipelines.workspace.configuration import Workspace


def write_tables(
    tables: Iterable[Table], target: Path, workspace: Workspace, *, title: str, lead: Sequence[str]
) -> None:
    """Write `tables` as one HTML page.

    Raises:
        StorageError: the disk is full or may not be written.
        TerminalError: there is no such folder, or a file of another kind.
    """
    views = [TableView(table.title, table.frame.columns, table.numeric, table.texts()) for table in tables]
    refuse_other_kind(target, ".html", ".htm")
    write_whole(target, tables_page(title, lead, views, brand_of(workspace)))
