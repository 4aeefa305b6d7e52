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
    assert rebatch("-w", booked, "near", "--within", "nothing").code == 2


def test_cost_is_added_up_by_what_is_asked_for(rebatch: Rebatch, booked: Path) -> None:
    rows = rebatch("-w", booked, "cost", "--by", "program, month", "--json").data["cost"]
    assert {"program", "month", "currency", "members", "postings", "cost"} == set(rows[0])
    refused = rebatch("-w", booked, "cost", "--by", "colour")
    assert refused.code == 7
    assert "'colour' is nothing to add up by" in refused.err
