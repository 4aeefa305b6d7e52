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
from pipelines.workspace.configuration import CONFIG
from pipelines.workspace.folders import write_file
from pipelines.workspace.regular_files import read_regular
from reports.document.document import TEMPLATE, Sheet, template
from schemas.errors import Place, Problem, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from pipelines.workspace.configuration import Workspace

BEGINNINGS = {".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff"}
"""How files of these kinds begin; of an .svg the text is looked at."""

LARGEST_LOGO = 1_000_000
"""Bytes: it is in every document."""


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
    logo = _logo(workspace)
    name = "" if logo is None else f"logo{logo[0]}"
    parts = [template(), b"" if logo is None else logo[1], json.dumps(tool_versions()).encode()]
    with tempfile.TemporaryDirectory(prefix="rebatch-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        write_file(folder, TEMPLATE, parts[0])
        if name:
            write_file(folder, name, parts[1])
        sheet = Sheet(day, brand_of(workspace).colour, name, workspace.config.statements.paper)
        yield Look(folder, sheet, made_from(*parts))


def _logo(workspace: Workspace) -> tuple[str, bytes] | None:
    """Return the ending and the content of the brand's logo."""
    named = None if workspace.config.brand is None else workspace.config.brand.logo
    if named is None:
        return None
    ending = Path(named).suffix.lower()
    try:
        content = read_regular(workspace.root / named)
    except OSError as error:
        todo = f"put it there, or correct `logo:` in {CONFIG}"
        raise WorkspaceError(Problem(f"the logo cannot be read ({error.strerror})", todo, at=Place(named))) from error
    is_picture = b"<svg" in content if ending == ".svg" else content.startswith(BEGINNINGS.get(ending, b"\0\0"))
    if not is_picture or len(content) > LARGEST_LOGO:
        todo = f"name an SVG, PNG or JPEG of at most {LARGEST_LOGO:,} bytes under `logo:` in {CONFIG}"
        raise WorkspaceError(Problem("the logo is too large, or no such picture", todo, at=Place(named)))
    return ending, content
