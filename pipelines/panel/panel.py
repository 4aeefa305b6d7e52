"""The panel of one member, from the books."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.panel.ahead import books_ahead
from pipelines.panel.frames import members_of, of_member, read_frames
from pipelines.panel.tables import panel_tables
from pipelines.panel.view import panel_view
from pipelines.publish.statement_data import brand_of
from pipelines.workspace.files import refuse_other_kind, write_whole
from pipelines.workspace.normal_text import normal_id
from reports.panel.panel import panel_fragment
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipelines.console.tables import Table
    from pipelines.panel.frames import PanelFrames
    from pipelines.workspace.configuration import Workspace


def panel(workspace: Workspace, member: str) -> dict[str, Table]:
    """Return the panel of a member, or of who is paid for others, as tables: see pipelines.panel.tables.

    Raises:
        BooksError: nothing was computed yet, or nobody of that id takes part or is paid.
        WorkspaceBusyError: a run holds the workspace.
    """
    member_id = normal_id(member, workspace.config.ids)
    with books_ahead(workspace) as connection:
        frames = read_frames(connection)
    require_member(frames, member_id)
    return panel_tables(of_member(frames, member_id), member_id)


def require_member(frames: PanelFrames, member_id: str) -> None:
    """Refuse a member that earns nothing this year and waits for no payout.

    Raises:
        BooksError: with what to look at instead.
    """
    if member_id not in members_of(frames):
        is_known = member_id in frames.names
        found = f"{member_id} {'takes part in no program this year' if is_known else 'is no member'}"
        todo = "see its enrolments and `members` in the rule files" if is_known else "write an id as members have it"
        raise BooksError(Problem(found, todo))


def write_panel(tables: Mapping[str, Table], target: Path, workspace: Workspace) -> None:
    """Write a panel as a fragment of HTML in the colours of the workspace.

    Raises:
        StorageError: the disk is full or may not be written.
        TerminalError: there is no such folder, or a file of another kind.
    """
    refuse_other_kind(target, ".html", ".htm")
    write_whole(target, panel_fragment(panel_view(tables), brand_of(workspace).colour))
