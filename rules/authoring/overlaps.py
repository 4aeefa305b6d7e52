"""Overlaps: rebates whose filters and days allow both of them to pay on the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from rules.language.model import Filter

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from rules.language.model import Program, Rebate

    Matrix: TypeAlias = np.ndarray[Any, Any]
    Entry: TypeAlias = Mapping[str, Collection[str]]

_NO_GOODS = ("visits", "visit_score", "constant")


@dataclass(frozen=True)
class Payer:
    """A rebate that pays on transactions: whose, which, and from when until when."""

    program: Program
    name: str
    rebate: Rebate

    @property
    def key(self) -> tuple[str, str]:
        """Return the ids of program and rebate."""
        return self.program.id, self.name

    @property
    def days(self) -> tuple[date, date]:
        """Return the first and last day on which it holds."""
        whole, own = self.program.effective, self.rebate.effective
        return (max(whole.start, own.start), min(whole.end, own.end)) if own else (whole.start, whole.end)

    @property
    def filters(self) -> tuple[Filter | None, ...]:
        """Return the filters for members, products and transactions."""
        goods = self.rebate.measure.products or self.rebate.products
        return both(self.program.members, self.rebate.members), goods, self.rebate.transactions


def payers(programs: Sequence[Program]) -> list[Payer]:
    """Return the rebates that pay on transactions; fees and rebates for visits do not."""
    every = [Payer(program, name, rebate) for program in programs for name, rebate in program.rebates.items()]
    return [payer for payer in every if payer.rebate.measure.counted not in _NO_GOODS]


def is_spoken(one: Payer, other: Payer) -> bool:
    """Return whether two rebates are in a common `stack`: else, where both pay on a transaction, it is paid twice."""
    stacks = (one.rebate.stack, other.rebate.stack)
    return one.program.id == other.program.id and all(stacks) and stacks[0].group == stacks[1].group  # type: ignore[union-attr]


def meeting(every: Sequence[Payer]) -> Matrix:
    """Return for each pair of rebates whether their filters and days leave room for a transaction on which both pay.

    Without data nothing more is known: filters of different columns may or may not exclude each other.
    """
    first, last = np.array([payer.days for payer in every], "datetime64[D]").T
    met: Matrix = (first[:, None] <= last) & (first <= last[:, None])
    for filters in zip(*(payer.filters for payer in every), strict=True):
        met &= _matching(filters)
    return met


def _matching(filters: Sequence[Filter | None]) -> Matrix:
    """Return for each pair of filters whether some row may match both: compared once, however many are alike."""
    alike = {repr(condition): condition for condition in filters}
    numbers = {text: number for number, text in enumerate(alike)}
    matches = np.array([[may_match(one, other) for other in alike.values()] for one in alike.values()])
    places = [numbers[repr(condition)] for condition in filters]
    return matches[np.ix_(places, places)]


def both(one: Filter, other: Filter | None) -> Filter:
    """Return the filter that lets through what both do; its `include` is empty if no row can match both."""
    met = [_met(entry, opposite) for entry in _included(one) for opposite in _included(other)]
    excluded = (*(one.exclude or ()), *((other.exclude if other else None) or ()))
    return Filter.model_construct(
        include=tuple(
            {column: tuple(values) for column, values in entry.items()} for entry in met if entry is not None
        ),
        exclude=excluded or None,
    )


def may_match(one: Filter | None, other: Filter | None) -> bool:
    """Return whether some row may match both filters."""
    left, right = (_included(condition) for condition in (one, other))
    excluded = [entry for condition in (one, other) if condition for entry in condition.exclude or ()]
    return any(
        met is not None and not any(_swallows(entry, met) for entry in excluded)
        for met in (_met(entry, opposite) for entry in left for opposite in right)
    )


def _included(condition: Filter | None) -> Sequence[Entry]:
    """Return the entries that a filter includes; one that matches everything if it includes none."""
    return condition.include if condition and condition.include is not None else ({},)


def _met(one: Entry, other: Entry) -> dict[str, set[str]] | None:
    """Return the values a row must have to match both entries; None if no row can."""
    met = {column: set(values) for column, values in one.items()}
    for column, values in other.items():
        met[column] = met[column] & set(values) if column in met else set(values)
    return met if all(met.values()) else None


def _swallows(excluded: Entry, met: Mapping[str, Collection[str]]) -> bool:
    """Return whether an entry excludes every row with the values `met`."""
    return all(column in met and set(met[column]) <= set(values) for column, values in excluded.items())
