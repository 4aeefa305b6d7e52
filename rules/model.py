"""The rule language as a model: what a program, its rebates and their tiers are made of."""

from __future__ import annotations

import hashlib
from typing import Annotated, ClassVar, Literal, Self, TypeAlias

from pydantic import Field, PrivateAttr

from rules.clauses import (
    MEASURES,
    STEP,
    Baseline,
    Effective,
    Filter,
    MeasureName,
    Members,
    MissingPolicy,
    Qualifier,
    QualifierKind,
    Tier,
    Title,
)
from rules.fields import Amount, Currency, GraceDays, Number, Slug, Text  # noqa: TC001  # pydantic reads them at run time
from rules.reading import Block, Words

__all__ = [
    "STEP", "Baseline", "Case", "Effective", "Figures", "Filter", "Frequency", "MeasureName", "Members", "Method",
    "MissingPolicy", "Program", "Qualifier", "QualifierKind", "Rebate", "Tier", "Title",
]  # fmt: skip

Frequency: TypeAlias = Literal["month", "quarter", "half", "year", "program"]
Method: TypeAlias = Literal["all_units", "marginal", "fixed", "each_reached", "sliding", "per_multiple"]

_METHODS = Words(
    called={
        "retrospective": "all_units", "cumulative": "all_units", "slab": "all_units", "volume": "all_units",
        "stepped": "marginal", "incremental": "marginal", "graduated": "marginal", "lump_sum": "fixed",
        "total": "each_reached", "sum_of_reached": "each_reached", "linear": "sliding", "per_package": "per_multiple",
    },
)  # fmt: skip
_FREQUENCIES = Words(called={
    "monthly": "month", "quarterly": "quarter", "half_year": "half", "half-year": "half", "yearly": "year",
    "annual": "year", "annually": "year",
})  # fmt: skip


class Rebate(Block):
    """One way to earn: what is measured, over which period, and what it pays."""

    later: ClassVar[frozenset[str]] = frozenset(
        {
            "limits", "stack", "prorate", "minimum_payout", "guarantee", "budget", "accumulate_at", "pay_to",
            "effective", "fx", "calendar", "members", "allocate",
        }
    )  # fmt: skip

    title: Title | None = Field(None, description="what people call the rebate")
    reference: Text | None = Field(None, description="its own clause in the contract")
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
    measure: Annotated[MeasureName, MEASURES] = Field(description="what a rate is multiplied by: revenue or quantity")
    method: Annotated[Method, _METHODS] = Field(
        description="how tiers pay: all_units, marginal, fixed, each_reached, sliding or per_multiple"
    )
    tiers: tuple[Tier, ...] = Field(description="the scale, from its lowest tier up")

    @property
    def settle(self) -> Frequency:
        """Say how often the rebate is paid."""
        return self.settle_written or self.period

    @property
    def qualifier(self) -> Qualifier:
        """Say what selects the tier."""
        return self.qualifier_written or Qualifier(of=self.measure)


class Figures(Block):
    """The figures of a test; one that is not given equals the other."""

    qualifier: Number | None = Field(None, description="the figure that selects the tier")
    measure: Number | None = Field(None, description="the figure a rate is multiplied by")


class Case(Block):
    """An example that the rules must pay as the contract says."""

    later: ClassVar[frozenset[str]] = frozenset({"tier"})

    rebate: Text | None = Field(None, description="which rebate, if the file has several")
    when: Figures = Field(description="the figures, such as {qualifier: 4}")
    pays: Amount = Field(description="what is paid for them")


class Program(Block):
    """One agreement: one file."""

    later: ClassVar[frozenset[str]] = frozenset({"limits", "budget", "minimum_payout", "guarantee", "stack", "prorate"})

    id: Slug = Field(alias="program", description="an id in lower case, unique in the workspace")
    title: Title = Field(description="what people call the program")
    reference: Text = Field(description="where a person finds the signed contract")
    currency: Currency = Field(description="the currency it is reckoned and paid in")
    effective: Effective = Field(description="the days it holds: {from: 2026-01-01, to: 2026-12-31}")
    calendar: Annotated[Literal["gregorian"], Words(later=("4-4-5", "4-5-4", "5-4-4"))] = Field(
        "gregorian", description="the calendar its periods follow"
    )
    members: Members = Field(Members(), description="who takes part; without it, all members do")
    accumulate_at: Annotated[Literal["self"], Words(later=("parent", "root"))] = Field(
        "self", description="whose purchases are added together"
    )
    pay_to: Annotated[Literal["self", "payee"], Words(later=("parent", "root"))] = Field(
        "self", description="who is paid: the member, or its payee"
    )
    fx: Annotated[Literal["activity_date"], Words(later=("period_end", "fixed"))] = Field(
        "activity_date", description="the day whose exchange rate counts"
    )
    negative: Annotated[Literal["carry_forward"], Words(later=("invoice", "write_off"))] = Field(
        "carry_forward", description="what becomes of an amount that is taken back"
    )
    grace_days: GraceDays = Field(0, description="days after a period's end that receipts still count for it")
    rebates: dict[Slug, Rebate] = Field(description="its rebates, each under its id")
    tests: tuple[Case, ...] = Field((), description="examples that `rebatch check` works out")

    _file: str = PrivateAttr("")
    _text: str = PrivateAttr("")

    def read_from(self, file: str, text: str) -> Self:
        """Note the file and the whole text the program was read from; returns the program itself."""
        self._file, self._text = file, text
        return self

    @property
    def file(self) -> str:
        """Name the file it was read from."""
        return self._file

    @property
    def text(self) -> str:
        """Give the whole text of its file, as it was read."""
        return self._text

    @property
    def version(self) -> str:
        """Name this very wording: the SHA-256 of the text, in hex."""
        return hashlib.sha256(self._text.encode()).hexdigest()
