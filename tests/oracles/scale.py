"""What a scale pays on a figure, by the wording of each method, in fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.oracles.history import rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Tier = dict[str, Any]
NOTHING = Fraction(0)
ONE = Fraction(1)


def number(value: object) -> Fraction:
    return Fraction(str(value))


def rate_of(tier: Tier) -> Fraction:
    text = str(tier.get("rate", "0%"))
    return number(text[:-1]) / 100 if text.endswith("%") else number(text.split(" per ", maxsplit=1)[0])


def amount_of(tier: Tier) -> Fraction:
    return number(tier.get("pays", 0))


def bound_of(tier: Tier) -> Fraction:
    return number(tier["from"] if "from" in tier else tier["above"])


def reaches(qualifier: Fraction, tier: Tier, share: Fraction) -> bool:
    bound = bound_of(tier) * share
    return qualifier > bound if "above" in tier else qualifier >= bound


def pay(
    rebate: Mapping[str, Any], qualifier: Fraction | None, measure: Fraction | None, share: Fraction = ONE
) -> tuple[int, Fraction]:
    """Give the tier reached (0: none) and what it pays, with bounds, amounts and caps times `share`."""
    tiers: Sequence[Tier] = rebate["tiers"]
    reached = 0 if qualifier is None else sum(reaches(qualifier, tier, share) for tier in tiers)
    if not reached:
        return 0, NOTHING
    return reached, _METHODS[rebate["method"]](tiers, reached, max(measure or NOTHING, NOTHING), share)


def _all_units(tiers: Sequence[Tier], reached: int, measure: Fraction, share: Fraction) -> Fraction:
    tier = tiers[reached - 1]
    capped = min(measure, number(tier["measure_cap"]) * share) if "measure_cap" in tier else measure
    return amount_of(tier) * share + rate_of(tier) * capped


def _marginal(tiers: Sequence[Tier], reached: int, measure: Fraction, share: Fraction) -> Fraction:
    paid = NOTHING
    for position, tier in enumerate(tiers[:reached]):
        start = bound_of(tier) * share
        end = bound_of(tiers[position + 1]) * share if position + 1 < reached else measure
        paid += amount_of(tier) * share + rate_of(tier) * (min(end, measure) - start)
    return paid


def _fixed(tiers: Sequence[Tier], reached: int, _measure: Fraction, share: Fraction) -> Fraction:
    return amount_of(tiers[reached - 1]) * share


def _each_reached(tiers: Sequence[Tier], reached: int, measure: Fraction, share: Fraction) -> Fraction:
    return sum((amount_of(tier) * share + rate_of(tier) * measure for tier in tiers[:reached]), NOTHING)


def _sliding(tiers: Sequence[Tier], reached: int, measure: Fraction, share: Fraction) -> Fraction:
    tier = tiers[reached - 1]
    rate = rate_of(tier)
    if reached < len(tiers):
        following = tiers[reached]
        start, end = bound_of(tier) * share, bound_of(following) * share
        rate += (rate_of(following) - rate) * (measure - start) / (end - start)
    return rate * measure


def _per_multiple(tiers: Sequence[Tier], reached: int, measure: Fraction, share: Fraction) -> Fraction:
    tier = tiers[reached - 1]
    return amount_of(tier) * share * (measure // (number(tier["every"]) * share))


_METHODS = {
    "all_units": _all_units, "marginal": _marginal, "fixed": _fixed, "each_reached": _each_reached,
    "sliding": _sliding, "per_multiple": _per_multiple,
}  # fmt: skip


def compared(kind: str, current: Fraction, base: Fraction | None, policy: object) -> Fraction | None:
    """Put a figure beside its baseline, target or whole; None where it is skipped."""
    if kind == "plain":
        return current
    if base is None or base <= 0:
        if policy == "skip":
            return None
        if policy == "zero":
            growing = Fraction(100) if current > 0 else NOTHING
            return {"growth_amount": current, "growth_percent": growing}.get(kind, NOTHING)
        assert isinstance(policy, dict)
        base = number(policy["value"])
    return {
        "growth_amount": current - base,
        "growth_percent": (current - base) * 100 / base,
        "target_percent": current * 100 / base,
        "share_percent": current * 100 / base,
    }[kind]


def largest_remainder(total: int, weights: Mapping[str, Fraction]) -> dict[str, int]:
    """Split whole units by weight so that they add up; ties by name."""
    whole = sum(weights.values(), NOTHING)
    shares = {name: (weight / whole if whole else Fraction(1, len(weights))) for name, weight in weights.items()}
    floors = {name: int(total * share) for name, share in shares.items()}
    left = total - sum(floors.values())
    for name in sorted(weights, key=lambda name: (floors[name] - total * shares[name], name))[:left]:
        floors[name] += 1
    return floors


__all__ = ["compared", "largest_remainder", "number", "pay", "rounded"]
