"""How a workspace presents itself: the language of pages for staff, and the logo."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pipelines.publish.presentation import brand_with_logo, language_for
from pipelines.site.settings import read_frame
from pipelines.workspace.configuration import open_workspace
from pipelines.workspace.logo import LARGEST_ON_PAGES
from reports.page.language import Language
from reports.site.lists import list_page
from schemas.errors import TerminalError, WorkspaceError

if TYPE_CHECKING:
    from pathlib import Path


def test_the_language_is_that_of_the_workspace_unless_another_is_asked_for(sample: Path) -> None:
    workspace = open_workspace(sample)
    german = replace(workspace, config=workspace.config.model_copy(update={"language": "de"}))
    assert [language_for(each).tag for each in (workspace, german)] == ["en", "de"]
    assert language_for(german, "ja").tag == "ja"
    with pytest.raises(TerminalError, match="no words for the language 'fr'"):
        language_for(german, "fr")


def test_pages_hold_the_logo_and_may_load_nothing_else(sample: Path) -> None:
    with (sample / "rebatch.yaml").open("a", encoding="utf-8") as config:
        config.write("brand: {name: Sample, logo: logo.svg}\n")
    workspace = open_workspace(sample)
    with pytest.raises(WorkspaceError, match="cannot be read"):
        brand_with_logo(workspace)
    (sample / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    frame = read_frame(workspace)
    assert frame.brand.logo.startswith("data:image/svg+xml;base64,PHN2Zy")
    page = list_page("All", [], frame, Language("en", {})).decode()
    assert f'<img class="logo" src="{frame.brand.logo}" alt="">' in page.replace("&#43;", "+")
    assert "img-src data:; base-uri" in page
    assert "There is nobody here yet." in page
    (sample / "logo.svg").write_text("<svg/>" + " " * LARGEST_ON_PAGES, encoding="utf-8")
    without = list_page("All", [], read_frame(workspace), Language("en", {})).decode()
    assert ("<img" in without, "img-src" in without) == (False, False)
