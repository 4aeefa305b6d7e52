"""Tier checks: a scale without gap, overlap or ambiguity, refused before anything is paid by it."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from rules.compiled.scales import LONGEST_RUN, rate_of, slope
from rules.language.reading import known, plain
from rules.loading.tier_pay_checks import check_payment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.language.model import Rebate, Tier
    from rules.language.yaml_text import Marked, Path
    from schemas.errors import Problem

LARGEST_PRODUCT = Decimal(10) ** 18
"""The limit of a bound times its rate, so that the sum over a scale fits the working type."""


def check_tiers(rebate: Rebate, marked: Marked, path: Path) -> Iterator[Problem]:
    """Yield what is wrong with the tiers of `rebate`, which may be a draft; `path` is the path of the rebate."""
    path = (*path, "tiers")
    tiers = known(rebate.tiers)
    if tiers is None:
        return
    if not tiers:
        yield marked.problem_at(path, "there is no tier", "add at least one, such as {from: 0, rate: 3%}")
    for number, tier in enumerate(tiers):
        if known(tier) is not None:
            yield from _check_tier(tier, rebate, marked, (*path, number))
    for number, (tier, following) in enumerate(pairwise(tiers)):
        if has_bound(tier) and has_bound(following):
            yield from _check_order(tier, following, marked, (*path, number + 1))
            yield from _check_end(tier, following, rebate, marked, (*path, number))
            if known(rebate.method) == "sliding":
                yield from _check_slope(tier, following, marked, (*path, number + 1))
    if tiers and known(tiers[-1]) is not None and tiers[-1].to is not None:
        found = f"the last tier ends at {plain(tiers[-1].to)}, and nothing is said of what lies beyond"
        todo = "remove 'to', or add a tier that begins there (pays: 0, if nothing more is paid)"
        yield marked.problem_at((*path, len(tiers) - 1, "to"), found, todo, at_key=True)


def has_bound(tier: Tier) -> bool:
    """Return whether the bound of the tier could be read."""
    return known(tier) is not None and (tier.at is None) != (tier.above is None)


def _check_tier(tier: Tier, rebate: Rebate, marked: Marked, path: Path) -> Iterator[Problem]:
    bounds = [key for key in ("from", "above") if (*path, key) in marked.keys]
    if len(bounds) != 1:
        found = "the tier has two bounds" if bounds else "the tier has no bound"
        yield marked.problem_at(path, found, "give either 'from' (at or above) or 'above' (strictly above)")
    if has_bound(tier):
        yield from _check_bound(tier, rebate, marked, path)
    yield from check_payment(tier, rebate, marked, path)
    if tier.rate is not None and has_bound(tier) and tier.bound * tier.rate.amount >= LARGEST_PRODUCT:
        found = f"the bound {plain(tier.bound)} times the rate is too large to be reckoned exactly"
        yield marked.problem_at(path, found, "write a smaller bound or rate")


def _check_bound(tier: Tier, rebate: Rebate, marked: Marked, path: Path) -> Iterator[Problem]:
    figure = rebate.qualifier_written or known(rebate.measure)
    if tier.bound < 0 and figure is not None and figure.kind == "plain":
        found = f"the tier begins at {plain(tier.bound)}, but only growth, targets and shares can be negative"
        yield marked.problem_at(path, found, "begin at zero or above")
    if tier.to is not None and (tier.to < tier.bound or (tier.is_strict and tier.to == tier.bound)):
        found = f"the tier ends at {plain(tier.to)}, before it begins"
        yield marked.problem_at((*path, "to"), found, "write a larger 'to', or remove it")


def _check_order(tier: Tier, following: Tier, marked: Marked, path: Path) -> Iterator[Problem]:
    if following.lower <= tier.lower:
        found = f"the tier begins {_where(following)}, not after the one before it ({_where(tier)})"
        yield marked.problem_at(path, found, "write tiers in rising order, each bound once")


def _check_end(tier: Tier, following: Tier, rebate: Rebate, marked: Marked, path: Path) -> Iterator[Problem]:
    if tier.to is None or following.lower <= tier.lower:
        return
    digits = rebate.qualifier_written.round if rebate.qualifier_written else None
    if tier.to > following.bound:
        found = f"the tier ends at {plain(tier.to)}, but the next begins {_where(following)}: they overlap"
        yield marked.problem_at((*path, "to"), found, f"write to: {plain(following.bound)}, or remove it")
    elif (lost := _lost_between(tier.to, following, digits)) is not None:
        found = f"no tier is said to hold for {plain(lost)}: this one ends at {plain(tier.to)}, the next begins "
        todo = f"write to: {plain(following.bound)}, move the next bound, or round the qualifier"
        yield marked.problem_at((*path, "to"), found + _where(following), todo)


def _lost_between(end: Decimal, following: Tier, digits: int | None) -> Decimal | None:
    """Return a qualifier above `end` and below the next tier; None if rounding makes every such value impossible."""
    if end >= following.bound:
        return None
    if digits is None:
        return (end + following.bound) / 2
    unit = Decimal(1).scaleb(-digits)
    # The next value of that many decimals above `end`; rounding can produce no other between.
    first = end.quantize(unit, rounding=ROUND_FLOOR) + unit
    is_lost = first <= following.bound if following.is_strict else first < following.bound
    return first if is_lost else None


def _check_slope(tier: Tier, following: Tier, marked: Marked, path: Path) -> Iterator[Problem]:
    if following.bound <= tier.bound:
        if following.lower > tier.lower:
            found = f"two tiers stand at {plain(tier.bound)}, and no line leads from one rate to the other"
            yield marked.problem_at(path, found, "give each tier point a bound of its own")
        return
    largest = following.bound * max(rate_of(tier), rate_of(following))
    if largest >= LARGEST_PRODUCT or slope(tier, following).denominator > LONGEST_RUN:
        found = f"the rate between {plain(tier.bound)} and {plain(following.bound)} cannot be reckoned exactly"
        yield marked.problem_at(path, found, "write bounds and rates that are smaller, or have fewer decimals")


def _where(tier: Tier) -> str:
    """Return where a tier begins, for a message."""
    return f"above {plain(tier.bound)}" if tier.is_strict else f"at {plain(tier.bound)}"
