"""The partner site in a browser: from disk, on a phone and a desk, by keyboard, and the search of transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.console.stage_progress import Silent
from pipelines.site.build import build_site
from pipelines.workspace.configuration import open_workspace
from reports.statement.paths import safe_stem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(240)]
PAGES = ("index", "programs", "payouts", "transactions", "documents", "terms")
WIDTHS = (390, 768, 1440)
COIL = "".join(chr(ord(letter) + 0xFEE0) for letter in "coil")
"""In the full-width letters that a Japanese keyboard may write."""


@pytest.fixture(scope="module")
def site(demo_run: Path) -> Path:
    build_site(open_workspace(demo_run), Silent())
    return demo_run / "site"


ABOVE_ONE_ANOTHER = """[...document.querySelectorAll('tbody tr')].flatMap((row) => {
    const cells = [...row.cells].filter((cell) => cell.textContent.trim());
    const boxes = cells.map((cell) => cell.getBoundingClientRect()).filter((box) => box.width);
    return boxes.flatMap((one, n) => boxes.slice(n + 1).filter((other) =>
        one.left < other.right - 1 && other.left < one.right - 1 &&
        one.top < other.bottom - 1 && other.top < one.bottom - 1
    ).map(() => row.textContent.trim().slice(0, 60)));
})"""
"""Rows of tables of which a cell covers another."""


@pytest.fixture
def page(chromium: BrowserContext) -> Iterator[Page]:
    opened = chromium.new_page()
    errors: list[str] = []
    opened.on("console", lambda message: errors.append(message.text) if message.type in {"error", "warning"} else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("request", lambda request: None if request.url.startswith("file:") else errors.append(request.url))
    yield opened
    opened.close()
    assert errors == []


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_the_screen(page: Page, site: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    of_payees = [
        site / "payees" / safe_stem(payee) / f"{name}.html" for payee in ("M-0008", "M-0005") for name in PAGES
    ]
    lists = [site / "staff/index.html", site / "sales/index.html", next((site / "sales").glob("m-*.html"))]
    for path in (*of_payees, *lists, next((site / "parents").glob("*/index.html"))):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(ABOVE_ONE_ANOTHER) == [], path


def test_every_link_leads_to_a_file_or_place(page: Page, site: Path) -> None:
    own = site / "payees" / safe_stem("M-0004")
    for name in PAGES:
        page.goto((own / f"{name}.html").as_uri())
        links = page.evaluate("[...document.querySelectorAll('a[href]')].map((link) => link.getAttribute('href'))")
        for link in links:
            path, _, place = link.partition("#")
            target = own / (path or f"{name}.html")
            assert target.is_file(), link
            assert not place or f'id="{place}"' in target.read_text("utf-8"), link


def test_transactions_are_searched_in_any_width_and_filtered(page: Page, site: Path) -> None:
    page.goto((site / "payees" / safe_stem("M-0008") / "transactions.html").as_uri())
    found = page.locator("#found")
    everything = found.inner_text()
    assert page.locator("#list tbody tr").count() == 100
    page.locator("#more").click()
    assert page.locator("#list tbody tr").count() == 200
    page.keyboard.press("Tab")
    page.locator("#search").fill(f"売上 {COIL}")
    rows = page.locator("#list tbody tr").all_inner_texts()
    assert rows
    assert found.inner_text() != everything
    assert all("売上" in row and "coil" in row.lower() for row in rows)
    page.locator("#search").fill("")
    page.locator("#type").select_option("返品")
    returns = page.locator("#list tbody tr").all_inner_texts()
    assert returns
    assert all("返品" in row for row in returns)
    with page.expect_download() as saved:
        page.locator("#save").click()
    lines = saved.value.path().read_text("utf-8-sig").splitlines()
    assert f"{len(lines):,}" in found.inner_text()


def test_the_list_of_staff_is_narrowed_and_reached_by_keyboard(page: Page, site: Path) -> None:
    page.goto((site / "staff" / "index.html").as_uri())
    entries = page.locator("#entries li:visible")
    everybody = entries.count()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")  # the report of visits, in front of the list
    assert page.evaluate("document.activeElement.getAttribute('href')") == "visits.html"
    page.keyboard.press("Tab")
    page.keyboard.type("harbor")
    assert 0 < entries.count() < everybody
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/payees/**/index.html")
