"""One figure of a rebate as a partner reads it: its name, its value, and how much of it is missing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from functools import cache
from typing import TYPE_CHECKING

from reports.page.language import Language
from reports.page.steps import HUNDREDTH, raised

if TYPE_CHECKING:
    from reports.statement.statement_data import Figure

# Steps in which figures are shown; figures on a page are never the ones that are paid.
_WHOLE = Decimal(1)


@dataclass(frozen=True)
class FigureText:
    """The texts of one figure in the reader's language; money in `currency`."""

    figure: Figure
    currency: str
    language: Language

    @property
    def step(self) -> Decimal:
        """Return the smallest amount, quantity or count that is written."""
        if self.figure.counted == "revenue":
            return Decimal(1).scaleb(-self.language.digits[self.currency])
        return _WHOLE if self.figure.is_count else HUNDREDTH

    def name(self, *, is_open: bool) -> str:
        """Return what the figure is."""
        names = _names(self.language.tag, is_open)
        return names.get(self.figure.kind) or names.get(self.figure.counted) or names[""]

    def base_name(self) -> str:
        """Return what the figure is compared with; empty for one that stands alone."""
        words = self.language.text
        return {
            "growth_amount": words("Compared with"),
            "growth_percent": words("Compared with"),
            "target_percent": words("Your target"),
            "share_percent": words("Purchases it is a share of"),
        }.get(self.figure.kind, "")

    def value(self, value: Decimal) -> str:
        """Return a value, cut off, never rounded up."""
        return self.language.points(value) if self.figure.is_percent else self.base(value)

    def base(self, value: Decimal) -> str:
        """Return what is counted itself, or what it is compared with: an amount, a quantity or a count.

        A third of a case is 0.33: two decimals are enough to read, and cut off they never show more than there is.
        """
        if self.figure.counted == "revenue":
            return self.language.worth(value, self.currency)
        return self.language.quantity(value.quantize(HUNDREDTH, rounding=ROUND_DOWN), self.figure.unit)

    def bound(self, bound: Decimal) -> str:
        """Return the bound of a tier, with all its decimals."""
        if self.figure.is_percent:
            return self.language.percent(bound.scaleb(-2))
        if self.figure.counted != "revenue":
            return self.language.quantity(bound, self.figure.unit)
        return self.language.price(bound, self.currency)

    def missing(self, missing: Decimal) -> str:
        """Return what is missing, never too little."""
        if self.figure.is_percent:
            return self.language.text("{points} percentage points", points=self.points(missing))
        return self.base(raised(missing, self.step))

    def points(self, missing: Decimal) -> str:
        """Return the percentage points that are missing, as a number of two decimals."""
        return self.language.percent(raised(missing, HUNDREDTH).scaleb(-2)).removesuffix("%").rstrip()

    def rate(self, rate: Decimal) -> str:
        """Return what is paid on the figure: a share of money, or money per unit."""
        words = self.language.text
        if not self.figure.is_money:
            unit = "point" if self.figure.is_percent else self.figure.unit
            price = self.language.price(rate, self.currency)
            return words("{price} per {unit}", price=price, unit=self.language.term("unit", unit))
        share = self.language.percent(rate)
        if self.figure.kind == "growth_amount":
            return words("{rate} of that growth", rate=share)
        return words("{rate} of purchases", rate=share)


@cache
def _names(tag: str, is_open: bool) -> dict[str, str]:  # noqa: FBT001  # a key of the cache
    """Return what figures are called by their kind, else by what is counted, else at all."""
    words = Language(tag, {}).text
    growth = words("Growth so far") if is_open else words("Growth")
    return {
        "growth_amount": growth,
        "growth_percent": growth,
        "target_percent": words("Target reached"),
        "share_percent": words("Share of your purchases"),
        "orders": words("Orders that count"),
        "transactions": words("Transactions that count"),
        "products": words("Products bought"),
        "visits": words("Visits completed"),
        "visit_score": words("Score of your visits"),
        "": words("Purchases that count"),
    }
