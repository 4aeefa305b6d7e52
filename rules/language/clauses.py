"""The parts of which a program is written: titles, dates, filters and tiers."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from rules.language.fields import (  # noqa: TC001  # pydantic reads them at run time
    Amount,
    Day,
    Entry,
    Flag,
    Number,
    Positive,
    RateText,
    Text,
)
from rules.language.reading import Block
from schemas.types import ZERO

STEP = Decimal("1E-10")
"""The smallest difference between two qualifiers: "above x" is "from x + STEP"."""


class Title(Block):
    """What people call a program or rebate, in their language."""

    shorthand: ClassVar[str | None] = "en"

    en: Text | None = Field(None, description="the title in English, or in any language if it is the only one")
    de: Text | None = Field(None, description="the title in German")
    ja: Text | None = Field(None, description="the title in Japanese")

    @property
    def by_language(self) -> dict[str, str]:
        """Return the titles there are, by the tag of their language."""
        written = {"en": self.en, "de": self.de, "ja": self.ja}
        return {tag: text for tag, text in written.items() if text}

    def text(self, language: str) -> str:
        """Return the title in `language`, or else in English, or else in any."""
        titles = self.by_language
        return titles.get(language) or next(iter(titles.values()), "")


class Effective(Block):
    """The days an agreement holds, both included."""

    start: Day = Field(alias="from", description="the first day of the agreement")
    end: Day = Field(alias="to", description="the last day of the agreement")


class Filter(Block):
    """Which rows count: any `include` entry holds and no `exclude` entry does; in an entry all columns must hold."""

    include: tuple[Entry, ...] | None = Field(None, description="a list of entries: column and value or values")
    exclude: tuple[Entry, ...] | None = Field(None, description="a list of entries that never count")


class Members(Filter):
    """Who takes part."""

    enrolled: Flag = Field(default=False, description="true: a row in the enrolments data set is needed too")


class Tier(Block):
    """A step of the scale: from its bound up to the next tier's."""

    at: Number | None = Field(None, alias="from", description="the tier begins at this qualifier")
    above: Number | None = Field(None, description="the tier begins above this qualifier")
    to: Number | None = Field(None, description="where the tier ends, for readability: the next tier's bound decides")
    rate: RateText | None = Field(None, description="a share of money (3%) or money per unit (0.25 per case)")
    pays: Amount | None = Field(None, description="a fixed amount")
    every: Positive | None = Field(None, description="per_multiple: the amount is paid for every full one of these")
    measure_cap: Positive | None = Field(None, description="all_units: the rate is paid on this much at most")

    @property
    def bound(self) -> Decimal:
        """Return the lower bound as written."""
        return next(bound for bound in (self.at, self.above, ZERO) if bound is not None)

    @property
    def is_strict(self) -> bool:
        """Return whether the bound itself lies below the tier."""
        return self.at is None

    @property
    def lower(self) -> Decimal:
        """Return the smallest qualifier in the tier."""
        return self.bound + STEP if self.is_strict else self.bound
