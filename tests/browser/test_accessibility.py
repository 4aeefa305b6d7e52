"""What axe finds on the pages: nothing serious, in light and in dark, on those that people open."""

from __future__ import annotations

import shutil
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.console.stage_progress import Silent
from pipelines.dashboard.dashboard import write_dashboard
from pipelines.panel.panel import panel, write_panel
from pipelines.publish.presentation import language_for
from pipelines.site.build import build_site
from pipelines.workspace.configuration import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(240)]

AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
PORTAL = '<!doctype html><html lang="en"><title>CRM</title><body><main><h1>CRM</h1>{}</main></body></html>'


@pytest.fixture(scope="module")
def pages(booked: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The dashboard, a panel in the page of another system, and all pages of a partner and of staff."""
    folder = tmp_path_factory.mktemp("accessible")
    workspace = open_workspace(shutil.copytree(booked, folder / "books"))
    write_dashboard(workspace, folder / "dashboard.html")
    write_panel(panel(workspace, "D-001"), folder / "panel.html", workspace, language_for(workspace))
    fragment = (folder / "panel.html").read_text(encoding="utf-8")
    (folder / "portal.html").write_text(PORTAL.format(fragment), encoding="utf-8")
    build_site(workspace, Silent())
    site = workspace.root / "site"
    return [
        folder / "dashboard.html",
        folder / "portal.html",
        *sorted(site.glob("payees/d-001-*/*.html")),
        *sorted(site.glob("staff/*.html")),
    ]


def serious(page: Page) -> list[str]:
    found: dict[str, Any] = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:100]}"
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_nothing_serious_is_found(chromium: BrowserContext, pages: list[Path], scheme: Any) -> None:
    page = chromium.new_page()
    page.emulate_media(color_scheme=scheme)
    found = {}
    for path in pages:
        page.goto(path.as_uri())
        if path.name == "dashboard.html":
            page.wait_for_selector("body[data-ready=yes]")
        page.evaluate(AXE)
        found[path.name] = serious(page)
    assert len(found) > 6
    assert not {name: faults for name, faults in found.items() if faults}
    page.close()


def test_axe_finds_what_is_serious(chromium: BrowserContext, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<img src='x.png'><p style='color:#ccc'>pale</p>", encoding="utf-8")
    page = chromium.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    page.evaluate(AXE)
    assert {each.partition(":")[0] for each in serious(page)} >= {"image-alt", "color-contrast", "html-has-lang"}
    page.close()
