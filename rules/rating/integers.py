"""Division without rounding: decimals handled as their unscaled integers, within 128 bits.

A VALUE with ten decimals is an integer multiple of 1E-10. polars divides decimals to the nearest last digit, which may
lift a figure over a full multiple or half a cent; integers are divided downwards, and the remainder is known.

A part is a number of days out of a whole: `days` of `whole`, integers above zero, the first not above the second.
Whatever is cut off is cut downwards, after eighteen decimals: halves of any coarser digit have at most eighteen
decimals themselves, so cutting never changes the result of rounding.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import polars as pl

from schemas.types import EXACT, VALUE

_INT = pl.Int128()
_UNIT = 10**18  # an EXACT of 1, as an integer
_VALUE_UNIT, _STEP = 10**10, Decimal(1).scaleb(-10)
_SURPLUS = 100  # the product of two VALUEs has twenty decimals, an EXACT eighteen


class Part(NamedTuple):
    """A number of days out of a whole period, as two integer columns."""

    days: pl.Expr
    whole: pl.Expr


def integer(figure: pl.Expr) -> pl.Expr:
    """Return the unscaled integer of a decimal: a VALUE in units of 1E-10, an EXACT in units of 1E-18."""
    return figure.to_physical().cast(_INT)


def full_multiples(measure: pl.Expr, every: pl.Expr, part: Part | None = None) -> pl.Expr:
    """Return how often `every`, or a part of it, fits into `measure` in full, as an EXACT.

    Both are VALUEs, `every` above zero, `measure` not below.
    """
    if part is None:
        return (integer(measure) // integer(every)).cast(EXACT)
    days, whole = (days.cast(_INT) for days in part)
    return (integer(measure) * whole // (integer(every) * days)).cast(EXACT)


def along_slope(measure: pl.Expr, bound: pl.Expr, rise: pl.Expr, run: pl.Expr, part: Part | None = None) -> pl.Expr:
    """Return measure * (measure - bound) * rise / run, cut (downwards) after eighteen decimals, as an EXACT.

    With a `part` it is part * figure * (figure - bound) * rise / run, where figure = measure / part. `measure` and
    `bound` are VALUEs, `rise` and `run` integers. No step exceeds 128 bits where run (times the days of the part) <=
    10**17 and measure * rise / run * distance < 10**18; rules.loading.tier_checks holds every scale to that.
    """
    figure, divisor, distance = integer(measure), run.cast(_INT) * _SURPLUS, integer(measure) - integer(bound)
    if part is not None:
        days, whole = (days.cast(_INT) for days in part)
        divisor, distance = divisor * days, figure * whole - integer(bound) * days
    climbed = distance * rise.cast(_INT)
    # The quotient of a product in parts, so that figure * climbed, which exceeds 128 bits, is never computed.
    full = figure * (climbed // divisor)
    # The remainder is below the divisor, and so are both factors of the last product: it stays below 10**38.
    left = climbed % divisor
    return _exact(full + (figure // divisor) * left + ((figure % divisor) * left) // divisor)


def part_of(amount: pl.Expr, part: Part) -> pl.Expr:
    """Return the part of an `amount` (EXACT, of any sign), cut downwards after eighteen decimals, as an EXACT."""
    days, whole = (days.cast(_INT) for days in part)
    figure = integer(amount)
    # In two steps, because the amount times the days might exceed 128 bits.
    return _exact(figure // whole * days + figure % whole * days // whole)


def part_of_bound(bound: pl.Expr, part: Part, *, is_strict: pl.Expr) -> pl.Expr:
    """Return the smallest VALUE at or above the part of a `bound` (VALUE), or above it where `is_strict`."""
    days, whole = (days.cast(_INT) for days in part)
    figure = integer(bound) * days
    # (n - 1) // d + 1 rounds the quotient up, n // d + 1 takes the next one even where it is whole.
    lowest = pl.when(is_strict).then(figure // whole + 1).otherwise((figure - 1) // whole + 1)
    # polars has no way back from the unscaled integer: whole and fraction are cast apart and added, all exactly.
    return (lowest // _VALUE_UNIT).cast(VALUE) + (lowest % _VALUE_UNIT).cast(VALUE) * pl.lit(_STEP).cast(VALUE)


def _exact(figure: pl.Expr) -> pl.Expr:
    """Return the EXACT of an integer in units of 1E-18."""
    fraction = (figure % _UNIT).cast(EXACT) * pl.lit(Decimal(1).scaleb(-18)).cast(EXACT)
    return (figure // _UNIT).cast(EXACT) + fraction
