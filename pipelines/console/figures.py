"""Figures as people read them: amounts, percentages, prices and quantities, written the same by every command."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from rules.money import MINOR_UNITS
from rules.rating.notes import AMOUNT_PHRASES, CARRIED

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl
    from polars.datatypes import DataType, DataTypeClass

PERCENT, SHARE = "percent", "share"
"""The unit of a figure that counts in hundredths, and that of a rate: 0.015 reads 1.50 %."""

_MONEY_SCALE = 4
_HUNDREDTH = Decimal("0.01")
_MEASURED_SCALE = 10
_UNROUNDED_SPARE = 2

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def _stated(phrases: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern of phrases with numbers, as the engine writes them."""
    stated = "|".join(re.escape(phrase).replace(r"\{\}", _NUMBER.pattern) for phrase in phrases)
    return re.compile(rf"(?<![\w.,])(?:{stated})(?![\w.])")


_AMOUNTS, _CARRIED = _stated(AMOUNT_PHRASES), _stated([CARRIED])


def is_money(dtype: DataType | DataTypeClass) -> bool:
    """Return whether a column holds amounts of money, or sums of them."""
    return bool(dtype.is_decimal() and getattr(dtype, "scale", None) == _MONEY_SCALE)


def spare_decimals(dtype: DataType | DataTypeClass, *, is_amount: bool) -> int | None:
    """Return how many decimals more than usual a column shows: none of what was measured, two of unrounded amounts.

    Bounds, rates and prices are shown as they were agreed, with all decimals: None.
    """
    if getattr(dtype, "scale", None) == _MEASURED_SCALE:
        return 0
    return _UNROUNDED_SPARE if is_amount else None


def decimals_of(column: pl.Series) -> int:
    """Return with how many decimals all figures of a column are written: as many as any of them needs, never one."""
    if not column.dtype.is_decimal():
        return 0
    needed = max((_decimals(value) for value in column.drop_nulls()), default=0)
    return max(needed, 2) if needed else 0


def as_figure(value: Decimal, digits: int) -> str:
    """Return a figure with thousands separated and so many decimals."""
    return f"{value:,.{digits}f}"


def in_unit(value: Decimal, unit: str, *, is_named: bool = True, spare: int | None = None) -> str:
    """Return a figure in `unit`, which is added if `is_named`.

    `unit` is a currency, a unit of goods, PERCENT, SHARE, or empty for a bare number. Money has the decimals of its
    currency, other figures two if they are not whole; more where there are more, but at most `spare`, the rest cut off.
    A percentage has two, cut off as on statements, so that 6.999 % is never taken for 7 %; a rate has all of its own.
    """
    if unit == PERCENT:
        return f"{value.quantize(_HUNDREDTH, rounding=ROUND_DOWN):,f} %"
    if unit == SHARE:
        return f"{as_figure(100 * value, max(_decimals(100 * value), 2))} %"
    needed = _decimals(value)
    usual = MINOR_UNITS.get(unit, min(needed, 1) * 2)
    digits = max(usual, needed if spare is None else min(needed, usual + spare))
    cut = value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_DOWN)
    # What was cut off may leave zeros behind, which nobody reads: 1,776.832 and not 1,776.8320.
    shown = as_figure(cut, max(usual, _decimals(cut)))
    return f"{shown} {unit}" if unit and is_named else shown


def in_sentence(text: str, currency: str, *, unit: str = "") -> str:
    """Return a note or reason of the books with the amounts that it states as people read them: limited to 2,000.00.

    They are rounded to the minor unit of `currency`, as amounts are; a carried figure is in `unit`.
    """
    step = Decimal(1).scaleb(-MINOR_UNITS.get(currency, 2))

    def amount(number: re.Match[str]) -> str:
        return in_unit(Decimal(number[0]).quantize(step, ROUND_HALF_UP), currency, is_named=False)

    def figure(number: re.Match[str]) -> str:
        return in_unit(Decimal(number[0]), unit, is_named=False)

    with_amounts = _AMOUNTS.sub(lambda phrase: _NUMBER.sub(amount, phrase[0]), text)
    return _CARRIED.sub(lambda phrase: _NUMBER.sub(figure, phrase[0]), with_amounts)


def _decimals(value: Decimal) -> int:
    """Return how many decimals a figure has, trailing zeros apart."""
    text = f"{value:f}"
    return len(text.partition(".")[2].rstrip("0"))
