"""The dashboard in a real browser: on every screen, by keyboard alone, and without asking anything of a network."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import duckdb
import pytest

from pipelines.dashboard.dashboard import write_dashboard
from pipelines.workspace.configuration import open_workspace
from tests.pipelines.publish.test_translated_pages import english

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(240)]

MOST_BYTES = 2_000_000
SCREENS: tuple[tuple[int, Literal["light", "dark"]], ...] = ((390, "light"), (768, "dark"), (1440, "light"))
KINDS = "('rebate', 'restatement', 'adjustment', 'write_off')"
TEXTS = """[...document.querySelectorAll('body *:not(script)')].flatMap((e) => [...e.childNodes])
    .filter((node) => node.nodeType === 3).map((node) => node.textContent)"""
POSTED = "#figures > div:first-child strong"


@pytest.fixture(scope="module")
def written(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dashboard") / "dashboard.html"
    assert write_dashboard(open_workspace(demo_run), target) == target.stat().st_size < MOST_BYTES
    return target


@pytest.fixture
def page(chromium: BrowserContext, written: Path) -> Iterator[Page]:
    opened = chromium.new_page()
    opened.goto(written.as_uri())
    opened.wait_for_selector("body[data-ready=yes]")
    yield opened
    opened.close()


def of_ledger(demo_run: Path, where: str = "true") -> str:
    with duckdb.connect(str(demo_run / "warehouse.duckdb"), read_only=True) as books:
        query = f"SELECT SUM(amount) FROM ledger WHERE currency = 'USD' AND kind IN {KINDS} AND {where}"
        [(amount,)] = books.execute(query).fetchall()
    return f"{Decimal(amount):,.2f} USD"


def test_it_fits_every_screen_and_asks_nothing_of_a_network(chromium: BrowserContext, written: Path) -> None:
    asked: list[str] = []
    said: list[str] = []
    opened = chromium.new_page()
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    for width, scheme in SCREENS:
        opened.set_viewport_size({"width": width, "height": 900})
        opened.emulate_media(color_scheme=scheme)
        opened.goto(written.as_uri())
        opened.wait_for_selector("body[data-ready=yes]")
        assert opened.evaluate("document.documentElement.scrollWidth") == width
        drawn = opened.locator(".drawn svg").count()
        assert drawn == opened.locator(".both:not(.alone) .table, .both:not(.alone) .none").count() == 18
    opened.emulate_media(media="print")
    assert not opened.locator("#filters").is_visible()
    assert {url for url in asked if not url.startswith(("data:", "blob:"))} == {written.as_uri()}
    assert said == []
    opened.close()


def test_in_japanese_nothing_is_in_english(chromium: BrowserContext, demo_run: Path, tmp_path: Path) -> None:
    target = tmp_path / "ja.html"
    write_dashboard(open_workspace(demo_run), target, "ja")
    opened = chromium.new_page()
    opened.goto(target.as_uri())
    opened.wait_for_selector("body[data-ready=yes]")
    opened.get_by_role("button", name="(M-0036)").first.click()
    said = {text.strip() for text in opened.evaluate(TEXTS)}
    # A region is called what the workspace calls it.
    assert {"段階なし", "2026年10月", "北米"} <= said
    assert {text for text in said if english("ja").fullmatch(text)} == set()
    opened.close()


def test_its_figures_are_those_of_the_ledger_whatever_is_chosen(page: Page, demo_run: Path) -> None:
    assert page.inner_text(POSTED) == of_ledger(demo_run)
    page.select_option("[data-filter=program]", "=dealer-revenue")
    assert page.inner_text(POSTED) == of_ledger(demo_run, "program = 'dealer-revenue'")
    page.select_option("[data-filter=tier]", "=2")
    assert page.inner_text(POSTED) == of_ledger(demo_run, "program = 'dealer-revenue' AND tier = 2")
    page.click("#filters button[type=reset]")
    assert page.inner_text(POSTED) == of_ledger(demo_run)
    page.select_option("[data-filter=currency]", "=JPY")
    assert page.inner_text(POSTED).endswith(" JPY")


def test_a_bar_chooses_and_chooses_no_more(page: Page, demo_run: Path) -> None:
    bar = page.locator(".drawn").first.locator(".mark-rect path").first
    bar.click()
    assert page.inner_text(POSTED) == of_ledger(demo_run, "program = 'dealer-revenue'")
    assert page.input_value("[data-filter=program]") == "=dealer-revenue"
    bar.click()
    assert page.inner_text(POSTED) == of_ledger(demo_run)


def test_the_keyboard_alone_reaches_a_member(page: Page, demo_run: Path) -> None:
    row = page.get_by_role("button", name="(M-0036)").first
    row.focus()
    page.keyboard.press("Enter")
    assert page.inner_text(POSTED) == of_ledger(demo_run, "member_id = 'M-0036'")
    assert "(M-0036)" in page.evaluate("document.activeElement.textContent")
    shown = page.inner_text("#member")
    assert "rebatch panel M-0036" in shown
    assert "rebatch explain M-0036 dealer-revenue 2026-Q3" in shown
    page.keyboard.press("Enter")
    assert not page.locator("#member").is_visible()


def test_the_measure_of_visits_can_be_chosen(page: Page) -> None:
    by_rep = page.locator("section.chart", has=page.get_by_role("heading", name="Visits by rep"))
    assert "Measure of visits: Coverage" in by_rep.inner_text()
    page.locator("[data-filter=measure]").select_option("=attainment")
    assert "Measure of visits: Attainment" in by_rep.inner_text()
    by_rep.locator("tbody button").first.click()
    by_month = page.locator("section.chart", has=page.get_by_role("heading", name="Visits by month"))
    made = [int(text) for text in by_month.locator("tbody td:nth-child(2)").all_inner_texts()]
    assert sum(made) == int(by_rep.locator("tbody td:nth-child(2)").first.inner_text())
    noted = page.locator("section.chart", has_text="a correlation, which does not say what causes what")
    assert noted.count() == 3
