from __future__ import annotations

import itertools
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page

pytestmark = [pytest.mark.sampled(3, of="module"), pytest.mark.browser, pytest.mark.timeout(240)]

WIDTHS = (390, 768, 1440)
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


def test_one_column_on_phone_and_tablet_two_on_a_desk(page: Page, pages: dict[str, str]) -> None:
    columns = "getComputedStyle(document.querySelector('.columns')).gridTemplateColumns.split(' ').length"
    for width, expected in zip(WIDTHS, (1, 1, 2), strict=True):
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


REACHABLE = "a[href], summary"
FOCUSED = f"[...document.querySelectorAll('{REACHABLE}')].indexOf(document.activeElement)"


@pytest.mark.parametrize("width", WIDTHS)
def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(
    page: Page, pages: dict[str, str], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(pages["D-0001"])
    number = page.locator(REACHABLE).count()
    assert number >= 10
    for expected in range(number):
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUSED) == expected
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_line_of_the_account_leads_to_its_part(page: Page, pages: dict[str, str]) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(pages["D-0001"])
    for name, place in (("Paid to you", "payments"), ("Earned", "made-of"), ("$500.45 more to tier 3", "position-")):
        page.get_by_role("link", name=name, exact=True).click()
        found = page.locator(":target")
        assert (found.get_attribute("id") or "").startswith(place)
        assert found.evaluate("each => each.getBoundingClientRect().top") < 900


def test_the_keyboard_opens_the_transactions(page: Page, pages: dict[str, str]) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(pages["D-0001"])
    folded = page.locator("details").first
    assert not folded.evaluate("each => each.open")
    folded.locator("summary").focus()
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
    pages_of = PdfReader(BytesIO(printed)).pages
    assert len(pages_of) <= 4
    for number, each in enumerate(pages_of, start=1):
        said = each.extract_text()
        assert f"{number} / {len(pages_of)} ページ" in said
        assert "株式会社髙橋部品 · 髙橋" in said
