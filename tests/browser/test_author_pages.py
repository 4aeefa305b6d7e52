"""The pages of those who write agreements: terms to sign, and a plan, on a phone, a desk and paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.authoring.agreement_pages import terms_document
from reports.agreement.documents import document_page
from reports.page.brand import Brand
from reports.page.tables import TableView, tables_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

RULES = Path(__file__).parents[2] / "rules" / "programs" / "distributor-partnership.yaml"
BRAND = Brand("Rayler Parts", "#0b5d4e")
WIDE = TableView(
    "By member",
    [f"column_{number}" for number in range(12)],
    [number > 1 for number in range(12)],
    [["distributor-partnership", "髙" * 20, *["-1,234,567.89"] * 10] for _ in range(60)],
)


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("pages")
    made = {
        "terms-en.html": document_page(terms_document(RULES, "en"), BRAND),
        "terms-ja.html": document_page(terms_document(RULES, "ja"), BRAND),
        "plan.html": tables_page(
            "Plan", ["Nothing has been posted."], [WIDE, TableView("None", ["a"], [True], [])], BRAND
        ),
    }
    for name, content in made.items():
        (folder / name).write_bytes(content)
    return [(folder / name).as_uri() for name in made]


@pytest.fixture
def page(chromium: BrowserContext) -> Iterator[Page]:
    opened = chromium.new_page()
    yield opened
    opened.close()


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_the_page_is_as_wide_as_the_screen_and_wide_tables_scroll_in_it_or_are_cards_on_a_phone(
    page: Page, addresses: list[str], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for address in addresses:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") == width, address
    scrolls = "document.querySelector('.scroll').scrollWidth > document.querySelector('.scroll').clientWidth"
    assert page.evaluate(scrolls) == (width > 600)
    named = "getComputedStyle(document.querySelector('.cards td'), '::before').content"
    assert page.evaluate(named) == ('"column 0"' if width <= 600 else "none")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "scroll"


def test_nothing_is_asked_of_any_network_and_the_policy_holds(page: Page, addresses: list[str]) -> None:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    for address in addresses:
        page.goto(address)
        assert page.evaluate("getComputedStyle(document.querySelector('.band')).backgroundColor") == "rgb(11, 93, 78)"
        assert page.get_by_role("heading", level=1).count() == 1
    assert asked == addresses
    assert said == []


def test_terms_leave_room_for_two_signatures_on_paper(page: Page, addresses: list[str]) -> None:
    page.goto(addresses[0])
    assert page.locator(".signatures p").all_inner_texts() == ["For the partner", "For the sponsor"]
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('.band')).backgroundColor") == "rgba(0, 0, 0, 0)"
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
