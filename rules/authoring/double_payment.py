"""Double payment: which rebates pay on the same transactions, and where each of them is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rules.authoring.overlaps import is_spoken, meeting, payers
from rules.language.finding import finding_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rules.authoring.overlaps import Matrix, Payer
    from rules.language.finding import Finding
    from rules.language.model import Program
    from rules.language.yaml_text import Marked

MOST_NAMED = 20
"""Rebates, or programs, that one finding names; of the others it says how many there are."""


@dataclass(frozen=True)
class Shared:
    """Transactions on which the same rebates pay: their number, and one of them."""

    transactions: int
    example: str


Key = tuple[str, str]
Found = list[tuple[list[Key], Shared]]
"""What the data shows: each set of rebates, by (program, rebate), that pay on the same transactions, and these."""

_APART = "narrow the filters of one, unless both are meant to pay"
_STACK = "say with `stack` how they go together: additive, best_of, first_of or cascade"


def double_payments(
    programs: Sequence[Program], marked: Mapping[str, Marked], shared: Found | None
) -> Iterator[Finding]:
    """Yield warnings about rebates that pay on the same transactions without a `stack` between them.

    One finding per rebate, with the others of its file, and one per program, with the programs of other files: there
    the count is that of the two rebates that share most. `shared`: what the data shows. Without it the filters are
    compared: they show which rebates cannot overlap, not which do.
    """
    every = payers(programs)
    if not every:
        return
    pairs = _Pairs(every, shared)
    verb = "may both pay" if shared is None else "both pay"
    for one, others in pairs.inside():
        named = [_rebate(other, marked, found) for other, found in others]
        said = f"{one.name!r} and {_listed(named, len(others))} {verb} on the same transactions"
        place = marked[one.program.id].problem_at(("rebates", one.name), said, _STACK, at_key=True)
        yield finding_of(place, kind="double-payment")
    for program, others, number in pairs.across():
        named = [_program(other.program, found) for other, found in others]
        said = f"{program.id!r} and {_listed(named, number)} {verb} on the same transactions"
        place = marked[program.id].problem_at(("program",), said, _APART, at_key=True)
        yield finding_of(place, kind="double-payment")


class _Pairs:
    """Pairs of rebates that pay, or may pay, on the same transactions, as a matrix of all by all."""

    def __init__(self, every: Sequence[Payer], shared: Found | None) -> None:
        # In the order of their examples: the first set of a pair has its example.
        self._every, self._sets = every, sorted(shared or [], key=lambda each: each[1].example)
        in_set, self._rows = _memberships(every, self._sets)
        self._in_set = in_set.astype(bool)
        # Floats, for which there is a fast product of matrices; exact up to 2**53 transactions.
        numbers = np.array([found.transactions for _, found in self._sets], np.float64)
        rows = np.ix_(self._rows, self._rows)
        self._counts: Matrix = meeting(every) if shared is None else ((in_set * numbers) @ in_set.T)[rows]
        ids = [payer.program.id for payer in every]
        self._starts = [place for place, name in enumerate(ids) if place == 0 or ids[place - 1] != name]

    def inside(self) -> Iterator[tuple[Payer, list[tuple[Payer, Shared | None]]]]:
        """Yield each rebate with those below it in its file that it is not stacked with."""
        for start, end in zip(self._starts, [*self._starts[1:], len(self._every)], strict=True):
            for place in range(start, end):
                one = self._every[place]
                below = (place + 1 + int(other) for other in np.flatnonzero(self._counts[place, place + 1 : end]))
                others = [other for other in below if not is_spoken(one, self._every[other])]
                if others:
                    yield one, [(self._every[other], self._shared(place, other)) for other in others]

    def across(self) -> Iterator[tuple[Program, list[tuple[Payer, Shared | None]], int]]:
        """Yield each program with a rebate of the first later ones that it meets, and the number of these programs."""
        for number, start in enumerate(self._starts[:-1]):
            end, later = self._starts[number + 1], self._starts[number + 1 :]
            most = np.maximum.reduceat(self._counts[start:end].max(axis=0), later)
            met = np.flatnonzero(most)
            shown = [self._largest(start, end, number + 1 + int(other)) for other in met[:MOST_NAMED]]
            if shown:
                yield self._every[start].program, shown, len(met)

    def _largest(self, start: int, end: int, other: int) -> tuple[Payer, Shared | None]:
        """Return the rebate of a program, given by its number, that shares most with one of those given, and what."""
        begins, *later = self._starts[other:]
        block = self._counts[start:end, begins : later[0] if later else None]
        one, place = divmod(int(block.argmax()), block.shape[1])
        return self._every[begins + place], self._shared(start + one, begins + place)

    def _shared(self, one: int, other: int) -> Shared | None:
        """Return what the data shows for a pair."""
        common = self._in_set[self._rows[one]] & self._in_set[self._rows[other]]
        return Shared(int(self._counts[one, other]), self._sets[common.argmax()][1].example) if common.any() else None


def _memberships(every: Sequence[Payer], sets: Found) -> tuple[Matrix, list[int]]:
    """Return a matrix with a 1 for each set that rebates are in, and the row of each rebate in it.

    Rebates in the same sets, as copies of one program are, share a row.
    """
    places: dict[Key, list[int]] = {payer.key: [] for payer in every}
    for number, (keys, _) in enumerate(sets):
        for key in keys:
            if key in places:
                places[key].append(number)
    rows = {alike: row for row, alike in enumerate(dict.fromkeys(map(tuple, places.values())))}
    in_set = np.zeros((len(rows), len(sets)))
    for alike, row in rows.items():
        in_set[row, list(alike)] = 1
    return in_set, [rows[tuple(places[payer.key])] for payer in every]


def _listed(named: Sequence[str], number: int) -> str:
    """Return names as a list, and how many more there are than those to be named."""
    more = number - MOST_NAMED
    return ", ".join(named[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _rebate(payer: Payer, marked: Mapping[str, Marked], shared: Shared | None) -> str:
    """Return a rebate with the place where it is written and the number of shared transactions."""
    text = marked[payer.program.id]
    line, _ = text.keys.get(("rebates", payer.name), (0, 0))
    return f"{payer.name!r} ({text.file}:{line}{_counted(shared)})"


def _program(program: Program, shared: Shared | None) -> str:
    """Return a program with its file and the largest number of shared transactions."""
    return f"{program.id!r} ({program.file}{_counted(shared)})"


def _counted(shared: Shared | None) -> str:
    """Return the number of shared transactions and an example, for a message."""
    return f", {shared.transactions:,} such as {shared.example}" if shared else ""
