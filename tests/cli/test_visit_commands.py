"""The commands about visits: what they show, write and refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pipelines.visits.conftest import make

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Rebatch


@pytest.fixture
def root(rebatch: Rebatch, tmp_path: Path) -> Path:
    workspace = make(tmp_path / "company")
    assert rebatch("-w", workspace.root, "run", "--as-of", "2026-08-01").code == 0
    return workspace.root


def test_visits_are_measured_planned_and_judged(rebatch: Rebatch, root: Path, tmp_path: Path) -> None:
    measured = rebatch("-w", root, "visits", "measures", "--by", "rep", "--by", "template", "--json")
    assert [row["rep_id"] for row in measured.data["visits"]] == ["R1", "R1", "R2"]
    plan = ("-w", root, "visits", "plan", "--month", "2026-08", "--within", "25")
    made = rebatch(*plan, "--out", tmp_path / "august")
    assert made.code == 0
    assert "written to" in made.out
    assert (tmp_path / "august" / "R1.ics").read_bytes().startswith(b"BEGIN:VCALENDAR")
    assert rebatch(*plan, "--check", tmp_path / "august" / "visits.csv").code == 0
    bad = tmp_path / "bad.csv"
    bad.write_text(
        "member_id,rep_id,planned_start,planned_end\nA,R1,2026-08-04T03:00,2026-08-04T04:00\n", encoding="utf-8"
    )
    judged = rebatch(*plan, "--check", bad, "--json")
    assert judged.code == 7
    assert {row["rule"] for row in judged.data["broken"]} == {"opening_hours", "working_hours"}
    assert rebatch("-w", root, "visits", "plan", "--month", "2026-13").code == 2
    assert rebatch("-w", root, "visits", "plan", "--month", "2026-05").code == 7


def test_a_sheet_is_written_for_a_rep_there_is(rebatch: Rebatch, root: Path, tmp_path: Path) -> None:
    made = rebatch("-w", root, "visits", "sheet", "R2", "2026-08-05", tmp_path / "day.html")
    assert (made.code, made.out) == (0, f"written: {tmp_path / 'day.html'}, visits 0\n")
    missing = rebatch("-w", root, "visits", "sheet", "R9", "2026-08-05", tmp_path / "day.html")
    assert missing.code == 7
    assert "there is no rep 'R9' on 2026-08-05 → name one of R1, R2" in missing.err
    report = rebatch("-w", root, "visits", "report", "--within", "25", "--json")
    assert [row["at_stake"] for row in report.data["next_actions"]] == ["200.0000", "100.0000", "0.0000"]
    measure = ("-w", root, "visits", "measures", "--json")
    assert rebatch(*measure, "--as-of", "2026-08-01").data == rebatch(*measure).data


@pytest.mark.long
def test_visits_are_shown_as_a_run_left_them(rebatch: Rebatch, root: Path, tmp_path: Path) -> None:
    """With the templates that the run found, whatever became of the files since."""
    measure, report = ("-w", root, "visits", "measures", "--json"), ("-w", root, "visits", "report", "--json")
    plan = ("-w", root, "visits", "plan", "--month", "2026-08", "--json")
    before = [rebatch(*command).data for command in (measure, report, plan)]
    template = root / "rules" / "visits" / "review.yaml"
    template.write_text(template.read_text("utf-8").replace("every: 42", "every: 7"), encoding="utf-8")
    with (root / "extracts" / "visits-2.csv").open("w", encoding="utf-8") as more:
        more.write("visit_id,member_id,rep_id,planned_start,planned_end,actual_start,actual_end,status,visit_type\n")
        more.write("V9,B,R1,2026-08-03T10:00,2026-08-03T11:00,2026-08-03T10:00,2026-08-03T11:00,completed,review\n")
    assert rebatch("-w", root, "run", "--as-of", "2026-08-04").code == 0
    assert [rebatch(*command).data for command in (measure, report, plan)] != before
    for command, then in zip((measure, report, plan), before, strict=True):
        assert rebatch(*command, "--as-of", "2026-08-01").data == then
    sheet = rebatch("-w", root, "visits", "sheet", "R1", "2026-08-05", tmp_path / "day.html", "--as-of", "2026-08-01")
    assert (sheet.code, "planned" in (tmp_path / "day.html").read_text("utf-8")) == (0, True)
    for path in (root / "rules" / "visits").iterdir():
        path.unlink()
    assert rebatch(*report, "--as-of", "2026-08-04").data["next_actions"]
    assert rebatch("-w", root, "run", "--as-of", "2026-08-05").code == 0
    refused = rebatch(*report, "--as-of", "2026-08-05")
    assert (refused.code, "kept no template of visits" in refused.err) == (7, True)
