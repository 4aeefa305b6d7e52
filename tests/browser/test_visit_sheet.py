"""The sheet of a rep's day in a real browser: from filling it in, without a network, to the measures it changes."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from pipelines.books.runs import Run
from pipelines.stages import run_all
from pipelines.visits.measures import measures
from pipelines.visits.sheet import write_sheet
from tests.pipelines.visits.conftest import make

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

    from pipelines.workspace.configuration import Workspace

pytestmark = [pytest.mark.sampled(3, of="module"), pytest.mark.browser, pytest.mark.timeout(120)]

DAY = date(2026, 8, 4)
PLANNED = """\
visit_id,member_id,rep_id,planned_start,planned_end,status,visit_type,contact,instructions,notes,colour_of_gate
P1,A,R1,2026-08-04T10:00,2026-08-04T11:00,planned,review,"Ms. Ortega, parts",<b>Ring</b> at the gate.,,green
P2,B,R1,2026-08-04T13:00,2026-08-04T14:00,planned,review,,,,
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = make(tmp_path_factory.mktemp("field"))
    (workspace.root / "extracts" / "visits-august.csv").write_text(PLANNED, encoding="utf-8")
    run_all(workspace, Run(date(2026, 8, 1)))
    return workspace


@pytest.fixture
def page(chromium: BrowserContext, workspace: Workspace) -> Iterator[Page]:
    target = workspace.root / "day.html"
    assert write_sheet(workspace, "r1", DAY, target) == 2
    opened = chromium.new_page()
    opened.set_viewport_size({"width": 360, "height": 740})
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("pageerror", lambda error: pytest.fail(str(error)))
    opened.clock.install(time=datetime(2026, 8, 4, 10, 5))  # noqa: DTZ001 - what the clock of the phone shows
    opened.goto(target.as_uri())
    opened.wait_for_selector("body[data-ready=yes]")
    yield opened
    assert [url for url in asked if not url.startswith(("file:", "blob:"))] == []
    opened.evaluate("localStorage.clear()")
    opened.close()


def kpi(page: Page, visit: str, name: str) -> Any:
    return page.locator(f"[data-visit={visit}] [data-kpi={name}]")


def test_a_phone_shows_the_day_in_order_and_all_there_is_to_know(page: Page) -> None:
    shown = page.locator("article h2").all_inner_texts()
    assert shown == ["1. Alpha (A)", "2. Beta (B)"]
    first = page.locator("[data-visit=P1]").inner_text()
    for part in (
        "10:00-11:00", "1 Lake Street, Chicago", "Ms. Ortega, parts", "<b>Ring</b> at the gate.",
        "Deal: 50.00 USD to the next tier by September 30, 2026, which brings 100.00 USD",
        "July 6, 2026 · 950.00 USD", "May 20, 2026: Wants more.", "Train (optional)", "On hand: P",
        "Target ≥ 4.50 pieces",
    ):  # fmt: skip
        assert part in first, part
    assert page.locator("[data-visit=P1] a").get_attribute("href") == (
        "https://www.openstreetmap.org/directions?route=;41.9,-87.6"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    sizes = page.locator("button").evaluate_all("all => all.map(each => each.getBoundingClientRect().height)")
    assert min(sizes) >= 44


def test_what_is_filled_in_is_kept_saved_loaded_and_measured(page: Page, workspace: Workspace, tmp_path: Path) -> None:
    visit = page.locator("[data-visit=P1]")
    visit.locator("[data-do=start]").click()
    visit.locator("[data-task=plan]").check()
    kpi(page, "P1", "shelf").fill("95")
    kpi(page, "P1", "stock").fill("3")
    kpi(page, "P1", "waste").fill("many")
    kpi(page, "P1", "display").select_option("true")
    visit.locator("[data-notes]").fill('Shelf moved, "again"\nand photo taken')
    verdicts = visit.locator(".target").all_inner_texts()
    assert verdicts == [
        "Target ≥ 90 % · met",
        "Target ≥ 4.50 pieces · missed",
        "Target ≤ 4 % · not a number",
        "Target yes · met",
    ]
    page.clock.fast_forward("45:00")
    page.reload()
    page.wait_for_selector("body[data-ready=yes]")
    assert kpi(page, "P1", "shelf").input_value() == "95"
    assert visit.locator("[data-task=plan]").is_checked()
    visit.locator("[data-do=stop]").click()
    assert visit.locator("[data-times]").inner_text() == "10:05-10:50"
    kpi(page, "P1", "waste").fill("3")
    other = page.locator("[data-visit=P2]")
    other.locator("[data-reason]").fill("Closed for stocktaking")
    other.locator("[data-do=abandon]").click()
    page.locator("#member").fill("B")
    page.locator("#unscheduled button").click()
    added = page.locator("[data-visit='U-R1-2026-08-04-1']")
    added.locator("[data-do=start]").click()
    page.clock.fast_forward("10:00")
    added.locator("[data-do=stop]").click()

    assert measured(workspace)["visits"] == []
    files = save(page, tmp_path)
    assert files.keys() == {f"{name}-R1-2026-08-04.csv" for name in ("visits", "visit_tasks", "visit_kpis")}
    for name, content in files.items():
        (workspace.root / "extracts" / name).write_bytes(content)
    run_all(workspace, Run(date(2026, 8, 5)))
    after = measured(workspace)
    of_a, of_b = after["visits"]
    shown = ("planned", "made", "abandoned", "unscheduled", "required", "required_done", "late", "minutes")
    assert [of_a[name] for name in shown] == [1, 1, 0, 0, 1, 1, Decimal(5), Decimal(45)]
    assert [of_b[name] for name in shown] == [1, 1, 1, 1, 1, 0, None, Decimal(10)]
    met = {(row["member_id"], row["kpi"]): (row["met"], row["rows"]) for row in after["indicators"]}
    assert [met["A", name] for name in ("shelf", "stock", "waste", "display")] == [(1, 1), (0, 1), (1, 1), (1, 1)]
    rows = kept(workspace)
    assert rows["P1"] == ("completed", 'Shelf moved, "again"\nand photo taken', None, "green")
    assert rows["P2"] == ("abandoned", None, "Closed for stocktaking", None)
    assert rows["U-R1-2026-08-04-1"][0] == "unscheduled"


def save(page: Page, folder: Path) -> dict[str, bytes]:
    downloads: list[Any] = []

    def take(download: Any) -> None:
        downloads.append(download)

    page.on("download", take)
    page.locator("#save").click()
    expect(page.locator("#saved")).to_have_text("Saved: hand these files over as extracts")
    while len(downloads) < page.locator("#files a").count():
        page.wait_for_event("download", timeout=5_000)
    found = {}
    for each in downloads:
        each.save_as(folder / each.suggested_filename)
        found[each.suggested_filename] = (folder / each.suggested_filename).read_bytes()
    return found


def measured(workspace: Workspace) -> dict[str, list[dict[str, Any]]]:
    tables = measures(workspace, by=["member_id"], per="month", since=date(2026, 8, 1))
    return {table.name: table.frame.to_dicts() for table in tables}


def kept(workspace: Workspace) -> dict[str, tuple[Any, ...]]:
    from pipelines.warehouse.connection import connect

    with connect(workspace, read_only=True) as connection:
        rows = connection.execute(
            "SELECT visit_id, status, notes, status_remarks, colour_of_gate FROM visits WHERE superseded_seq IS NULL"
        ).fetchall()
        rejected = connection.execute("SELECT * FROM rejects").fetchall()
    assert rejected == []
    return {visit_id: tuple(rest) for visit_id, *rest in rows}
