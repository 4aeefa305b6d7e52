"""What the visit system sends: rows that are wrong are rejected by name, and the others are loaded."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.books.runs import Run
from pipelines.intake.extract import extract
from pipelines.intake.reject_reasons import todo
from pipelines.intake.stage import stage
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace
from schemas.opening_hours import ALWAYS, HOURS, week_of

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "0" * 64
EXTRACTS = {
    "members": ["member_id", "M-1"],
    "reps": [
        "rep_id,working_hours,max_visits_per_day,start_latitude",
        "R-1,MON-FRI 09:00-17:00,5,41.8",
        "R-2,9 to 5,5,41.8",
        "R-3,,-1,41.8",
        "R-4,,5,91",
    ],
    "locations": [
        "location_id,member_id,time_zone,opening_hours",
        'L-1,M-1,Europe/Berlin,"mon-fri 09:00-12:00, 13:00-17:00; sat 09:00-12:00"',
        "L-2,M-1,Europe/Berln,",
        "L-3,M-1,,mon-fri",
        "L-4,M-9,,",
    ],
    "visits": ["visit_id,member_id,status,location_id,visit_type", "V-1,M-1,completed,L-1,Dealer-Review"],
    "visit_tasks": ["visit_id,task_id,name,context_type", "V-1,a,Ask,PRODUCT", "V-1,b,Ask,weather", "V-9,a,Ask,"],
    "visit_kpis": [
        "visit_id,kpi,kind,target,actual,sequence,unit",
        "V-1,share,percent,90,81.5,1,%",
        "V-1,stock,number,many,1,2,piece",
        "V-1,count,number,1,1,-2,piece",
    ],
    "visit_evidence": [
        "visit_id,task_id,file,sha256",
        f"V-1,a,shelf.jpg,{DIGEST}",
        "V-1,a,other.jpg,abc",
        f"V-9,a,gone.jpg,{DIGEST}",
    ],
}
REJECTED = {
    ("reps", "working_hours", "not_hours", "9 to 5"),
    ("reps", "max_visits_per_day", "out_of_range", "-1"),
    ("reps", "start_latitude", "out_of_range", "91.000000"),
    ("locations", "time_zone", "not_a_time_zone", "Europe/Berln"),
    ("locations", "opening_hours", "not_hours", "mon-fri"),
    ("locations", "member_id", "unknown_member", "M-9"),
    ("visit_tasks", "context_type", "not_allowed", "weather"),
    ("visit_tasks", "visit_id", "unknown_visit", "V-9"),
    ("visit_kpis", "target", "kind", "many"),
    ("visit_kpis", "sequence", "out_of_range", "-2"),
    ("visit_evidence", "sha256", "not_a_hash", "abc"),
    ("visit_evidence", "visit_id", "unknown_visit", "V-9"),
}


def test_wrong_rows_of_visits_are_rejected_by_name_and_the_others_loaded(tmp_path: Path) -> None:
    sources = "".join(f"  - {{data_set: {name}, path: {name}.csv, format: csv}}\n" for name in EXTRACTS)
    (tmp_path / "rebatch.yaml").write_text(f"name: V\ncurrency: USD\nmax_rejects: 100%\nsources:\n{sources}")
    for name, lines in EXTRACTS.items():
        (tmp_path / f"{name}.csv").write_text("\n".join([*lines, ""]))
    workspace, run = open_workspace(tmp_path), Run(date(2026, 11, 23))
    extract(workspace, run)
    stage(workspace, run)
    with connect(workspace, read_only=True) as connection:
        rejects = connection.execute("SELECT data_set, column_name, reason, value FROM rejects").fetchall()
        kept = {name: connection.execute(f"SELECT COUNT(*) FROM {name}").fetchone() for name in EXTRACTS}
        said = connection.execute("SELECT context_type FROM visit_tasks").fetchall()
        kind = connection.execute("SELECT visit_type FROM visits").fetchall()
    assert set(rejects) == REJECTED
    assert set(kept.values()) == {(1,)}
    assert (said, kind) == ([("product",)], [("dealer-review",)])
    for data_set, column, reason, _ in REJECTED:
        assert "{" not in todo(reason, column, data_set)


@pytest.mark.parametrize(
    ("text", "monday", "saturday", "sunday"),
    [
        ("mon-fri 09:00-12:00, 13:00-17:00; sat 09:00-12:00", [(540, 720), (780, 1020)], [(540, 720)], []),
        ("sat-mon 00:00-24:00", [(0, 1440)], [(0, 1440)], [(0, 1440)]),
        ("mon 09:00-08:00; sun 10:00-11:00", [], [], [(600, 660)]),
    ],
)
def test_hours_are_read_day_by_day(
    text: str, monday: list[tuple[int, int]], saturday: list[tuple[int, int]], sunday: list[tuple[int, int]]
) -> None:
    assert pl.Series([text]).str.contains(HOURS).all()
    week = week_of(text)
    assert [list(week[day]) for day in (0, 5, 6)] == [monday, saturday, sunday]


def test_of_whom_no_hours_are_said_is_there_at_all_times() -> None:
    assert week_of(None) == week_of("") == ALWAYS
    assert len(ALWAYS) == 7
