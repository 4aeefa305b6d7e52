"""Worked examples of a program: figures on both sides of every bound, and what the engine pays for them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from rules.authoring.calc import work_out
from rules.authoring.file_tests import rebate_of
from rules.authoring.scale_walk import first_in, steps_of
from rules.language.fields import decimals
from rules.loading.figure_checks import is_same_figure
from rules.money import minor_units
from schemas.types import VALUE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.language.model import Measure, Program, Rebate, Tier

_FIGURES = pl.Schema({"program": pl.String(), "rebate": pl.String(), "qualifier": VALUE, "measure": VALUE})
_ROUND = {"money": 5, "yen": 7, "other": 2}
"""The power of ten of a measure that no bound suggests: 100,000 dollars, 10,000,000 yen, 100 cases."""

_HALF_MORE = Decimal("1.5")


class Example(NamedTuple):
    """The payout for a qualifier and a measure; `measure` is None where it does not matter or equals the qualifier."""

    rebate: str
    qualifier: Decimal
    measure: Decimal | None
    tier: int
    payout: Decimal


def worked_examples(program: Program) -> list[Example]:
    """Return examples of every rebate: both sides of each bound, one beyond the last, and the file's own tests.

    They are in the order of the rebates and of their figures.
    """
    tested = [(rebate_of(program, case), case.when.qualifier, case.when.measure) for case in program.tests]
    asked = [
        (name, *figures)
        for name, rebate in program.rebates.items()
        for figures in sorted(
            {*_figures(program, rebate), *(_pair(rebate, *pair) for about, *pair in tested if about == name)},
            key=lambda pair: (pair[0], pair[1] or 0),
        )
    ]
    frame = pl.DataFrame([(program.id, *row) for row in asked], schema=_FIGURES, orient="row")
    paid = work_out(frame, [program]).select("tier", "payout").iter_rows()
    return [Example(*row, *result) for row, result in zip(asked, paid, strict=True)]


def _figures(program: Program, rebate: Rebate) -> Iterator[tuple[Decimal, Decimal | None]]:
    """Yield the qualifier and measure of each example of a rebate."""
    minor = minor_units(program.currency)
    usual = _usual_measure(program, rebate, minor)
    qualifier = rebate.qualifier
    bounds = [decimals(tier.bound) for tier in rebate.tiers]
    digits = max([steps_of(qualifier, qualifier.round, minor), *bounds])
    for tier in rebate.tiers:
        start = first_in(tier, qualifier.round, digits)
        for steps in (start - 1, start):
            if steps >= 0 or tier.bound < 0:
                yield _pair(rebate, Decimal(steps).scaleb(-digits), usual)
    yield _pair(rebate, _further(rebate.tiers[-1], rebate, minor), usual)


def _pair(rebate: Rebate, qualifier: Decimal | None, measure: Decimal | None) -> tuple[Decimal, Decimal | None]:
    """Return the qualifier, and the measure only where it is a different figure that matters."""
    first = next(figure for figure in (qualifier, measure) if figure is not None)
    if rebate.method == "fixed" or is_same_figure(rebate.qualifier, rebate.measure):
        # Adding zero turns the -0 that normalize may leave into 0.
        return first.normalize() + 0, None
    second = measure if measure is not None else first
    return first.normalize() + 0, second.normalize() + 0


def _usual_measure(program: Program, rebate: Rebate, minor: int) -> Decimal:
    """Return the measure given by the file's tests, or a round one."""
    tested = [
        case.when.measure
        for case in program.tests
        if case.when.measure is not None and program.rebates[rebate_of(program, case)] is rebate
    ]
    return rebate.measure.constant or (tested[0] if tested else _round_one(rebate.measure, minor))


def _further(last: Tier, rebate: Rebate, minor: int) -> Decimal:
    """Return a qualifier beyond the last bound."""
    return last.bound * _HALF_MORE if last.bound > 0 else _round_one(rebate.qualifier, minor)


def _round_one(figure: Measure, minor: int) -> Decimal:
    """Return a round figure of usual size."""
    money = "money" if minor else "yen"
    return Decimal(10) ** _ROUND[money if figure.is_money else "other"]
