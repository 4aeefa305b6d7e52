"""Quotients: averages and percentages, divided as integers of 128 bits so that they can be rounded once.

A quotient is cut (towards zero) after eleven decimals, one more than a VALUE has. Halves of every digit to which it may
be rounded have at most eleven decimals themselves, so cutting never changes the result of rounding.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

CUT = pl.Decimal(38, 11)
"""The type of a quotient that is not rounded yet."""

MOST_PERCENT = Decimal(10) ** 26
"""The limit of a percentage: no bound of a tier reaches it, nor can anything paid on it be computed (see tiers.py)."""

_INT = pl.Int128()
_MOST_QUOTIENT = pl.lit(10**24).cast(_INT)
_UNIT = 10**11  # a CUT of 1, as an integer
_FROM_EXACT = 10**7  # an EXACT has seven decimals more
_FROM_MILLIONTHS = 10**5  # a millionth has five decimals less
_FROM_VALUE = 10  # and a VALUE one less
_LIMB, _LIMBS = 10**7, 5  # a figure is multiplied seven digits at a time, so that no product exceeds 128 bits
_STEPS = (10**5, 10**4, 10**4)  # thirteen digits beyond the quotient: eleven decimals of a percentage


def average(total: pl.Expr, count: pl.Expr) -> pl.Expr:
    """Return an EXACT divided by a whole number above zero (a column of integers), as a CUT."""
    figure = _integer(total)
    return _cut(figure.abs() // (count.cast(_INT) * _FROM_EXACT), is_negative=figure < 0)


def average_millionths(total: pl.Expr, count: pl.Expr) -> pl.Expr:
    """Return a number of millionths (Int128) divided by a whole number above zero, as a CUT."""
    size, divisor = total.abs(), count.cast(_INT)
    # In two steps: a hundred thousand times the total might exceed 128 bits.
    quotient = size // divisor * _FROM_MILLIONTHS + size % divisor * _FROM_MILLIONTHS // divisor
    return _cut(quotient, is_negative=total < 0)


def mean(total: pl.Expr, count: pl.Expr) -> pl.Expr:
    """Return a VALUE, which may be larger than an EXACT, divided by a whole number above zero, as a CUT."""
    figure, divisor = _integer(total), count.cast(_INT)
    # In two steps, because ten times the total might exceed 128 bits.
    quotient = figure.abs() // divisor * _FROM_VALUE + figure.abs() % divisor * _FROM_VALUE // divisor
    return _cut(quotient, is_negative=figure < 0)


def percentage(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Return 100 * part / whole of two VALUEs, whole not zero, as a CUT; null where one is null.

    A percentage beyond MOST_PERCENT is cut to that. By long division: no step exceeds 128 bits while the whole is below
    10**23, and no sum of an EXACT reaches 10**20.
    """
    top, bottom = _integer(part), _integer(whole)
    divisor = bottom.abs()
    # Clipped before it is multiplied: beyond the limit the steps below would overflow without an error.
    quotient, left = (top.abs() // divisor).clip(upper_bound=_MOST_QUOTIENT), top.abs() % divisor
    for step in _STEPS:
        quotient, left = quotient * step + left * step // divisor, left * step % divisor
    return _cut(quotient.clip(upper_bound=_MOST_QUOTIENT * 10**13), is_negative=(top < 0) != (bottom < 0))


def scaled(figure: pl.Expr, by: pl.Expr, of: pl.Expr) -> pl.Expr:
    """Return figure * by / of of three VALUEs, the last two above zero, as a CUT; null where one is null.

    By long division: no step exceeds 128 bits while each VALUE is below 10**20 and by / of below 10**6.
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
    """Return the CUT of its absolute value, counted in 1E-11, and its sign."""
    fraction = (size % _UNIT).cast(CUT) * pl.lit(Decimal(1).scaleb(-11)).cast(CUT)
    # polars has no way back from an unscaled integer to its decimal; both parts are exact.
    figure = (size // _UNIT).cast(CUT) + fraction
    return pl.when(is_negative).then(-figure).otherwise(figure)


def _integer(figure: pl.Expr) -> pl.Expr:
    """Return the unscaled integer of a decimal."""
    return figure.to_physical().cast(_INT)
