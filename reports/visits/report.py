"""The visit report: what its tables are called, and the words in their cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from reports.page.language import Language


def report_title(language: Language) -> str:
    """Return what the report is called."""
    return language.text("Visit report")


def headings(language: Language, coefficient: Decimal | None) -> Mapping[str, str]:
    """Return what each table of the report is called; `coefficient`: of visits and tiers reached, if there is one."""
    words = language.text
    beside = (
        words("coefficient {figure}", figure=language.number(coefficient))
        if coefficient is not None
        else words("too few for a coefficient")
    )
    return {
        "next_actions": words("What to do next, by the money at stake"),
        "follow_ups": words("What should have been done by now"),
        "completion": words("How visits went"),
        "coverage": words("Who was visited often enough"),
        "attainment": words("Indicators against their targets, and their trend"),
        "correlation": words(
            "Visits this year and tiers reached: {note} ({coefficient})",
            note=correlation_note(language),
            coefficient=beside,
        ),
    }


def correlation_note(language: Language) -> str:
    """Return what stands wherever visits and attainment are shown side by side."""
    return language.text("a correlation, which does not say what causes what")


def group_names(language: Language) -> Mapping[str, str]:
    """Return what groups of members are called, by how often they were visited: see rules.visits.correlation."""
    return {"none": language.text("none"), "6 and more": language.text("6 and more")}


def follow_up_visit(language: Language) -> str:
    """Return what is overdue where a follow-up visit did not happen."""
    return language.text("follow-up visit")


def report_lead(workspace: str, as_of: str, language: Language) -> str:
    """Return what the report is of: the workspace and the day of the books."""
    return language.text("{workspace}, as of {day}", workspace=workspace, day=as_of)
