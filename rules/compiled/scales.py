"""Scales: what each method pays in each tier, as one segment a + b * measure + slope * measure * (measure - bound)."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from schemas.types import ZERO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rules.language.model import Method, Tier

FOLLOWS_MEASURE = MappingProxyType(
    {
        "marginal": "marginal pays slices of the measure",
        "sliding": "sliding pays a rate that moves with the measure",
    }
)
"""The methods whose qualifier can only be the measure itself, and the reason."""

LONGEST_RUN = 10**17
"""The limit of a slope's divisor: up to it the exact division fits 128 bits (see rules.rating.integers)."""

MOST_EXACT = Decimal(10) ** 20 - 1
"""The largest payout, and the largest measure, that the working type EXACT holds."""

_DIGITS = 60  # more than any product or sum of figures that the model accepts


class Segment(NamedTuple):
    """What a tier pays: a + b * m + rise / run * m * (m - bound), on a measure m up to `most`.

    m is the measure, cut at the tier's measure_cap, or the number of full multiples if the tier says `every`.
    """

    a: Decimal
    b: Decimal
    most: Decimal
    rise: int = 0
    run: int = 1


def segments(method: Method, tiers: Sequence[Tier]) -> list[Segment]:
    """Return the segment of each tier.

    The slices of marginal follow OpenFisca's marginal-rate scale, sliding its linear average-rate scale.
    """
    # Wider than the default of 28 digits, which would round in silence.
    with localcontext(prec=_DIGITS):
        return list(_METHODS[method](tiers))


def slope(tier: Tier, following: Tier) -> Fraction:
    """Return by how much the rate of a sliding scale rises per unit, from `tier` to the one `following` it."""
    return Fraction(rate_of(following) - rate_of(tier)) / Fraction(following.bound - tier.bound)


def rate_of(tier: Tier) -> Decimal:
    """Return the tier's rate: a share (3% is 0.03) or an amount per unit; 0 if it has none."""
    return tier.rate.amount if tier.rate else ZERO


def amount_of(tier: Tier) -> Decimal:
    """Return the tier's fixed amount; 0 if it has none."""
    return tier.pays or ZERO


def _line(a: Decimal, b: Decimal) -> Segment:
    """Return the segment a + b * m."""
    return Segment(a, b, _most(a, b))


def _most(a: Decimal, b: Decimal) -> Decimal:
    """Return the largest whole measure for which a + b * measure can be computed."""
    return min(MOST_EXACT, (MOST_EXACT - max(a, ZERO)) // b) if b else MOST_EXACT


def _of_the_reached(tiers: Sequence[Tier]) -> Iterator[Segment]:
    """Yield the segments of a scale that pays the reached tier only (all_units, fixed)."""
    for tier in tiers:
        yield _line(amount_of(tier), rate_of(tier))


def _slices(tiers: Sequence[Tier]) -> Iterator[Segment]:
    """Yield the segments of a marginal scale: what earlier slices pay, and the rate on what lies above the bound."""
    paid = entered = below = ZERO
    for tier in tiers:
        paid += entered * (tier.bound - below) + amount_of(tier)
        entered, below = rate_of(tier), tier.bound
        yield _line(paid - entered * below, entered)


def _of_each_reached(tiers: Sequence[Tier]) -> Iterator[Segment]:
    a = b = ZERO
    for tier in tiers:
        a, b = a + amount_of(tier), b + rate_of(tier)
        yield _line(a, b)


def _straight_lines(tiers: Sequence[Tier]) -> Iterator[Segment]:
    """Yield the segments of a sliding scale: between two tiers the rate moves along a straight line."""
    for tier, following in pairwise(tiers):
        rises = slope(tier, following)
        yield Segment(ZERO, rate_of(tier), following.bound, rises.numerator, rises.denominator)
    yield _line(ZERO, rate_of(tiers[-1]))


def _of_multiples(tiers: Sequence[Tier]) -> Iterator[Segment]:
    """Yield the segments of a scale that pays per full multiple (per_multiple)."""
    for tier in tiers:
        amount, every = amount_of(tier), tier.every or Decimal(1)
        most = _most(ZERO, amount) * every // 1
        yield Segment(ZERO, amount, min(most, MOST_EXACT))


_METHODS: dict[Method, Callable[[Sequence[Tier]], Iterator[Segment]]] = {
    "all_units": _of_the_reached,
    "marginal": _slices,
    "fixed": _of_the_reached,
    "each_reached": _of_each_reached,
    "sliding": _straight_lines,
    "per_multiple": _of_multiples,
}
