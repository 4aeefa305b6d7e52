"""What the workspace says of its site: `site.yaml`, and the pages of its own in Markdown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markupsafe import Markup

from pipelines.publish.presentation import brand_with_logo
from pipelines.workspace.regular_files import read_regular
from pipelines.workspace.settings_file import read_settings
from reports.site.folder import PAGES, Frame, OwnPage
from schemas.errors import Place, Problem, WorkspaceError
from schemas.site import SiteConfig

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace
    from rules.language.yaml_text import Marked

FILE = "site.yaml"


def read_frame(workspace: Workspace) -> Frame:
    """Return what all pages of the site share; without a `site.yaml` the pages that every site has.

    Raises:
        WorkspaceError: with every mistake in the file; a page whose text, or a logo, cannot be read.
    """
    text = _text(workspace.root, FILE) if (workspace.root / FILE).exists() else "{}"
    config, marked = read_settings(text, FILE, SiteConfig)
    if problems := list(_problems(config, marked)):
        raise WorkspaceError(*problems)
    brand = brand_with_logo(workspace)
    colour = config.theme.colour or brand.colour
    return Frame(
        brand=replace(brand, colour=colour),
        titles={str(tag): title for tag, title in config.title.items()},
        menu=config.navigation or (*PAGES, *config.pages),
        own_pages=_own_pages(workspace.root, config),
    )


def _problems(config: SiteConfig, marked: Marked) -> Iterator[Problem]:
    known = (*PAGES, *config.pages)
    for name in config.pages:
        if name in PAGES:
            yield marked.problem_at(("pages", name), f"every site has a page {name!r}", "give it another name")
    menu = config.navigation or ()
    for place, name in enumerate(menu):
        if name not in known:
            todo = f"use one of {', '.join(known)}, or add it under `pages:`"
            yield marked.problem_at(("navigation", place), f"there is no page {name!r}", todo)
        elif name in menu[:place]:
            yield marked.problem_at(("navigation", place), f"the page {name!r} is named twice", "keep one of the two")
    if menu and menu[0] != PAGES[0]:
        yield marked.problem_at(("navigation", 0), f"the menu does not begin with {PAGES[0]}", f"put {PAGES[0]} first")


def _own_pages(root: Path, config: SiteConfig) -> Mapping[str, OwnPage]:
    # HTML in the text stays text, and nothing is loaded from elsewhere: no raw HTML, no pictures.
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    return {
        name: OwnPage(
            name,
            {str(tag): title for tag, title in page.title.items()},
            {str(tag): Markup(markdown.render(_text(root, path))) for tag, path in page.text.items()},  # noqa: S704 - no HTML of its own passes
        )
        for name, page in config.pages.items()
    }


def _text(root: Path, path: str) -> str:
    try:
        return read_regular(root / path).decode("utf-8-sig")
    except OSError as error:
        found, todo = f"the file cannot be read ({error.strerror})", f"put it there, or correct {FILE}"
        raise WorkspaceError(Problem(found, todo, at=Place(path))) from error
    except UnicodeDecodeError as error:
        raise WorkspaceError(
            Problem(f"the file is not UTF-8 at byte {error.start}", "save it as UTF-8", at=Place(path))
        ) from error
