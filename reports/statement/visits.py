"""Visits and what was agreed at them, as the partner may read it: what was noted stays with the sponsor."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from reports.statement.account import other_member

if TYPE_CHECKING:
    from datetime import date

    from reports.page.language import Language
    from reports.statement.account import Account
    from reports.statement.position import Row
    from reports.statement.statement_data import Issue

MOST = 12
"""The most visits, and the most things agreed, that a page names; the newest and the first due."""


def visits_view(account: Account, issue: Issue) -> Row | None:
    """Return what is agreed and not done, the first due first, and the visits with what was done; None if none."""
    if not account.visits:
        return None
    open_tasks = [row for row in account.visits if row["task_id"] and not row["is_done"]]
    # Without a day it comes last; sorted is stable, so that the newest visit comes first where the days are the same.
    due = sorted(open_tasks, key=lambda row: (row["due_on"] is None, row["due_on"] or row["visited_on"]))
    recent = [row for row in account.visits if row["is_recent"]]
    visits = [list(rows) for _, rows in groupby(recent, key=lambda row: str(row["visit_id"]))]
    words = account.language.text
    return {
        "agreed_title": words("Agreed and not done yet"),
        "agreed": [
            {
                "name": row["name"],
                "member": other_member(row, account),
                "visit": words("visit of {day}", day=account.language.day(row["visited_on"])),
                "due": _due(row["due_on"], account.language, issue),
            }
            for row in due[:MOST]
        ],
        "visits_title": words("Visits"),
        "visits": [_visit(rows, account) for rows in visits[:MOST]],
    }


def _visit(rows: list[Row], account: Account) -> Row:
    done = [row["name"] for row in rows if row["task_id"] and row["is_done"]]
    return {
        "day": account.language.day(rows[0]["visited_on"]),
        "member": other_member(rows[0], account),
        "done": ", ".join(done),
    }


def _due(day: date | None, language: Language, issue: Issue) -> str:
    if day is None:
        return ""
    said = language.day(day)
    return language.text("was due on {day}", day=said) if day < issue.as_of else language.text("due on {day}", day=said)
