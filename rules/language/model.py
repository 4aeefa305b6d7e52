"""The rule language as a model: what a program, its rebates and their tiers are made of."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, PrivateAttr

from rules.language.calendars import (
    GREGORIAN,
    Calendar,
    Frequency,
)
from rules.language.clauses import STEP, Effective, Filter, Members, Tier, Title
from rules.language.fields import (  # noqa: TC001  # pydantic reads them at run time
    Amount,
    Currency,
    GraceDays,
    Number,
    Positive,
    Slug,
    Text,
    TierNumber,
)
from rules.language.figures import Baseline, Measure, Qualifier
from rules.language.forms import Words
from rules.language.provisions import Fx, FxText, Guarantee, Limits, MinimumPayout, Prorate, Stack
from rules.language.reading import Block
from rules.language.wording import join_wording

__all__ = [
    "STEP",
    "Baseline",
    "Effective",
    "Filter",
    "Fx",
    "Guarantee",
    "Limits",
    "Measure",
    "Members",
    "Method",
    "MinimumPayout",
    "Program",
    "Prorate",
    "Qualifier",
    "Rebate",
    "RuleTest",
    "Stack",
    "TestedFigures",
    "Tier",
    "Title",
]  # fmt: skip

Method: TypeAlias = Literal["all_units", "marginal", "fixed", "each_reached", "sliding", "per_multiple"]

_METHODS = Words(
    called={
        "retrospective": "all_units", "cumulative": "all_units", "slab": "all_units", "volume": "all_units",
        "stepped": "marginal", "incremental": "marginal", "graduated": "marginal", "lump_sum": "fixed",
        "total": "each_reached", "sum_of_reached": "each_reached", "linear": "sliding", "per_package": "per_multiple",
    },
)  # fmt: skip
Returns: TypeAlias = Annotated[
    Literal["own_day", "with_sale"], Words(called={"own_date": "own_day", "sale_period": "with_sale"})
]
BelowZero: TypeAlias = Annotated[
    Literal["forget", "carry"], Words(called={"carry_forward": "carry", "drop": "forget", "lapse": "forget"})
]
Compare: TypeAlias = Annotated[Literal["totals", "like_for_like"], Words(called={"per_day": "like_for_like"})]
_FREQUENCIES = Words(called={
    "monthly": "month", "quarterly": "quarter", "half_year": "half", "half-year": "half", "yearly": "year",
    "annual": "year", "annually": "year",
})  # fmt: skip


class Rebate(Block):
    """One way to earn: what is measured, over which period, and what it pays."""

    title: Title | None = Field(None, description="what people call the rebate")
    reference: Text | None = Field(None, description="its own clause in the contract")
    effective: Effective | None = Field(
        None, description="the days it holds, if not all of the program's; whole periods, but for the program's ends"
    )
    members: Filter | None = Field(
        None, description="which of the program's members it is for, if not all; enrolment stays the program's"
    )
    products: Filter | None = Field(None, description="which products count")
    transactions: Filter | None = Field(None, description="which kinds of transaction count")
    period: Annotated[Frequency, _FREQUENCIES] = Field(description="month, quarter, half, year or program")
    settle_written: Annotated[Frequency, _FREQUENCIES] | None = Field(
        None, alias="settle", description="how often it is paid; the period, unless said otherwise"
    )
    unit: Text | None = Field(None, description="the unit quantities are counted in")
    qualifier_written: Qualifier | None = Field(
        None, alias="qualifier", description="what selects the tier; the measure, unless said otherwise"
    )
    measure: Measure = Field(description="what a rate is multiplied by")
    method: Annotated[Method, _METHODS] = Field(
        description="how tiers pay: all_units, marginal, fixed, each_reached, sliding or per_multiple"
    )
    tiers: tuple[Tier, ...] = Field(description="the scale, from its lowest tier up")
    returns: Returns | None = Field(
        None,
        description="when a row that names its sale (original_id) counts: own_day, or with_sale, in the sale's period; "
        "own_day, unless said otherwise",
    )
    below_zero: BelowZero | None = Field(
        None,
        description="what becomes of a measure below zero at a period's end: forget, or carry into the next; forget, "
        "unless said otherwise",
    )
    compare: Compare | None = Field(
        None,
        description="growth over periods of other length: totals, or like_for_like (the baseline per day, for the days "
        "of the period); totals, unless said otherwise",
    )
    prorate: Prorate | None = Field(
        None, description="for members in the program for a part of the period; the program's, unless said otherwise"
    )
    guarantee: Guarantee | None = Field(None, description="the least that is paid for a whole period")
    limits: Limits | None = Field(None, description="the most that this rebate pays")
    stack: Stack | None = Field(None, description="how it goes together with other rebates of the file")
    _of_measure: tuple[Measure, Qualifier] | None = PrivateAttr(None)

    @property
    def settle(self) -> Frequency:
        """Return how often the rebate is paid."""
        return self.settle_written or self.period

    @property
    def qualifier(self) -> Qualifier:
        """Return the figure that selects the tier."""
        if self.qualifier_written:
            return self.qualifier_written
        # Made once for a measure: everything that compiles or checks a rebate asks for it.
        if self._of_measure is None or self._of_measure[0] is not self.measure:
            self._of_measure = self.measure, Qualifier.model_construct(**dict(self.measure))
        return self._of_measure[1]


class TestedFigures(Block):
    """The figures of a test; one that is not given equals the other."""

    qualifier: Number | None = Field(None, description="the figure that selects the tier")
    measure: Number | None = Field(None, description="the figure a rate is multiplied by")


class RuleTest(Block):
    """An example that the rules must pay as the contract says."""

    rebate: Text | None = Field(None, description="which rebate, if the file has several")
    when: TestedFigures = Field(description="the figures, such as {qualifier: 4}")
    pays: Amount = Field(description="what is paid for them")
    tier: TierNumber | None = Field(None, description="the tier they reach, counted from 1; 0 for none")


class Program(Block):
    """One agreement: one file."""

    id: Slug = Field(alias="program", description="an id in lower case, unique in the workspace")
    title: Title = Field(description="what people call the program")
    reference: Text = Field(description="where a person finds the signed contract")
    currency: Currency = Field(description="the currency it is reckoned and paid in")
    effective: Effective = Field(description="the days it holds: {from: 2026-01-01, to: 2026-12-31}")
    calendar: Slug = Field("gregorian", description="the calendar its periods follow: gregorian, or one of your own")
    members: Members = Field(Members(), description="who takes part; without it, all members do")
    accumulate_at: Text = Field(
        "self", description="whose purchases are added together: self, parent, root, or a level of the hierarchy"
    )
    pay_to: Annotated[Literal["self", "parent", "root", "payee"], Words(called={"member": "self"})] = Field(
        "self", description="who is paid: the member, its parent, the root above it, or its payee"
    )
    fx: FxText = Field(Fx("activity_date"), description="the day whose exchange rate counts, or fixed rates")
    negative: Annotated[Literal["carry_forward", "invoice", "write_off"], Words(called={"carry": "carry_forward"})] = (
        Field("carry_forward", description="what becomes of an amount that is taken back beyond what is paid")
    )
    prorate: Prorate = Field("none", description="for members in the program for a part of a period")
    limits: Limits | None = Field(None, description="the most that all its rebates together pay")
    budget: Positive | None = Field(None, description="the most that the program pays over all its days")
    minimum_payout: MinimumPayout | None = Field(None, description="the smallest amount that is paid at a time")
    grace_days: GraceDays = Field(
        0, description="days to wait after a period's end: the first run after them settles it, on all received by then"
    )
    rebates: dict[Slug, Rebate] = Field(description="its rebates, each under its id")
    tests: tuple[RuleTest, ...] = Field((), description="examples that `rebatch check` works out")

    _file: str = PrivateAttr("")
    _text: str = PrivateAttr("")
    _calendar: Calendar = PrivateAttr(GREGORIAN)
    _calendar_text: str = PrivateAttr("")

    def read_from(self, file: str, text: str) -> Self:
        """Record the file and the whole text from which the program was read; returns the program itself."""
        self._file, self._text = file, text
        return self

    def follow(self, calendar: Calendar, text: str) -> Self:
        """Record the calendar it follows, and the text of that calendar's file; returns the program itself."""
        self._calendar, self._calendar_text = calendar, text
        return self

    @property
    def fiscal_calendar(self) -> Calendar:
        """Return the calendar that its periods follow."""
        return self._calendar

    @property
    def file(self) -> str:
        """Return the file from which it was read."""
        return self._file

    @property
    def text(self) -> str:
        """Return the whole text of its file, as it was read."""
        return self._text

    @property
    def wording(self) -> str:
        """Return all that was agreed: its text followed by that of its own calendar (see wording.py)."""
        return join_wording(self._text, self.calendar, self._calendar_text) if self._calendar_text else self._text

    @property
    def version(self) -> str:
        """Return the identity of this wording: its SHA-256, in hex."""
        return hashlib.sha256(self.wording.encode()).hexdigest()
