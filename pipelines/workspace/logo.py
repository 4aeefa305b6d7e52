"""The logo of a workspace: a picture file, checked before anything shows it."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.workspace.configuration import CONFIG
from pipelines.workspace.regular_files import read_regular
from schemas.errors import Place, Problem, WorkspaceError

if TYPE_CHECKING:
    from pipelines.workspace.configuration import Workspace

BEGINNINGS = {".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff"}
"""How files of these kinds begin; of an .svg the text is looked at."""

LARGEST_LOGO = 1_000_000
"""Bytes: it is in every document."""

LARGEST_ON_PAGES = 64_000
"""Bytes of a logo that pages hold: each of them holds it whole."""

TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


def logo_of(workspace: Workspace) -> tuple[str, bytes] | None:
    """Return the ending and the content of the brand's logo.

    Raises:
        WorkspaceError: it is not there, too large, or no picture.
    """
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


def logo_on_pages(workspace: Workspace) -> str:
    """Return the logo as a data URI, as pages hold it; empty if there is none, or it is too large for pages.

    Raises:
        WorkspaceError: it is not there, too large, or no picture.
    """
    logo = logo_of(workspace)
    if logo is None or len(logo[1]) > LARGEST_ON_PAGES:
        return ""
    ending, content = logo
    return f"data:{TYPES[ending]};base64,{b64encode(content).decode()}"
