"""The look of documents: template and logo, in a folder from which the typesetter reads nothing else."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pipelines.documents.fonts import tool_versions
from pipelines.documents.index import made_from
from pipelines.publish.presentation import brand_of
from pipelines.workspace.folders import write_file
from pipelines.workspace.logo import logo_of
from reports.document.document import TEMPLATE, Sheet, template

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from pipelines.workspace.configuration import Workspace


class Look(NamedTuple):
    """The folder with template and logo, what all documents share, and the hash of all that."""

    folder: Path
    sheet: Sheet
    made_from: str


@contextmanager
def look_of(workspace: Workspace, day: date) -> Iterator[Look]:
    """Lay out what documents are made with in a private folder, which is deleted afterwards.

    Raises:
        WorkspaceError: the logo is not there, too large, or no picture.
        TerminalError: a font is not installed.
    """
    logo = logo_of(workspace)
    name = "" if logo is None else f"logo{logo[0]}"
    parts = [template(), b"" if logo is None else logo[1], json.dumps(tool_versions()).encode()]
    with tempfile.TemporaryDirectory(prefix="rebatch-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        write_file(folder, TEMPLATE, parts[0])
        if name:
            write_file(folder, name, parts[1])
        sheet = Sheet(day, brand_of(workspace).colour, name, workspace.config.statements.paper)
        yield Look(folder, sheet, made_from(*parts))
