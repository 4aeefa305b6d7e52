"""The panel of one member, from the books."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.audit.past import books_as_of
from pipelines.panel.ahead import books_ahead
from pipelines.panel.frames import members_of, months_to, of_member, read_frames
from pipelines.panel.tables import panel_tables
from pipelines.publish.presentation import brand_of
from pipelines.workspace.files import refuse_other_kind, write_whole
from pipelines.workspace.normal_text import normal_id
from reports.panel.panel import panel_fragment
from reports.panel.view import PanelData, panel_view
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipelines.console.tables import Table
    from pipelines.panel.frames import PanelFrames
    from pipelines.workspace.configuration import Workspace
    from reports.page.language import Language
    from reports.panel.panel import Panel
    from reports.panel.titles import TitlesByPlace


@dataclass(frozen=True)
class MemberPanel:
    """The panel of a member: its tables (see pipelines.panel.tables), and titles by language."""

    tables: Mapping[str, Table]
    titles: TitlesByPlace

    @classmethod
    def of(cls, frames: PanelFrames, member_id: str) -> MemberPanel:
        """Return the panel that is made of the frames of one member."""
        return cls(panel_tables(frames, member_id), frames.titles)

    def shown(self, language: Language) -> Panel:
        """Return the panel as people see it."""
        rows = {name: table.frame.to_dicts() for name, table in self.tables.items()}
        return panel_view(PanelData(rows, self.titles, months_to(rows["member"][0]["as_of"])), language)


def panel(workspace: Workspace, member: str, as_of: str | None = None) -> MemberPanel:
    """Return the panel of a member, or of who is paid for others, now or as a run left the books.

    Raises:
        BooksError: nothing was computed yet, there is no such run, or nobody of that id takes part or is paid.
        WorkspaceBusyError: a run holds the workspace.
    """
    member_id = normal_id(member, workspace.config.ids)
    with books_as_of(workspace, as_of, is_ahead=True) as books, books_ahead(books) as connection:
        frames = read_frames(connection)
    require_member(frames, member_id)
    return MemberPanel.of(of_member(frames, member_id), member_id)


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


def write_panel(made: MemberPanel, target: Path, workspace: Workspace, language: Language) -> None:
    """Write a panel as a fragment of HTML in the colours of the workspace.

    Raises:
        StorageError: the disk is full or may not be written.
        TerminalError: there is no such folder, or a file of another kind.
    """
    refuse_other_kind(target, ".html", ".htm")
    write_whole(target, panel_fragment(made.shown(language), brand_of(workspace).colour))
