"""A panel as people see it: texts that are ready to be shown, and the bars and lines beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from reports.page.colours import Palette
from reports.page.page import find_template, read_resource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Series:
    """What was bought per month, oldest first, in one currency; `heights` from 0 to 8 eighths of the largest."""

    currency: str
    span: str
    heights: Sequence[int]
    total: str
    of_last: str


@dataclass(frozen=True)
class YearEnd:
    """What the periods that end in a year have earned and are projected to pay, in one currency.

    `between`: which amounts it may be, empty where there is one alone.
    """

    earned: str
    projected: str
    between: str


@dataclass(frozen=True)
class Open:
    """A rebate of an open period; `percent` of the way to the next tier, None where there is none."""

    title: str
    program: str
    period: str
    until: str
    tier: str
    percent: int | None
    way: str
    brings: str
    earned: str
    projected: str
    explain: str


@dataclass(frozen=True)
class Panel:
    """The panel of one member: all texts are ready to be shown, in the language `lang`; `words` has the headings."""

    lang: str
    words: Mapping[str, str]
    member_id: str
    name: str
    as_of: str
    series: Sequence[Series]
    year: str
    year_ends: Sequence[YearEnd]
    method: Sequence[str]
    open: Sequence[Open]
    eligible: Sequence[tuple[str, str]]
    closed: Sequence[tuple[str, str, str, str]]
    payouts: Sequence[tuple[str, str, str, str]]
    visits: Sequence[tuple[str, str, str]]
    tasks: Sequence[tuple[str, str, str]]


TEMPLATE = "panel.html.j2"
STYLE = "panel.css"


def panel_fragment(panel: Panel, colour: str) -> bytes:
    """Return the panel as one <section> with its own style, no script and nothing loaded: the same bytes for the same.

    Its style names nothing outside the section, so that it may stand in any page.

    Raises:
        ValueError: `colour` is not #rrggbb.
    """
    style = f".rebatch-panel{{{Palette(colour).declarations}}}\n{read_resource(STYLE)}"
    return find_template(TEMPLATE).render(p=panel, style=Markup(style)).encode()  # noqa: S704  # our own text and checked colours
