"""Quotients: averages and percentages, divided as integers of 128 bits, so that they can be rounded once.

A quotient is cut (towards zero) after eleven decimals, one more than a VALUE has. Halves of every digit it may be
rounded to have eleven decimals themselves: what is cut off can never turn a rounding.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

CUT = pl.Decimal(38, 11)
"""A quotient, not yet rounded."""

MOST_PERCENT = Decimal(10) ** 26
"""No bound of a tier reaches this, and nothing that is paid on it could be reckoned: see rules.rating.tiers."""

_INT = pl.Int128()
_MOST_QUOTIENT = pl.lit(10**24).cast(_INT)
_UNIT = 10**11  # a CUT of 1, as an integer
_FROM_EXACT = 10**7  # an EXACT has seven decimals more
_FROM_VALUE = 10  # and a VALUE one less
_LIMB, _LIMBS = 10**7, 5  # a figure is multiplied seven digits at a time, so that no product leaves 128 bits
_STEPS = (10**5, 10**4, 10**4)  # thirteen digits beyond the quotient: eleven decimals of a percentage


def average(total: pl.Expr, count: pl.Expr) -> pl.Expr:
    """Divide an EXACT by a whole number above zero (a column of integers): CUT."""
    figure = _integer(total)
    return _cut(figure.abs() // (count.cast(_INT) * _FROM_EXACT), is_negative=figure < 0)


def mean(total: pl.Expr, count: pl.Expr) -> pl.Expr:
    """Divide a VALUE, which may be larger than an EXACT, by a whole number above zero: CUT."""
    figure, divisor = _integer(total), count.cast(_INT)
    # In two steps, because ten times the total might leave 128 bits.
    quotient = figure.abs() // divisor * _FROM_VALUE + figure.abs() % divisor * _FROM_VALUE // divisor
    return _cut(quotient, is_negative=figure < 0)


def percentage(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Give 100 * part / whole of two VALUEs, of which the whole is not zero: CUT; null where one is null.

    A percentage beyond MOST_PERCENT is cut to that. By long division: no step leaves 128 bits while the whole is below
    10**23, and no sum of an EXACT reaches 10**20.
    """
    top, bottom = _integer(part), _integer(whole)
    divisor = bottom.abs()
    quotient, left = (top.abs() // divisor).clip(upper_bound=_MOST_QUOTIENT), top.abs() % divisor
    for step in _STEPS:
        quotient, left = quotient * step + left * step // divisor, left * step % divisor
    return _cut(quotient.clip(upper_bound=_MOST_QUOTIENT * 10**13), is_negative=(top < 0) != (bottom < 0))


def scaled(figure: pl.Expr, by: pl.Expr, of: pl.Expr) -> pl.Expr:
    """Give figure * by / of of three VALUEs, of which the last two are above zero: CUT; null where one is null.

    By long division: no step leaves 128 bits while each VALUE is below 10**20 and by / of below 10**6.
    """
    size, divisor = _integer(figure).abs(), _integer(of)
    part = _integer(by) % divisor
    quotient, left = size * (_integer(by) // divisor), size * 0
    digits = left
    for limb in reversed(range(_LIMBS)):
        carried = left * _LIMB + size // _LIMB**limb % _LIMB * part
        digits, left = digits * _LIMB + carried // divisor, carried % divisor
    in_units = (quotient + digits) * _FROM_VALUE + left * _FROM_VALUE // divisor
    return _cut(in_units, is_negative=_integer(figure) < 0)


def _cut(size: pl.Expr, *, is_negative: pl.Expr) -> pl.Expr:
    """Make a CUT of its size, counted in 1E-11, and its sign."""
    fraction = (size % _UNIT).cast(CUT) * pl.lit(Decimal(1).scaleb(-11)).cast(CUT)
    figure = (size // _UNIT).cast(CUT) + fraction
    return pl.when(is_negative).then(-figure).otherwise(figure)


def _integer(figure: pl.Expr) -> pl.Expr:
    return figure.to_physical().cast(_INT)
