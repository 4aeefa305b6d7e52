"""The page of a plan is in one language: no heading, kind or reason of the books is left in another."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest
from lxml import html  # type: ignore[import-untyped]

from pipelines.authoring.plan import Plan, write_plan
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.workspace.configuration import open_workspace
from reports.page.language import Language
from reports.page.plan import reason_of_posting
from rules.ledger.planned_changes import Compared, planned_changes
from rules.money import MINOR_UNITS

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 11, 23)
RUNNING = "SELECT program, rebate, member_id, period, currency, amount FROM work.entitlements WHERE horizon = 'to_date'"
IDS = re.compile(r"[a-z]+(-[a-z0-9]+)*|[A-Z]{1,3}(-?\d+)?|Rayler Parts.*|1 Foundry Way|Milwaukee, WI|rebates@rayler\S+")
"""What is alike in all languages: ids, currencies, the sender."""


@pytest.fixture(scope="module")
def made(demo_run: Path) -> Plan:
    """What would be said of the demo's first run before it: every posting of it, and every period that runs."""
    with connect(open_workspace(demo_run), read_only=True) as connection:
        ledger, running = read(connection, "SELECT * FROM ledger ORDER BY seq"), read(connection, RUNNING)
    versions = dict.fromkeys(ledger["program"].unique(), "")
    nothing = ledger.clear()
    compared = Compared(ledger, nothing, nothing, running.clear(), running, ({"gone": ""}, versions))
    return Plan(DAY, DAY, planned_changes(compared))


def texts(path: Path) -> list[str]:
    tree = html.fromstring(path.read_bytes())
    return [" ".join(text.split()) for text in tree.xpath("//body//text()") if text.strip()]


@pytest.mark.parametrize(("tag", "own"), [("de", "Was gebucht würde"), ("ja", "記帳される内容")])
def test_a_page_has_no_word_of_another_language(
    made: Plan, demo_run: Path, tmp_path: Path, *, tag: str, own: str
) -> None:
    said = {}
    for each in ("en", tag):
        write_plan(made, tmp_path / f"{each}.html", open_workspace(demo_run), Language(each, MINOR_UNITS))
        said[each] = texts(tmp_path / f"{each}.html")
    assert len(said["en"]) == len(said[tag]) > made.changes.lines.height
    assert {"What would be posted", "Written off", "Carried forward", "by rules"} <= set(said["en"])
    assert own in said[tag]
    alike = {text for text in set(said["en"]) & set(said[tag]) if re.search("[A-Za-z]{2}", text)}
    assert {text for text in alike if not IDS.fullmatch(text)} == set()


def test_reasons_of_postings_are_in_words_but_for_those_of_people() -> None:
    german = Language("de", MINOR_UNITS)
    said = {
        "restates what was settled through 2026-09-30": "Korrigiert, was bis 30. September 2026 abgerechnet war",
        "carried from 2026-10": "Übertragen aus Oktober 2026",
        "below the minimum payout of 20: carried to 2026-12": "Unter dem Mindestbetrag von 20,00 USD: übertragen auf "
        "Dezember 2026",
        "below the minimum payout of 12.5: lapses": "Unter dem Mindestbetrag von 12,50 USD: verfällt",
        "no longer below a minimum payout": "Nicht mehr unter einem Mindestbetrag",
        "adjustment-4 goodwill: settled through 2026-09-30": "adjustment-4 goodwill: settled through 2026-09-30",
    }
    assert {reason: reason_of_posting(reason, "USD", german) for reason in said} == said
