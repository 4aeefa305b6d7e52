"""The panels that every run leaves in `panels/`, where the workspace asks for them: those that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.console.tables import to_json
from pipelines.panel.frames import each_member, read_frames
from pipelines.panel.panel import MemberPanel
from pipelines.publish.presentation import brand_of, language_for
from pipelines.warehouse.connection import connect
from pipelines.workspace.files import make_own_folder, remove_parts, storage_errors, write_whole
from pipelines.workspace.regular_files import read_regular
from reports.panel.panel import panel_fragment
from reports.statement.paths import safe_stem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

ENDINGS = (".json", ".html")


def write_nightly(workspace: Workspace) -> int:
    """Write the panel of every member that has one, as JSON and as a fragment of HTML; return how many files changed.

    Each file is replaced in one step, and only if it changed; those of members that have no panel any more are
    removed. Nothing happens where the workspace does not ask for it. The caller holds no connection.

    Raises:
        StorageError: the disk is full or may not be written; panels not written yet are as they were.
        TerminalError: `panels/` is a link.
    """
    folder = workspace.panels_dir
    if not workspace.config.panels.nightly or workspace.apart:  # a rehearsal leaves nothing
        return 0
    make_own_folder(folder)
    remove_parts(folder)
    changed, written = 0, set()
    for name, content in _files(workspace):
        written.add(name)
        changed += _write_changed(folder / name, content)
    with storage_errors(folder):
        for path in folder.iterdir():
            if path.suffix in ENDINGS and path.name not in written:
                path.unlink()
                changed += 1
    return changed


def _files(workspace: Workspace) -> Iterator[tuple[str, bytes]]:
    """Yield the files of all members in order: name and content."""
    colour, language = brand_of(workspace).colour, language_for(workspace)
    # The run that was made just now has foreseen the open periods, if there are any.
    with connect(workspace, read_only=True) as connection:
        frames = read_frames(connection)
    for member_id, own in each_member(frames):
        made, stem = MemberPanel.of(own, member_id), safe_stem(member_id)
        yield f"{stem}.json", f"{to_json(made.tables.values())}\n".encode()
        yield f"{stem}.html", panel_fragment(made.shown(language), colour)


def _write_changed(path: Path, content: bytes) -> bool:
    if path.exists() and read_regular(path) == content:
        return False
    write_whole(path, content, tidy=False)
    return True
