"""The words of the page that a simulation is written to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from reports.page.language import Language


def lead_of(language: Language, year: int, through: date | None) -> Sequence[str]:
    """Return what stands below the title; `through`: how far the year has come if it is not over."""
    words = language.text
    if through is None:
        history = words("{year}", year=str(year))
    else:
        history = words("{year} up to {day}", year=str(year), day=language.day(through))
    return [
        words(
            "What proposed rules would have paid on the history of {history}, against those of today.", history=history
        ),
        words("Computed from what is loaded, by the rules themselves. Nothing has been posted."),
    ]


def titles_of_tables(language: Language) -> Mapping[str, str]:
    """Return the title of the page, and of its tables by name."""
    words = language.text
    return {
        "page": words("Simulation"),
        "totals": words("By currency"),
        "programs": words("What was compared"),
        "rebates": words("By rebate"),
        "tiers": words("By tier reached"),
        "winners": words("Who wins"),
        "losers": words("Who loses"),
    }


def wordings(language: Language) -> Mapping[str, str]:
    """Return how a proposed rule file differs from today's, by its name in a simulation."""
    words = language.text
    return {"new": words("new"), "edited": words("edited"), "as it is": words("as it is")}
