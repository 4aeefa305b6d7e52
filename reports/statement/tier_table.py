"""The tiers of a rebate as a table: written once for all positions that stand at the same tier."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from reports.page.page import find_template

if TYPE_CHECKING:
    from reports.page.language import Language

TEMPLATE = "tiers.html.j2"


class Step(NamedTuple):
    """One tier as it is read: its name, bound and payment, and whether it is reached, next, or where one stands."""

    name: str
    bound: str
    pays: str
    state: str
    state_text: str


# Pages repeat themselves: thousands of members stand at one of a few tiers of the same contract.
@lru_cache(maxsize=16384)
def tier_table(language_labels: tuple[tuple[str, str], ...], steps: tuple[Step, ...]) -> Markup:
    """Return the table with its headings (see `labels_of`), every text escaped."""
    return Markup(find_template(TEMPLATE).render(labels=dict(language_labels), steps=steps))  # noqa: S704  # a template's


def labels_of(language: Language) -> tuple[tuple[str, str], ...]:
    """Return the headings of the table in a language."""
    words = language.text
    return (
        ("ladder", words("Tiers")),
        ("tier", words("Tier")),
        ("asks", words("Asks for")),
        ("pays", words("Pays")),
        ("stand", words("Where you stand")),
    )
