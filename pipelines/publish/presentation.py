"""How a workspace presents itself on its pages: its brand, its logo and its language."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.workspace.logo import logo_on_pages
from reports.page.brand import Brand
from reports.page.language import LANGUAGES, Language, language_of
from rules.money import MINOR_UNITS
from schemas.errors import Problem, TerminalError

if TYPE_CHECKING:
    from pipelines.workspace.configuration import Workspace


def brand_of(workspace: Workspace) -> Brand:
    """Return the sender of a workspace's pages, without its logo."""
    brand = workspace.config.brand
    if brand is None:
        return Brand(workspace.config.name)
    return Brand(brand.name, brand.colour, brand.address, brand.contact or "")


def brand_with_logo(workspace: Workspace) -> Brand:
    """Return the sender of a workspace's pages with its logo, unless that is too large for pages.

    Raises:
        WorkspaceError: the logo is not there, too large, or no picture.
    """
    return replace(brand_of(workspace), logo=logo_on_pages(workspace))


def language_for(workspace: Workspace, tag: str | None = None) -> Language:
    """Return the language of pages for staff: that of `tag`, or the workspace's.

    Raises:
        TerminalError: there are no words for that language.
    """
    if tag is not None and tag not in LANGUAGES:
        found, todo = f"there are no words for the language {tag!r}", f"use one of: {', '.join(LANGUAGES)}"
        raise TerminalError(Problem(found, todo))
    return language_of(tag, MINOR_UNITS, workspace.config.language)
