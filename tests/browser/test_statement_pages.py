from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

WIDTHS = (390, 1440)
OVERFLOWING = """
() => [...document.querySelectorAll('body *')].filter(each => {
    const box = each.getBoundingClientRect();
    const hidden = getComputedStyle(each).position === 'absolute';
    return !hidden && box.width > 0 && (box.right > innerWidth + 0.5 || box.left < -0.5);
}).map(each => each.className + ' ' + each.textContent.slice(0, 40))
"""
SMALL_TEXT = """
() => [...document.querySelectorAll('body *')].filter(each =>
    [...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim())
    && parseFloat(getComputedStyle(each).fontSize) < 12).map(each => each.className + ' ' + each.textContent)
"""


@pytest.fixture
def page(chromium: BrowserContext) -> Iterator[Page]:
    opened = chromium.new_page()
    yield opened
    opened.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_leaves_the_screen(page: Page, pages: dict[str, str], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for payee_id, address in pages.items():
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") == width, payee_id
        assert page.evaluate(OVERFLOWING) == [], payee_id
        assert page.evaluate(SMALL_TEXT) == [], payee_id


def test_one_column_on_a_phone_two_on_a_desk(page: Page, pages: dict[str, str]) -> None:
    columns = "getComputedStyle(document.querySelector('.columns')).gridTemplateColumns.split(' ').length"
    for width, expected in zip(WIDTHS, (1, 2), strict=True):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(pages["D-0001"])
        assert page.evaluate(columns) == expected


def test_nothing_is_asked_of_any_network_and_the_policy_holds(page: Page, pages: dict[str, str]) -> None:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for address in pages.values():
        page.goto(address)
    assert asked == list(pages.values())
    assert said == []
    assert page.evaluate("getComputedStyle(document.querySelector('.band')).backgroundColor") == "rgb(11, 93, 78)"


def test_the_policy_stops_what_does_not_belong(page: Page, pages: dict[str, str], tmp_path: Any) -> None:
    page.goto(pages["D-0001"])
    foreign = page.content().replace("</body>", "<script>document.title = 'run'</script></body>")
    (tmp_path / "page.html").write_text(foreign, encoding="utf-8")
    page.goto((tmp_path / "page.html").as_uri())
    assert page.title() != "run"


def test_the_keyboard_opens_the_transactions(page: Page, pages: dict[str, str]) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(pages["D-0001"])
    folded = page.locator("details").first
    assert not folded.evaluate("each => each.open")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert folded.evaluate("each => each.open")
    assert folded.locator("tbody tr").count() == 61
    assert folded.locator("tbody tr").last.is_visible()


def test_readers_hear_headings_tables_and_the_drawing(page: Page, pages: dict[str, str]) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(pages["D-0001"])
        assert page.get_by_role("heading", level=1).all_inner_texts() == ["Rebate statement"]
        levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(each => +each.tagName[1])")
        assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))
        assert page.get_by_role("img", name="6.99% so far; tiers from 2.00%, from 5.00%, above 7.00%").count() == 1
        assert page.get_by_role("row", name="Tier 2 from 5.00% $3,000.00 You are here").count() == 1
        assert page.get_by_role("main").count() == page.get_by_role("banner").count() == 1


def test_print_keeps_all_that_is_open_and_no_colour_blocks(page: Page, pages: dict[str, str]) -> None:
    page.goto(pages["髙橋"])
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('.band')).backgroundColor") == "rgba(0, 0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.querySelector('thead')).display") == "table-header-group"
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") in {1, 2}
