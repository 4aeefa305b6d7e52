"""The words of the page that a plan is written to."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.page.language import Language

_SETTLED = re.compile(r"(restates what was )?settled through (\d{4}-\d\d-\d\d)")
_CARRIED = re.compile(r"carried (to|from) (\d{4}-\d\d)")
_BELOW = re.compile(r"below the minimum payout of ([\d.]+): (?:carried to (\d{4}-\d\d)|lapses)")
_NOT_BELOW = "no longer below a minimum payout"


def plan_lead(language: Language, as_of: date, posted_as_of: date) -> Sequence[str]:
    """Return what stands below the title; `posted_as_of`: the day at which the books stand."""
    words = language.text
    return [
        words("What a run as of {day} would post by the rules as they stand.", day=language.day(as_of)),
        words("The books stand at {day}. Nothing has been posted.", day=language.day(posted_as_of)),
    ]


def plan_titles(language: Language) -> Mapping[str, str]:
    """Return the title of the page, and of its tables by name."""
    words = language.text
    return {
        "page": words("Plan"),
        "totals": words("In all, by currency"),
        "programs": words("By program"),
        "members": words("By partner"),
        "changes": words("What would be posted"),
        "moves": words("Moved between payouts"),
        "running": words("Periods still running: not posted yet"),
    }


def plan_wordings(language: Language) -> Mapping[str, str]:
    """Return how the wording of a program differs from the posted one, by its name in a plan."""
    words = language.text
    return {
        "new": words("new"),
        "edited": words("edited"),
        "as posted": words("as posted"),
        "removed": words("removed"),
    }


def reason_of_posting(reason: str, currency: str, language: Language) -> str:
    """Return why something is posted, in a language; words of people, as of an adjustment, stay as they are."""
    if found := _SETTLED.fullmatch(reason):
        return _settled(language, language.day(date.fromisoformat(found[2])), is_again=found[1] is not None)
    if found := _CARRIED.fullmatch(reason):
        return _carried(language, language.month(found[2]), is_out=found[1] == "to")
    if found := _BELOW.fullmatch(reason):
        return _below(language, language.coded(Decimal(found[1]), currency), found[2])
    return language.text("No longer below a minimum payout") if reason == _NOT_BELOW else reason


def _settled(language: Language, day: str, *, is_again: bool) -> str:
    words = language.text
    return (
        words("Restates what was settled through {day}", day=day)
        if is_again
        else words("Settled through {day}", day=day)
    )


def _carried(language: Language, month: str, *, is_out: bool) -> str:
    words = language.text
    return words("Carried to {month}", month=month) if is_out else words("Carried from {month}", month=month)


def _below(language: Language, least: str, to_period: str | None) -> str:
    words = language.text
    if to_period is None:
        return words("Below the minimum payout of {least}: lapses", least=least)
    month = language.month(to_period)
    return words("Below the minimum payout of {least}: carried to {month}", least=least, month=month)
