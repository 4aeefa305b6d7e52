"""Inversions and cliffs: figures above which less is paid, and bounds at which the payment leaps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rules.authoring.scale_walk import first_where
from rules.language.figures import PERCENTAGES
from rules.language.finding import finding_at
from rules.language.reading import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rules.authoring.scale_walk import Stretch, Walk
    from rules.language.finding import Finding
    from rules.language.model import Program, Qualifier, Rebate, Tier
    from rules.language.yaml_text import Marked, Path

_RISE = "let the rates and amounts rise, or pay the higher rate on the part above the bound only (marginal)"
# Powers of ten in the order in which they are tried: 100,000 first, the usual size of a measure.
_ROUND = (5, 4, 3, 2, 1, 0, 6, 7, 8, 9, 10, 11, 12)


@dataclass(frozen=True)
class Fall:
    """Figures that are paid less than a smaller one, `peak`: from `first` to `last` (None: without end)."""

    tier: int
    peak: int
    first: int
    last: int | None
    lowest: int


def inversions(program: Program, marked: Marked, walks: Mapping[str, Walk]) -> Iterator[Finding]:
    """Yield where a higher figure is paid less, with the range of figures for which this holds."""
    for name, rebate in program.rebates.items():
        path = ("rebates", name, "tiers")
        walk = walks[name]
        found = _of_measure(walk) if walk.starts else _of_qualifier(walk, rebate)
        for tier, what in found:
            yield finding_at(marked, (*path, tier), what, _RISE, kind="inversion")


def cliffs(program: Program, marked: Marked, walks: Mapping[str, Walk]) -> Iterator[Finding]:
    """Yield for each rebate by how much the payment leaps where the measure reaches a tier.

    Fixed amounts are meant to leap, and the file shows them: fixed scales are skipped.
    """
    for name, rebate in program.rebates.items():
        walk = walks[name]
        leaps = [_leap(walk, number) for number in range(len(walk.starts))] if _has_rates(rebate) else []
        said = [leap for leap in leaps if leap]
        if said:
            path: Path = ("rebates", name, "tiers")
            found = f"the payment leaps: {', '.join(said)}"
            yield finding_at(marked, path, found, "tell those who are just below", kind="cliff", severity="info")


def falls(walk: Walk) -> Iterator[Fall]:
    """Yield where a scale whose tier is selected by the measure falls, and where it recovers."""
    stretches = list(walk.stretches())
    peak = stretches[0].first if stretches else 0
    fall: Fall | None = None
    for stretch in stretches:
        if fall is None:
            peak = max(peak, stretch.first, key=lambda figure: (walk.at(figure), figure))
            fall = _begun(walk, stretch, peak)
        if fall is None:
            peak = stretch.last
            continue
        fall = _followed(walk, stretch, fall)
        if fall.last is not None:
            yield fall
            fall, peak = None, stretch.last
    if fall is not None:
        yield fall


def _begun(walk: Walk, stretch: Stretch, peak: int) -> Fall | None:
    """Return the fall that begins in a stretch; None if it pays no less than the peak."""
    best = walk.at(peak)
    if walk.at(stretch.first) < best:
        return Fall(stretch.tier, peak, stretch.first, None, stretch.first)
    if walk.at(stretch.last) < best:
        begins = first_where(lambda figure: walk.at(figure) < best, stretch.first, stretch.last)
        return Fall(stretch.tier, begins - 1, begins, None, begins)
    return None


def _followed(walk: Walk, stretch: Stretch, fall: Fall) -> Fall:
    """Return a fall continued through a stretch; it ends where as much is paid again."""
    best = walk.at(fall.peak)
    lowest = min((fall.lowest, max(stretch.first, fall.first), stretch.last), key=walk.at)
    if walk.at(stretch.last) < best:
        return replace(fall, lowest=lowest)
    recovered = first_where(lambda figure: walk.at(figure) >= best, max(stretch.first, fall.first), stretch.last)
    return replace(fall, lowest=lowest, last=recovered - 1)


def _of_measure(walk: Walk) -> Iterator[tuple[int, str]]:
    """Yield the tier and the message of each fall along the measure."""
    for fall in falls(walk):
        first, peak = plain(walk.figure(fall.first)), plain(walk.figure(fall.peak))
        end = "on, without end," if fall.last is None else f"to {plain(walk.figure(fall.last))}"
        paid = f"{walk.money(walk.at(fall.peak))} → {walk.money(walk.at(fall.lowest))}"
        where = "" if fall.lowest == fall.first else f" at {plain(walk.figure(fall.lowest))}"
        yield fall.tier, f"from {first} {end} this pays less than {peak} does: {paid}{where}"


def _of_qualifier(walk: Walk, rebate: Rebate) -> Iterator[tuple[int, str]]:
    """Yield the tiers that pay less than the one below on the same measure: only the qualifier makes the difference."""
    for number, tier in enumerate(rebate.tiers[1:], start=1):
        figure = _first_loss(walk, number)
        if figure is None:
            continue
        paid = f"{walk.money(walk.pays(number - 1, figure))} → {walk.money(walk.pays(number, figure))}"
        on = "" if rebate.method == "fixed" else f", on a measure of {plain(walk.figure(figure))} for one"
        yield number, f"reaching {_bound(tier, rebate.qualifier)} pays less than staying below it does{on}: {paid}"


def _first_loss(walk: Walk, number: int) -> int | None:
    """Return a measure, in steps, on which a tier pays less than the one below it; None if there is none.

    Round measures come first: they are easier to check. Only at caps and multiples does the slope of a payment change.
    """
    round_ones = [10 ** (walk.digits + power) for power in _ROUND]
    edges = [walk.top, 0]
    for tier in walk.tiers[number - 1 : number + 1]:
        edges += [int(cap.scaleb(walk.digits)) for cap in (tier.measure_cap,) if cap is not None]
        if tier.every is not None:
            # A hundred multiples are enough in practice; the search is a warning, not a proof.
            edges += [int(tier.every.scaleb(walk.digits)) * times for times in range(1, 101)]
    figures = round_ones + sorted(edges)
    loses = [figure for figure in figures if walk.pays(number, figure) < walk.pays(number - 1, figure)]
    return loses[0] if loses else None


def _leap(walk: Walk, number: int) -> str:
    """Return the leap at the bound of a tier, for a message; empty if there is none."""
    start = walk.starts[number]
    before, reached = walk.at(start - 1), walk.at(start)
    # What one more step pays anyway, or one more multiple, is no leap.
    steady = max(walk.at(start + 1) - reached, before - walk.at(start - 2)) + 1
    if walk.tiers[number].every is not None:
        steady += walk.pays(number, int(walk.tiers[number].every.scaleb(walk.digits)))  # type: ignore[union-attr]
    if reached - before <= steady:
        return ""
    return f"{walk.money(before)} → {walk.money(reached)} at {plain(walk.figure(start))}"


def _has_rates(rebate: Rebate) -> bool:
    """Return whether a rebate pays by rate or multiple."""
    return rebate.method != "fixed" and any(tier.rate or tier.every for tier in rebate.tiers)


def _bound(tier: Tier, qualifier: Qualifier) -> str:
    """Return the bound of a tier, for a message."""
    percent = "%" if qualifier.kind in PERCENTAGES else ""
    return f"{'more than ' if tier.is_strict else ''}{plain(tier.bound)}{percent}"
