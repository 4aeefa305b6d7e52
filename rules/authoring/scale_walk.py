"""A walk along a scale: what is paid on each measure, in whole steps and exactly."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import TYPE_CHECKING, NamedTuple

from rules.compiled.scales import segments
from rules.language.fields import MOST, decimals
from rules.loading.figure_checks import is_same_figure
from rules.money import minor_units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rules.compiled.scales import Segment
    from rules.language.model import Measure, Program, Rebate, Tier

COUNTED = ("orders", "transactions", "products", "visits")
"""Figures that are whole numbers."""

_OTHER_DECIMALS = 2


class Stretch(NamedTuple):
    """The figures from first to last of a tier (counted from 0) over which the payment is monotonic."""

    tier: int
    first: int
    last: int


class Curve(NamedTuple):
    """What a tier pays, in whole numbers: (constant + linear * m + square * m * m) / over, in minor units.

    m is the figure in steps, cut at `cap`, or the number of full multiples of `every` steps in that. Whole numbers of
    Python, not the engine's decimals: a second, independent computation of the scale.
    """

    constant: int
    linear: int
    square: int
    over: int
    cap: int | None
    every: int | None

    def pays(self, figure: int) -> int:
        """Return the payment on a figure, halves rounded up: what is below zero is nothing."""
        measure = max(figure, 0) if self.cap is None else min(max(figure, 0), self.cap)
        if self.every is not None:
            measure //= self.every
        paid = self.constant + (self.linear + self.square * measure) * measure
        return max((2 * paid + self.over) // (2 * self.over), 0)


@dataclass(frozen=True)
class Walk:
    """What a rebate pays on a measure, limits and guarantee included.

    A figure is a whole number of steps of 10 ** -`digits`, a payment a whole number of the currency's minor units: both
    can be written in a message and tried with `rebatch calc`. `starts` is the first figure of each tier, where the
    measure selects it; otherwise it is empty. `limit` is the most that is ever paid, if there is a limit.
    """

    digits: int
    minor: int
    tiers: Sequence[Tier]
    lines: Sequence[Segment]
    curves: Sequence[Curve]
    starts: Sequence[int]
    least: int
    least_of_all: int
    limit: int | None

    def pays(self, tier: int, figure: int) -> int:
        """Return the payment on a measure in a tier, counted from 0; -1 means below the first tier."""
        # Rounding keeps the order of amounts, so limits and guarantee are compared as they would be paid.
        paid = max(self.curves[tier].pays(figure), self.least) if tier >= 0 else self.least_of_all
        return paid if self.limit is None else min(paid, self.limit)

    def at(self, figure: int) -> int:
        """Return the payment on a measure that selects its own tier."""
        return self.pays(sum(start <= figure for start in self.starts) - 1, figure)

    def figure(self, steps: int) -> Decimal:
        """Return the figure of a number of steps."""
        return Decimal(steps).scaleb(-self.digits)

    def money(self, payment: int) -> str:
        """Return a payment as text."""
        return f"{Decimal(payment).scaleb(-self.minor):,f}"

    def stretches(self) -> Iterator[Stretch]:
        """Yield the tiers, where the measure selects them, cut into monotonic stretches, in order."""
        ends = [start - 1 for start in self.starts[1:]]
        for number, first in enumerate(self.starts):
            last = min([*ends, self.top][number], self.top, int(self.lines[number].most * 10**self.digits))
            summit = self._summit(number)
            cuts = [first, summit + 1, last + 1] if first <= summit < last else [first, last + 1]
            yield from (Stretch(number, begin, end - 1) for begin, end in pairwise(cuts) if begin < end)

    @property
    def top(self) -> int:
        """Return the largest figure that any file may name."""
        return int(MOST.scaleb(self.digits))

    def _summit(self, number: int) -> int:
        """Return the figure above which a sliding scale with a falling rate pays less; the top if it never does."""
        line = self.lines[number]
        if line.rise >= 0:
            return self.top
        bound, slope = Fraction(self.tiers[number].bound), Fraction(line.rise, line.run)
        # The vertex of the parabola b * m + slope * m * (m - bound), where its derivative is zero.
        return int((bound / 2 - Fraction(line.b) / (2 * slope)) * 10**self.digits)


def walks_of(program: Program) -> dict[str, Walk]:
    """Return the walk of each rebate by its name."""
    return {name: walk_of(program, rebate) for name, rebate in program.rebates.items()}


def walk_of(program: Program, rebate: Rebate) -> Walk:
    """Return the walk along a rebate's scale."""
    qualifier, measure = rebate.qualifier, rebate.measure
    minor = minor_units(program.currency)
    follows = is_same_figure(qualifier, measure)
    rounding = qualifier.round if follows else None
    written = [figure for tier in rebate.tiers for figure in (tier.every, tier.measure_cap) if figure is not None]
    written += [tier.bound for tier in rebate.tiers] if follows else []
    digits = max([steps_of(measure, rounding, minor), *map(decimals, written)])
    limits = [each.per_member for each in (rebate.limits, program.limits) if each and each.per_member is not None]
    guarantee = _paid(rebate.guarantee.amount, minor) if rebate.guarantee else 0
    lines = segments(rebate.method, rebate.tiers)
    return Walk(
        digits=digits,
        minor=minor,
        tiers=rebate.tiers,
        lines=lines,
        curves=[_curve(line, tier, digits, minor) for line, tier in zip(lines, rebate.tiers, strict=True)],
        starts=[first_in(tier, rounding, digits) for tier in rebate.tiers] if follows else [],
        least=guarantee,
        least_of_all=guarantee if rebate.guarantee and rebate.guarantee.unconditional else 0,
        limit=_paid(min(limits), minor) if limits else None,
    )


def steps_of(figure: Measure, rounding: int | None, minor: int) -> int:
    """Return the decimals with which a figure is examined: enough to see where its rounding turns."""
    if figure.is_money:
        return max(minor, 0 if rounding is None else rounding + 1)
    if rounding is not None:
        return rounding + 1
    return 0 if figure.kind == "plain" and figure.counted in COUNTED else _OTHER_DECIMALS


def first_in(tier: Tier, rounding: int | None, digits: int) -> int:
    """Return the first figure, in steps of 10 ** -digits, that belongs to `tier` once it is rounded."""
    if rounding is None:
        return int(tier.lower.scaleb(digits).to_integral_value(ROUND_CEILING))
    rounded = int(tier.lower.scaleb(rounding).to_integral_value(ROUND_CEILING))
    # Halves are rounded away from zero: upwards above it, and so not into a figure of zero or below.
    half_below = int((Decimal(rounded) - Decimal("0.5")).scaleb(digits - rounding))
    return half_below if rounded > 0 else half_below + 1


def first_where(holds: Callable[[int], bool], first: int, last: int) -> int:
    """Return the first figure from `first` to `last` where `holds`, by bisection; it must hold from some figure on."""
    while first < last:
        middle = (first + last) // 2
        first, last = (first, middle) if holds(middle) else (middle + 1, last)
    return last


def _paid(amount: Decimal, minor: int) -> int:
    """Return an amount of a rule in minor units, halves rounded up."""
    return int(Fraction(amount) * 10**minor + Fraction(1, 2))


def _curve(line: Segment, tier: Tier, digits: int, minor: int) -> Curve:
    """Return what a segment pays on figures in steps of 10 ** -`digits`."""
    # Multiples are counted whole; every other measure is a number of steps.
    step = Fraction(1) if tier.every is not None else Fraction(1, 10**digits)
    slope, unit = Fraction(line.rise, line.run), 10**minor
    constant, square = Fraction(line.a) * unit, slope * unit * step * step
    linear = (Fraction(line.b) - slope * Fraction(tier.bound)) * unit * step
    over = lcm(constant.denominator, linear.denominator, square.denominator)
    return Curve(
        constant=int(constant * over),
        linear=int(linear * over),
        square=int(square * over),
        over=over,
        cap=None if tier.measure_cap is None else int(tier.measure_cap.scaleb(digits)),
        every=None if tier.every is None else int(tier.every.scaleb(digits)),
    )
