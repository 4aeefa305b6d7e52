"""Division without rounding: decimals taken for the integers they are made of, within 128 bits.

A VALUE of ten decimals is an integer of 1E-10. polars divides decimals to the nearest last digit, which may lift a
figure over a full multiple or a half cent; integers are divided downwards, and what is left over is known.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from schemas.types import EXACT

_INT = pl.Int128()
_UNIT = 10**18  # an EXACT of 1, as an integer
_SURPLUS = 100  # the product of two VALUEs has twenty decimals, an EXACT eighteen


def full_multiples(measure: pl.Expr, every: pl.Expr) -> pl.Expr:
    """Count how often `every` (VALUE, above zero) fits into `measure` (VALUE, zero or more) in full: EXACT."""
    return (_integer(measure) // _integer(every)).cast(EXACT)


def along_slope(measure: pl.Expr, bound: pl.Expr, rise: pl.Expr, run: pl.Expr) -> pl.Expr:
    """Give measure * (measure - bound) * rise / run, cut (downwards) after eighteen decimals: EXACT.

    `measure` and `bound` are VALUEs, `rise` and `run` integers. What is cut off can never turn the rounding of the
    payout: halves of any coarser digit have eighteen decimals themselves. No step leaves 128 bits where
    run <= 10**17 and measure * rise / run * distance < 10**18, which rules.tier_checks holds every scale to.
    """
    figure, divisor = _integer(measure), run.cast(_INT) * _SURPLUS
    climbed = (figure - _integer(bound)) * rise.cast(_INT)
    whole = figure * (climbed // divisor)
    # The remainder is below the divisor, and so are both factors of the last product: it stays below 10**38.
    left = climbed % divisor
    total = whole + (figure // divisor) * left + ((figure % divisor) * left) // divisor
    fraction = (total % _UNIT).cast(EXACT) * pl.lit(Decimal(1).scaleb(-18)).cast(EXACT)
    return (total // _UNIT).cast(EXACT) + fraction


def _integer(figure: pl.Expr) -> pl.Expr:
    return figure.to_physical().cast(_INT)
