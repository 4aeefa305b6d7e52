"""The commands of who runs a programme: who is near a tier, and what rebates cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Rebatch


def test_near_lists_members_for_people_and_programs(rebatch: Rebatch, booked: Path) -> None:
    shown = rebatch("-w", booked, "near", "--within", "100%")
    assert (shown.code, shown.err) == (0, "")
    assert "Who is near a tier" in shown.out
    rows = rebatch("-w", booked, "near", "--within", "100", "--json").data["near"]
    assert rows
    assert all(row["member_id"] in shown.out for row in rows)
    assert rebatch("-w", booked, "near").code == 0
    assert rebatch("-w", booked, "near", "--within", "nothing").code == 2


def test_cost_is_added_up_by_what_is_asked_for(rebatch: Rebatch, booked: Path) -> None:
    rows = rebatch("-w", booked, "cost", "--by", "program, month", "--json").data["cost"]
    assert {"program", "month", "currency", "members", "postings", "cost"} == set(rows[0])
    refused = rebatch("-w", booked, "cost", "--by", "colour")
    assert refused.code == 7
    assert "'colour' is nothing to add up by" in refused.err


def test_the_panel_of_a_member_is_shown_for_people_and_programs(rebatch: Rebatch, booked: Path, tmp_path: Path) -> None:
    page = tmp_path / "panel.html"
    shown = rebatch("-w", booked, "panel", "D-001", "--html", page)
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith("D-001 ")
    assert page.read_text(encoding="utf-8").startswith('<section class="rebatch-panel"')
    refused = rebatch("-w", booked, "panel", "D-001", "--if", "more of everything", "--if", "quantity 1 of P in never")
    assert refused.code == 1
    assert refused.err.count("write") == 2
    assert rebatch("-w", booked, "panel", "D-001", "--if", "quantity 1 of P in 2026", "--html", page).code == 2


def test_a_simulation_is_shown_for_people_and_programs(rebatch: Rebatch, booked: Path, tmp_path: Path) -> None:
    asked = ("-w", booked, "simulate", booked / "rules", "--history", "2026")
    shown = rebatch(*asked, "--html", tmp_path / "page.html")
    assert (shown.code, shown.err) == (0, "")
    assert "Who wins: none" in shown.out
    [row] = rebatch(*asked, "--json").data["totals"]
    assert row["today"] == row["proposed"]
