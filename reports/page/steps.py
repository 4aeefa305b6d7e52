"""The steps in which figures are shown on a page: those that are missing rounded up, those that are reached cut off."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.page.language import Language

HUNDREDTH = Decimal("0.01")


def raised(value: Decimal | Fraction, step: Decimal) -> Decimal:
    """Return a value rounded up to a whole number of steps: a distance must not be stated too short."""
    return ceil(Fraction(value) / Fraction(step)) * step


def cut(value: Fraction, step: Decimal) -> Decimal:
    """Return an exact value cut off at a whole number of steps."""
    return floor(value / Fraction(step)) * step


def missing_figure(value: Decimal, unit: str, language: Language) -> str:
    """Return a figure that is missing, in percent or a unit of goods, rounded up to two decimals."""
    short = raised(value, HUNDREDTH)
    return language.percent(short.scaleb(-2)) if unit == "percent" else language.quantity(short, unit)
