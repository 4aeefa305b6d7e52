"""The parts a program is written in: titles, dates, filters, qualifiers and tiers."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from rules.fields import (  # noqa: TC001  # pydantic reads them at run time
    Amount,
    Day,
    Digits,
    Entry,
    Flag,
    Number,
    Positive,
    RateText,
    Text,
    WhenMissing,
)
from rules.reading import Block, Words

MeasureName: TypeAlias = Literal["revenue", "quantity"]
Baseline: TypeAlias = Literal["previous_year", "previous_period"]
QualifierKind: TypeAlias = Literal["plain", "growth_amount", "growth_percent"]
MissingPolicy: TypeAlias = Literal["skip", "zero", "value"]

STEP = Decimal("1E-10")
"""The smallest difference between two qualifiers: "above x" is "from x + STEP"."""

MEASURES = Words(
    later=("orders", "transactions", "products", "constant", "visits", "visit_score"),
    called={"sales": "revenue", "amount": "revenue", "units": "quantity"},
)
_BASELINES = Words(
    later=("dataset", "average"), called={"last_year": "previous_year", "last_period": "previous_period"}
)


class Title(Block):
    """What people call a program or rebate, in their language."""

    shorthand: ClassVar[str | None] = "en"

    en: Text | None = Field(None, description="the title in English, or in any language if it is the only one")
    ja: Text | None = Field(None, description="the title in Japanese")

    def text(self, language: str) -> str:
        """Give the title in `language`, or in the one there is."""
        return (self.ja if language == "ja" else self.en) or self.en or self.ja or ""


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


class Qualifier(Block):
    """What selects the tier: a measure itself, or its growth against a baseline."""

    shorthand: ClassVar[str | None] = "of"
    later: ClassVar[frozenset[str]] = frozenset(
        {
            "target_percent",
            "share_percent",
            "within",
            "visit_score",
            "visits",
            "constant",
            "products",
            "orders",
            "transactions",
        }
    )

    of: Annotated[MeasureName, MEASURES] | None = Field(None, description="the measure itself")
    growth_amount: Annotated[MeasureName, MEASURES] | None = Field(None, description="a measure less its baseline")
    growth_percent: Annotated[MeasureName, MEASURES] | None = Field(
        None, description="growth of a measure over its baseline, in percent"
    )
    baseline: Annotated[Baseline, _BASELINES] | None = Field(None, description="what growth is measured against")
    when_missing: WhenMissing | None = Field(
        None, description="what a missing, zero or negative baseline means: skip, zero or {value: x}"
    )
    round: Digits | None = Field(None, description="decimals the qualifier is rounded to before the tier is chosen")

    @property
    def kind(self) -> QualifierKind:
        """Say whether the measure itself or its growth selects the tier."""
        if self.growth_amount:
            return "growth_amount"
        return "growth_percent" if self.growth_percent else "plain"

    @property
    def measure(self) -> MeasureName:
        """Give the measure that is looked at, or whose growth is."""
        name = self.of or self.growth_amount or self.growth_percent
        assert name  # noqa: S101  # the loader refuses a qualifier without
        return name

    @property
    def missing_policy(self) -> MissingPolicy | None:
        """Say what is done without a baseline; None for a qualifier that needs none."""
        if isinstance(self.when_missing, Decimal):
            return "value"
        return self.when_missing if self.when_missing in {"skip", "zero"} else None  # type: ignore[return-value]

    @property
    def missing_value(self) -> Decimal | None:
        """Give the baseline to take where there is none, for the policy "value"."""
        return self.when_missing if isinstance(self.when_missing, Decimal) else None


class Tier(Block):
    """A step of the scale: from its bound up to the next tier's."""

    later: ClassVar[frozenset[str]] = frozenset({"limits"})

    at: Number | None = Field(None, alias="from", description="the tier begins at this qualifier")
    above: Number | None = Field(None, description="the tier begins above this qualifier")
    to: Number | None = Field(None, description="where the tier ends, for readability: the next tier's bound decides")
    rate: RateText | None = Field(None, description="a share of money (3%) or money per unit (0.25 per case)")
    pays: Amount | None = Field(None, description="a fixed amount")
    every: Positive | None = Field(None, description="per_multiple: the amount is paid for every full one of these")
    measure_cap: Positive | None = Field(None, description="all_units: the rate is paid on this much at most")

    @property
    def bound(self) -> Decimal:
        """Give the lower bound as it is written."""
        return next(bound for bound in (self.at, self.above, Decimal(0)) if bound is not None)

    @property
    def is_strict(self) -> bool:
        """Say whether the bound itself still lies below the tier."""
        return self.at is None

    @property
    def lower(self) -> Decimal:
        """Give the smallest qualifier in the tier."""
        return self.bound + STEP if self.is_strict else self.bound
