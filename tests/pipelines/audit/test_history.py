"""Every decision keeps its own person, time and reason."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING

import pytest

from pipelines.approval.adjust import Adjustment, adjust
from pipelines.approval.approval_items import Choice
from pipelines.approval.approve import decide, propose
from pipelines.approval.payout_list import list_payouts
from pipelines.audit.history import history
from pipelines.books.runs import Run
from pipelines.erp.export import Asked, export, plan_export
from pipelines.stages import run_all
from pipelines.workspace.configuration import Workspace, open_workspace
from schemas.errors import BooksError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def workspace(booked: Path, tmp_path: Path) -> Workspace:
    return open_workspace(shutil.copytree(booked, tmp_path / "w"))


def take(workspace: Workspace, kind: str, payout: str, person: str, reason: str = "") -> None:
    choice = Choice(ids=(payout,))
    proposed = propose(workspace, choice, kind=kind, person=person)
    decide(workspace, choice, proposed, kind=kind, person=person, reason=reason)


def small(workspace: Workspace) -> str:
    payouts = list_payouts(workspace, Choice())[0].frame.sort("amount")
    return str(payouts["payout_id"][0])


def test_each_step_keeps_who_took_it_and_why(workspace: Workspace) -> None:
    payout = small(workspace)
    take(workspace, "reject", payout, "carol", "disputed return")
    run_all(workspace, Run(date(2026, 11, 24)))
    [listed] = list_payouts(workspace, Choice(ids=(payout,)))[0].frame.rows(named=True)
    assert (listed["status"], listed["decided_by"], listed["reason"]) == ("draft", "carol", "rejected: disputed return")
    take(workspace, "submit", payout, "dan")
    take(workspace, "approve", payout, "ann", "checked")
    asked = Asked("bob", date(2026, 12, 1))
    export(workspace, asked, plan_export(workspace, asked))
    found = history(workspace, payout).frame
    assert found.select("event", "person", "status").rows() == [
        ("draft", "rebatch", "draft"),
        ("reject", "carol", "rejected"),
        ("draft", "rebatch", "draft"),
        ("submit", "dan", "in_review"),
        ("approve", "ann", "approved"),
        ("export", "bob", "exported"),
    ]
    assert found["reason"].to_list()[1::3] == ["disputed return", "checked"]
    assert found["happened_at"].is_sorted()
    [listed] = list_payouts(workspace, Choice(ids=(payout,)))[0].frame.rows(named=True)
    assert (listed["approved_by"], listed["decided_by"]) == ("ann", "bob")
    assert history(workspace, f"{payout.rsplit('-', 1)[-1]}-1").frame.equals(found)


def test_a_request_has_a_history_too(workspace: Workspace) -> None:
    asked = Adjustment("D-001", "volume-bonus-2026", "2026-Q3", "5", "goodwill", "late")
    [request] = adjust(workspace, asked, person="ann").frame["subject"]
    take(workspace, "reject", request, "bob", "too late")
    assert history(workspace, request).frame.select("event", "person", "reason").rows() == [
        ("adjust", "ann", "goodwill"),
        ("reject", "bob", "too late"),
    ]


def test_what_never_was_has_none(workspace: Workspace) -> None:
    with pytest.raises(BooksError, match="nothing here is called 'P'"):
        history(workspace, "P")


@pytest.mark.parametrize(
    ("person", "told"), [("ann", "ann asked for it → let another person"), ("bob", "decided by its id alone")]
)
def test_who_may_not_approve_is_told_why(workspace: Workspace, person: str, told: str) -> None:
    asked = Adjustment("D-001", "volume-bonus-2026", "2026-Q3", "5", "goodwill", "late")
    adjust(workspace, asked, person="ann")
    for payout in list_payouts(workspace, Choice())[0].frame["payout_id"]:
        take(workspace, "approve", payout, "carol")
    with pytest.raises(BooksError, match=told) as caught:
        propose(workspace, Choice(everything=True), kind="approve", person=person)
    assert "there is nothing to approve among what was chosen: 2 approved" in str(caught.value)
