"""The words of a panel that stand on every one: headings, states, and how figures were projected."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.page.language import Language


def words_of(language: Language) -> Mapping[str, str]:
    """Return headings and sentences by name."""
    words = language.text
    return {
        "rebates_of": words("Rebates of a partner"),
        "no_year_end": words("No period ends in this year."),
        "bought": words("Bought by month"),
        "open": words("Open periods"),
        "way": words("Way to the next tier"),
        "eligible": words("Open periods in which nothing was counted yet"),
        "closed": words("Closed periods of this year"),
        "payouts": words("Open payouts"),
        "visits": words("Visits"),
        "tasks": words("Open tasks"),
        "none": words("None."),
        "projected": words(
            "Projected: what was bought so far, grown as last year's same days grew to the whole period; without such "
            "days, at the rate of the days gone; both rated by the rules as they stand."
        ),
        "between": words(
            "Between: the lower and the higher of the two; without last year, of the rate of the days gone and what is "
            "earned."
        ),
    }


def methods(language: Language) -> Mapping[str, str]:
    """Return how a figure was projected, by rules.rating.projection's name of it."""
    words = language.text
    return {
        "last year": words("last year"),
        "run rate": words("run rate"),
        "as it stands": words("as it stands"),
        "closed": words("closed"),
    }


def payout_states(language: Language) -> Mapping[str, str]:
    """Return how far a payout is, by its status in the books."""
    words = language.text
    return {
        "draft": words("draft"),
        "in_review": words("in review"),
        "approved": words("approved"),
        "exported": words("exported"),
        "refused": words("payment refused"),
        "short_paid": words("paid in part"),
    }


def visit_states(language: Language) -> Mapping[str, str]:
    """Return how far a visit is, by its status."""
    words = language.text
    return {
        "planned": words("planned"),
        "in_progress": words("in progress"),
        "completed": words("completed"),
        "unscheduled": words("unscheduled"),
    }
