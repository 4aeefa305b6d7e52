"""The plan of a month from the books: who is called on and why, its files, and the check of a plan made by hand."""

from __future__ import annotations

import csv
import io
import re
import shutil
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from icalendar import Calendar

from pipelines.books.runs import Run
from pipelines.stages import run_all
from pipelines.visits.field_data import month_of
from pipelines.visits.plan import VisitPlan, _free, visit_plan
from pipelines.visits.plan_check import check_plan
from pipelines.visits.plan_files import file_names, plan_files, write_plan_files
from pipelines.workspace.configuration import open_workspace
from schemas.errors import BooksError, ExtractError, TerminalError

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

pytestmark = pytest.mark.sampled(2, of="module")

MONTH = "2026-08"


@pytest.fixture(scope="module")
def planned(company: Workspace) -> VisitPlan:
    return visit_plan(company, MONTH, month_of(MONTH), percent=Decimal(25))


def test_each_visit_has_its_reasons_and_its_money(planned: VisitPlan) -> None:
    rows = {row["member_id"]: row for row in planned.rows.to_dicts()}
    assert rows.keys() == {"A", "B"}
    assert planned.left.is_empty()
    of_a, of_b = (rows[name]["reasons"].split("; ") for name in "AB")
    assert of_a[0] == "due on 2026-08-19, last visited on 2026-07-08"
    assert of_a[1].startswith("lacks 5.00 % of tier 1 of deal/only until 2026-09-30, which brings 100.00 USD")
    assert of_a[2:] == ["display was no on 2026-07-08, target true", "Agree the plan is open since 2026-07-15"]
    assert of_b[0] == "due on 2026-01-01, never visited"
    assert (rows["A"]["at_stake"], rows["B"]["at_stake"]) == (Decimal(100), Decimal(200))
    assert (rows["A"]["priority"], rows["A"]["rep_id"], rows["A"]["location_id"]) == ("1", "R1", "LA")
    # C was there on 21 July, at the last tier, and its next visit is due in September.
    assert "C" not in {call.member_id for call in planned.calls}


def test_the_same_books_give_the_same_files(company: Workspace, planned: VisitPlan) -> None:
    again = visit_plan(company, MONTH, month_of(MONTH), percent=Decimal(25))
    assert dict(plan_files(company, again)) == dict(plan_files(company, planned))


def test_a_calendar_program_finds_visits_with_their_time_zones(company: Workspace, planned: VisitPlan) -> None:
    files = dict(plan_files(company, planned))
    assert files.keys() == {"visits.csv", "unplaced.csv", "R1.ics"} | {
        f"maps/R1-{stop.day}.svg" for stop in planned.planned.stops
    }
    calendar: Any = Calendar.from_ical(files["R1.ics"].decode())
    [zone] = calendar.walk("VTIMEZONE")
    assert zone["TZID"] == "America/Chicago"
    events = calendar.walk("VEVENT")
    assert [str(event["UID"]) for event in events] == [
        f"P202608-{stop.call.member_id}-review@journey.rebatch" for stop in planned.planned.stops
    ]
    for event, stop in zip(events, planned.planned.stops, strict=True):
        assert event["DTSTART"].dt.replace(tzinfo=None) == stop.begins
        # In August Chicago is five hours behind, whatever the calendar program knows of it.
        assert event["DTSTART"].dt.astimezone(UTC).replace(tzinfo=None) == stop.begins + timedelta(hours=5)
        assert event["DTSTAMP"].dt == datetime(2026, 8, 1, tzinfo=UTC)
        assert event["SEQUENCE"] == 0
    of_a = next(str(event["DESCRIPTION"]) for event in events if "(A): " in str(event["SUMMARY"]))
    assert "Last notes, May 20, 2026: Wants more." in of_a
    assert "Display stands was no on July 8, 2026, target yes" in of_a
    assert "- Agree the plan" in of_a
    # Lines of a calendar are at most 75 octets, and end as RFC 5545 says.
    assert all(len(line) <= 75 for line in files["R1.ics"].split(b"\r\n"))
    for name, drawing in files.items():
        if name.endswith(".svg"):
            root = ET.fromstring(drawing.decode())  # noqa: S314 - our own drawing
            assert root.tag.endswith("svg")
            assert b"km</text>" in drawing


def test_a_rep_reads_its_own_language_and_the_visit_system_that_of_the_workspace(
    company: Workspace, planned: VisitPlan
) -> None:
    japanese = tuple(replace(rep, language="ja") for rep in planned.field.reps)
    german = replace(company, config=company.config.model_copy(update={"language": "de"}))
    files = dict(plan_files(german, replace(planned, field=replace(planned.field, reps=japanese))))
    calendar: Any = Calendar.from_ical(files["R1.ics"].decode())
    said = "".join(f"{event['SUMMARY']} {event['DESCRIPTION']}\n" for event in calendar.walk("VEVENT"))
    assert "Alpha (A): 訪問" in said
    assert "訪問期限2026年8月19日、前回訪問2026年7月8日" in said
    assert "2026年7月8日はいいえ、目標はい" in said
    drawing = next(content.decode() for name, content in files.items() if name.endswith(".svg"))
    assert re.search(r"R1 Rita, 2026年8月\d+日\w曜日", drawing)
    assert (
        "fällig am 2026-08-19, zuletzt besucht am 2026-07-08; bis 2026-09-30 fehlen 5.00 %"
        in files["visits.csv"].decode()
    )
    # The data and the names of the books apart, no English word is left.
    books = "Alpha|Beta|Display stands|Returns|Share of the shelf|On hand|Agree the plan|Wants more|Deal|USD|Train"
    assert re.findall(r"[A-Za-z]{2,}", re.sub(books, "", said)) == []


def test_a_plan_is_a_folder_that_is_there_whole_and_is_not_replaced(
    company: Workspace, planned: VisitPlan, tmp_path: Path
) -> None:
    written = write_plan_files(company, planned, tmp_path / "august")
    assert sorted(written) == sorted(dict(plan_files(company, planned)))
    assert write_plan_files(company, planned, tmp_path / "august") == written
    (tmp_path / "august" / "visits.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(BooksError, match=r"visits\.csv: the file differs"):
        write_plan_files(company, planned, tmp_path / "august")
    (tmp_path / "else").mkdir()
    with pytest.raises(TerminalError, match="there is something here already"):
        write_plan_files(company, planned, tmp_path / "else")


def test_a_plan_that_is_loaded_is_planned_already(tmp_path: Path, planned: VisitPlan, company: Workspace) -> None:
    workspace = open_workspace(shutil.copytree(company.root, tmp_path / "copy"))
    path = workspace.root / "extracts" / "visits-august.csv"
    path.write_bytes(dict(plan_files(company, planned))["visits.csv"])
    run_all(workspace, Run(date(2026, 8, 1)))
    after = visit_plan(workspace, MONTH, month_of(MONTH), percent=Decimal(25))
    assert after.rows.is_empty()
    assert [(each.member_id, each.begins) for each in after.field.fixed] == [
        (stop.call.member_id, stop.begins)
        for stop in sorted(planned.planned.stops, key=lambda stop: stop.call.member_id)
    ]
    broken, left = check_plan(workspace, after, path)
    assert {row["rule"] for row in broken.frame.to_dicts()} == {"once"}
    assert left.frame.is_empty()


def test_a_proposal_never_takes_the_name_of_a_visit_that_is_over() -> None:
    over = {"P202608-A-review", "P202608-A-review-2"}
    assert _free("P202608-A-review", over) == "P202608-A-review-3"
    assert _free("P202608-B-review", over) == "P202608-B-review"


def test_every_rep_has_a_file_of_its_own() -> None:
    names = file_names(["R/1", "R-1", "r 1", "..", "東京"])
    assert names == {"R/1": "R-1", "R-1": "R-1-2", "r 1": "r-1-3", "..": "-", "東京": "東京"}


def test_a_plan_made_by_hand_is_judged_with_what_it_leaves_out(
    company: Workspace, planned: VisitPlan, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(dict(plan_files(company, planned))["visits.csv"])
    broken, left = check_plan(company, planned, path)
    assert broken.frame.is_empty()
    assert left.frame.is_empty()
    path.write_text(
        "member_id,rep_id,planned_start,planned_end\n"
        "A,R2,2026-08-04T12:30,2026-08-04T13:00\n"
        "Z,R9,2026-09-01T10:00,2026-09-01T11:00\n",
        encoding="utf-8",
    )
    broken, left = check_plan(company, planned, path)
    found = [(row["line"], row["rule"]) for row in broken.frame.to_dicts()]
    assert found == [
        (2, "duration"), (2, "opening_hours"), (2, "region"), (2, "way"), (2, "working_hours"), (3, "known"),
        (3, "known"), (3, "known"), (3, "month"),
    ]  # fmt: skip
    # Half past twelve in Chicago is half past seven in the evening where R2 works.
    assert broken.frame["what"][4] == "R2 does not work on Tuesday 19:30-20:00"
    [of_b] = left.frame.to_dicts()
    assert (of_b["member_id"], of_b["at_stake"], of_b["currency"]) == ("B", Decimal(200), "USD")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("member_id,rep_id\nA,R1\n", r"mine\.csv:1: there is no column planned_start, planned_end"),
        (
            "member_id,rep_id,planned_start,planned_end\nA,R1,monday,2026-08-03T10:00\n",
            r":2: planned_start is 'monday'",
        ),
    ],
)
def test_a_plan_that_cannot_be_read_is_refused(
    company: Workspace, planned: VisitPlan, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ExtractError, match=message):
        check_plan(company, planned, path)


def test_a_month_that_is_over_is_not_planned(company: Workspace) -> None:
    with pytest.raises(BooksError, match="2026-07 is over: the books stand at 2026-08-01"):
        visit_plan(company, "2026-07", month_of("2026-07"))


def test_the_csv_is_one_that_the_visit_system_knows(company: Workspace, planned: VisitPlan) -> None:
    rows = list(csv.DictReader(io.StringIO(dict(plan_files(company, planned))["visits.csv"].decode())))
    assert {row["status"] for row in rows} == {"planned"}
    assert all(
        datetime.fromisoformat(row["planned_start"]) < datetime.fromisoformat(row["planned_end"]) for row in rows
    )
