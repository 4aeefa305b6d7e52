"""Overlaps: rebates whose filters and days allow both of them to pay on the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

from rules.language.model import Filter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date

    from rules.language.model import Program, Rebate

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


def unspoken_pairs(programs: Sequence[Program]) -> Iterator[tuple[Payer, Payer]]:
    """Yield the pairs of rebates not in a common `stack`: where both pay on a transaction it is paid for twice."""
    for one, other in combinations(payers(programs), 2):
        stacks = (one.rebate.stack, other.rebate.stack)
        if one.program.id == other.program.id and all(stacks) and stacks[0].group == stacks[1].group:  # type: ignore[union-attr]
            continue
        yield one, other


def may_meet(one: Payer, other: Payer) -> bool:
    """Return whether the filters and days of two rebates leave room for a transaction on which both pay.

    Without data nothing more is known: filters of different columns may or may not exclude each other.
    """
    (start, end), (begins, ends) = one.days, other.days
    if end < begins or ends < start:
        return False
    return all(may_match(*pair) for pair in zip(one.filters, other.filters, strict=True))


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
