"""Unreachable tiers: those that no figure can reach, and those that change nothing."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from rules.authoring.scale_walk import COUNTED
from rules.language.clauses import STEP
from rules.language.finding import finding_at
from rules.language.reading import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rules.authoring.scale_walk import Walk
    from rules.language.finding import Finding
    from rules.language.model import Program, Qualifier, Rebate, Tier
    from rules.language.yaml_text import Marked

_WHOLE = 100


def unreachable_tiers(program: Program, marked: Marked, walks: Mapping[str, Walk]) -> Iterator[Finding]:
    """Yield the tiers that provably never hold, or always pay what the tier before them would."""
    for name, rebate in program.rebates.items():
        walk = walks[name]
        for number in range(len(rebate.tiers)):
            problem = _never_holds(rebate, number) or _changes_nothing(walk, rebate, number)
            if problem is not None:
                yield finding_at(marked, ("rebates", name, "tiers", number), *problem, kind="unreachable")


def _never_holds(rebate: Rebate, number: int) -> tuple[str, str] | None:
    """Return why no figure reaches a tier, and what to do; None if one may."""
    tier, qualifier = rebate.tiers[number], rebate.qualifier
    end = rebate.tiers[number + 1].lower - STEP if number + 1 < len(rebate.tiers) else None
    if qualifier.constant is not None and not _holds(tier, end, qualifier.constant):
        return f"the qualifier is always {plain(qualifier.constant)}: it never is in this tier", "remove the tier"
    if qualifier.kind == "share_percent" and tier.lower > _WHOLE:
        found = "a share is 100% at most, unless more of the rest is returned than bought: this tier is not reached"
        return found, "write a bound of 100 or less"
    digits = _whole_digits(qualifier)
    if digits is not None and end is not None and _first(tier.lower, digits) > end:
        unit = "whole numbers" if digits == 0 else f"{digits} decimals"
        return f"no figure of {unit} lies in this tier: it is never reached", "remove the tier, or move its bounds"
    return None


def _changes_nothing(walk: Walk, rebate: Rebate, number: int) -> tuple[str, str] | None:
    """Return why a tier pays what the one before it does, and what to do; None if it may differ."""
    if number == 0:
        return None
    tier, before = rebate.tiers[number], rebate.tiers[number - 1]
    if rebate.method != "sliding" and walk.lines[number] == walk.lines[number - 1] and _terms(tier) == _terms(before):
        return "this tier pays what the one before it does", "remove it, or correct its rate or amount"
    if not walk.starts or not _is_level(walk, number):
        return None
    start = walk.starts[number]
    if walk.at(start - 1) == walk.at(start) == walk.limit:
        found = f"this tier changes nothing: the limit of {walk.money(walk.at(start))} is reached below it"
        return found, "raise per_member, or remove the tier"
    return None


def _is_level(walk: Walk, number: int) -> bool:
    """Return whether all figures of a tier are paid the same."""
    of_tier = [stretch for stretch in walk.stretches() if stretch.tier == number]
    return len({walk.at(figure) for stretch in of_tier for figure in (stretch.first, stretch.last)}) == 1


def _terms(tier: Tier) -> tuple[Decimal | None, Decimal | None]:
    """Return what a tier pays for besides its rate."""
    return tier.every, tier.measure_cap


def _holds(tier: Tier, end: Decimal | None, figure: Decimal) -> bool:
    """Return whether a figure lies in a tier."""
    return tier.lower <= figure and (end is None or figure <= end)


def _whole_digits(qualifier: Qualifier) -> int | None:
    """Return the most decimals the qualifier can have, where it is rounded or counted; otherwise None."""
    if qualifier.round is not None:
        return qualifier.round
    return 0 if qualifier.kind == "plain" and qualifier.counted in COUNTED else None


def _first(lower: Decimal, digits: int) -> Decimal:
    """Return the first value of so many decimals at or above `lower`."""
    return lower.scaleb(digits).to_integral_value(ROUND_CEILING).scaleb(-digits)
