"""How a workspace presents itself on its pages: its brand, its logo and its language."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.workspace.configuration import CONFIG
from pipelines.workspace.regular_files import read_regular
from reports.page.brand import Brand
from reports.page.language import LANGUAGES, Language, language_of
from rules.money import MINOR_UNITS
from schemas.errors import Place, Problem, TerminalError, WorkspaceError

if TYPE_CHECKING:
    from pipelines.workspace.configuration import Workspace


BEGINNINGS = {".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff"}
"""How files of these kinds begin; of an .svg the text is looked at."""

LARGEST_LOGO = 1_000_000
"""Bytes: it is in every document."""

LARGEST_ON_PAGES = 64_000
"""Bytes of a logo that pages hold: each of them holds it whole."""

TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


def brand_of(workspace: Workspace) -> Brand:
    """Return the sender of a workspace's pages, without its logo.

    The statements of a run have none: they are made again from the books alone, which do not hold it.
    """
    brand = workspace.config.brand
    if brand is None:
        return Brand(workspace.config.name)
    return Brand(brand.name, brand.colour, brand.address, brand.contact or "")


def brand_with_logo(workspace: Workspace) -> Brand:
    """Return the sender of a workspace's pages with its logo, unless that is too large for pages.

    Raises:
        WorkspaceError: the logo is not there, too large, or no picture.
    """
    logo = logo_of(workspace)
    if logo is None or len(logo[1]) > LARGEST_ON_PAGES:
        return brand_of(workspace)
    ending, content = logo
    return replace(brand_of(workspace), logo=f"data:{TYPES[ending]};base64,{b64encode(content).decode()}")


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


def language_for(workspace: Workspace, tag: str | None = None) -> Language:
    """Return the language of pages for staff: that of `tag`, or the workspace's.

    Raises:
        TerminalError: there are no words for that language.
    """
    if tag is not None and tag not in LANGUAGES:
        found, todo = f"there are no words for the language {tag!r}", f"use one of: {', '.join(LANGUAGES)}"
        raise TerminalError(Problem(found, todo))
    return language_of(tag, MINOR_UNITS, workspace.config.language)
