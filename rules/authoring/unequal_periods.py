"""Unequal periods: growth over periods of another length, where the days alone make growth or hide it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from rules.compiled.periods import baseline_windows, length, periods_of
from rules.language.finding import finding_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.compiled.periods import Period
    from rules.language.figures import Baseline
    from rules.language.finding import Finding
    from rules.language.model import Program, Rebate
    from rules.language.yaml_text import Marked

_SAY = "say compare: like_for_like (per day), or compare: totals if the totals are meant"


class Unequal(NamedTuple):
    """A period, its days, and the days it is compared with (a fraction where they are an average)."""

    period: str
    days: int
    before: Fraction

    @property
    def growth(self) -> Fraction:
        """Return by how many percent the totals grow with the same sales on every day."""
        return (Fraction(self.days) / self.before - 1) * 100


def unequal_periods(program: Program, marked: Marked) -> Iterator[Finding]:
    """Yield a warning for each rebate whose growth is over periods of another length and that does not say how."""
    for name, rebate in program.rebates.items():
        if rebate.compare is not None:
            continue
        figures = (("measure", rebate.measure), ("qualifier", rebate.qualifier_written))
        baselines = {key: figure.baseline for key, figure in figures if figure and figure.baseline}
        compared = [(each, key) for key, baseline in baselines.items() for each in _unequal(program, rebate, baseline)]
        # One for the rebate: what it says of comparing holds for both its figures.
        most, key = max(compared, key=lambda each: abs(each[0].growth), default=(None, ""))
        if most is not None and most.growth:
            path = ("rebates", name, key, "baseline")
            yield finding_at(marked, path, _found(most), _SAY, kind="unequal-periods")


def _unequal(program: Program, rebate: Rebate, baseline: Baseline) -> Iterator[Unequal]:
    """Yield every period of a rebate with its days and those of its baseline."""
    for period in periods_of(program, rebate):
        before = _mean_days(period, baseline)
        if before:
            yield Unequal(period.id, length(period.start, period.end), before)


def _mean_days(period: Period, baseline: Baseline) -> Fraction:
    """Return the mean length of the windows of a baseline, in days; 0 if there are none."""
    windows = baseline_windows(period, period.end, baseline)
    return Fraction(sum(length(start, end) for start, end in windows), len(windows) or 1)


def _found(most: Unequal) -> str:
    """Return what is found, by the period that differs most."""
    before = str(most.before) if most.before.denominator == 1 else f"{float(most.before):.1f} on average"
    growth = f"{abs(float(most.growth)):.2f}".rstrip("0").rstrip(".")
    verb = "grow" if most.growth > 0 else "fall"
    return (
        f"{most.period} has {most.days} days, what it is compared with {before}: with the same sales on every day "
        f"totals {verb} by {growth}%"
    )
