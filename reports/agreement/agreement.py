"""An agreement as plain values: everything its rule file says, ready to be put into words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from reports.page.language import SOURCE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from decimal import Decimal

Conditions: TypeAlias = "Sequence[Mapping[str, Sequence[str]]]"
"""Entries of which one must hold; within an entry every column must have one of its values."""


@dataclass(frozen=True)
class Selection:
    """What counts: rows that match an entry of `include` (None: all) and none of `exclude`."""

    include: Conditions | None = None
    exclude: Conditions = ()


@dataclass(frozen=True)
class Figure:
    """What is counted, of which goods, and what it is compared with; names are those of the rule language.

    `constant`, `indicator` (of visit_score) and `unit` belong to what is counted. `compare` says how periods of
    other length are compared: totals, like_for_like, or empty where nothing is said. `missing` is skip, zero, a figure,
    or None where nothing can be missing; `decimals` are those to which it is rounded before it selects a tier.
    """

    counted: str
    kind: str
    unit: str = ""
    indicator: str = ""
    constant: Decimal | None = None
    products: Selection | None = None
    within: Selection | None = None
    baseline: tuple[str, int] | None = None
    compare: str = ""
    missing: str | Decimal | None = None
    decimals: int | None = None


@dataclass(frozen=True)
class Step:
    """A tier: its bound, and what it pays; `unit` is the unit of a rate in money, empty for a share."""

    bound: Decimal
    is_strict: bool
    rate: Decimal | None = None
    unit: str = ""
    fixed: Decimal | None = None
    every: Decimal | None = None
    cap: Decimal | None = None


@dataclass(frozen=True)
class WorkedExample:
    """The payout for a qualifier, and for a measure where that is another figure that matters."""

    qualifier: Decimal
    measure: Decimal | None
    tier: int
    payout: Decimal


@dataclass(frozen=True)
class Stacking:
    """How a rebate combines with the others of its group, in the order of the file; titles by language."""

    group: str
    policy: str
    is_reduced: bool
    earlier: Sequence[Mapping[str, str]]
    later: Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class RebateTerms:
    """One rebate; `qualifier` is None where the measure itself selects the tier, titles are by language."""

    name: str
    titles: Mapping[str, str]
    reference: str
    effective: tuple[date, date] | None
    members: Selection
    products: Selection
    transactions: Selection
    returns: str
    below_zero: str
    period: str
    settle: str
    measure: Figure
    qualifier: Figure | None
    method: str
    steps: Sequence[Step]
    prorate: str
    guarantee: tuple[Decimal, bool] | None
    limit: Decimal | None
    stacking: Stacking | None
    examples: Sequence[WorkedExample]


@dataclass(frozen=True)
class Vocabulary:
    """What a workspace calls the columns of its filters, and by column their values: titles by language."""

    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)

    def column(self, name: str, tag: str) -> str | None:
        """Return what a column is called in a language or in English: one in a third is worse than its name."""
        return _said(self.columns.get(name, {}), tag)

    def values_of(self, column: str, tag: str) -> dict[str, str]:
        """Return what the values of a column are called in a language or in English; others are left out."""
        found = {value: _said(titles, tag) for value, titles in self.values.get(column, {}).items()}
        return {value: said for value, said in found.items() if said}


def _said(titles: Mapping[str, str], tag: str) -> str | None:
    return titles.get(tag) or titles.get(SOURCE)


@dataclass(frozen=True)
class Agreement:
    """One program; `version` identifies its wording, `fixed_rates` are in its currency per unit of the other one.

    `names`: what the ids that filters name stand for, by column and id; a partner reads the name before the id.
    `vocabulary`: what columns and their values are called, by language.
    """

    name: str
    titles: Mapping[str, str]
    reference: str
    version: str
    currency: str
    effective: tuple[date, date]
    calendar: str
    members: Selection
    is_enrolled: bool
    accumulate_at: str
    pay_to: str
    conversion: str
    fixed_rates: Sequence[tuple[str, Decimal]]
    negative: str
    limit: Decimal | None
    budget: Decimal | None
    minimum: tuple[Decimal, str] | None
    grace_days: int
    rebates: Sequence[RebateTerms]
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    vocabulary: Vocabulary = field(default_factory=Vocabulary)


@dataclass(frozen=True)
class Section:
    """A heading and the sentences under it; `examples` are further sentences, under a heading of their own."""

    heading: str
    sentences: Sequence[str]
    lead: str = ""
    examples_heading: str = ""
    examples: Sequence[str] = ()


@dataclass(frozen=True)
class Document:
    """An agreement in the words of one language."""

    lang: str
    title: str
    lead: Sequence[str]
    sections: Sequence[Section]
    signatures: Sequence[str]
