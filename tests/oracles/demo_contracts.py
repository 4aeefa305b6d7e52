"""The demo's contracts once more, set up by hand from their wording; nothing here is read from the rule files."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.oracles.demo_files import Sale


class Rebate(NamedTuple):
    """One clause, as a person would set it up from the contract."""

    program: str
    name: str
    first: date
    last: date
    months: int
    settles: int
    counts: Callable[[Sale], bool]
    pays: Callable[[Fraction, Fraction], Fraction]
    unit: str = ""
    currency: str = "USD"
    back: int = 0
    """Months back to the baseline, for growth."""
    enrolled: bool = False


def rounded(value: Fraction, digits: int) -> Fraction:
    scaled = abs(value) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if value >= 0 else -whole, 10**digits)


def reached(scale: dict[str, str]) -> Callable[[Fraction], Fraction]:
    """Look a figure up in a scale of lower bounds."""
    steps = [(Fraction(bound), Fraction(value)) for bound, value in scale.items()]
    return lambda figure: max(((b, v) for b, v in steps if figure >= b), default=(Fraction(0), Fraction(0)))[1]


def all_units(scale: dict[str, str]) -> Callable[[Fraction, Fraction], Fraction]:
    rate = reached(scale)
    return lambda measure, _: measure * rate(measure)


def fixed(scale: dict[str, str]) -> Callable[[Fraction, Fraction], Fraction]:
    amount = reached(scale)
    return lambda measure, _: amount(measure)


def marginal(*slices: tuple[int, int, str]) -> Callable[[Fraction, Fraction], Fraction]:
    return lambda measure, _: sum(
        (max(min(measure, Fraction(end)) - start, Fraction(0)) * Fraction(rate) for start, end, rate in slices),
        Fraction(0),
    )


def growth(digits: int, pays: Callable[[Fraction, Fraction], Fraction]) -> Callable[[Fraction, Fraction], Fraction]:
    def paid(measure: Fraction, base: Fraction) -> Fraction:
        return pays(rounded((measure - base) / base * 100, digits), measure) if base > 0 else Fraction(0)

    return paid


def is_dealer_of(*regions: str) -> Callable[[Sale], bool]:
    return lambda one: one.member["type"] == "dealer" and one.member["region"] in regions


def is_goods(one: Sale) -> bool:
    return one.kind in {"sale", "return"}


def in_volume(category: str, *brands: str) -> Callable[[Sale], bool]:
    return lambda one: (
        one.member["type"] in {"dealer", "distributor", "group"}
        and one.member["region"] in {"NA", "EU"}
        and one.product["category"] == category
        and (not brands or one.product["brand"] in brands)
        and is_goods(one)
    )


MUCH = 10**12
TINY = "0.0000000001"
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
GROWTH_BONUS = reached({"2": "2000", "5": "3000", f"7{TINY[1:]}": "4000"})
MOMENTUM = reached({TINY: "0.0025", "10": "0.005"})

REBATES = (
    Rebate(
        "dealer-growth-2026", "annual-growth", *YEAR, 12, 3, is_dealer_of("NA", "EU"),
        growth(0, lambda percent, _: GROWTH_BONUS(percent)), back=12,
    ),
    Rebate(
        "dealer-revenue", "quarterly-revenue", date(2025, 1, 1), date(2026, 12, 31), 3, 1,
        lambda one: (
            one.product["category"] != "tools" and one.member["type"] == "dealer"
            and (one.member["region"] in {"NA", "EU"} or one.member["country"] == "SG")
        ),
        all_units({"20000": "0.01", "45000": "0.015", "60000": "0.02"}),
    ),
    Rebate(
        "volume-2026", "filters-by-the-case", *YEAR, 3, 3, in_volume("filters"),
        marginal((5, 15, "2"), (15, 30, "3.5"), (30, MUCH, "5.25")), unit="case",
    ),
    Rebate(
        "volume-2026", "oil-by-the-litre", *YEAR, 12, 3, in_volume("lubricants", "Rayler", "Rayler Pro"),
        marginal((0, 150, "0.15"), (150, 400, "0.3"), (400, MUCH, "0.45")), unit="litre",
    ),
    Rebate(
        "japan-dealers-2026", "half-year-revenue", *YEAR, 6, 3,
        lambda one: one.member["type"] == "dealer" and one.member["country"] == "JP",
        all_units({"10000000": "0.008", "15000000": "0.012", "22000000": "0.0175"}), currency="JPY",
    ),
    Rebate(
        "japan-dealers-2026", "wiper-season", *YEAR, 3, 3,
        lambda one: (
            one.member["type"] == "dealer" and one.member["country"] == "JP" and one.product["category"] == "wipers"
        ),
        fixed({"200000": "5000", "350000": "12000", f"500000{TINY[1:]}": "20000"}), currency="JPY",
    ),
    Rebate(
        "distributor-partnership", "premium-brand", date(2025, 7, 1), date(2026, 12, 31), 3, 3,
        lambda one: (
            one.member["type"] == "distributor" and one.product["brand"] == "Rayler Pro"
            and one.product["category"] != "tools" and is_goods(one)
        ),
        marginal((0, 12000, "0.01"), (12000, 20000, "0.03"), (20000, MUCH, "0.05")), enrolled=True,
    ),
    Rebate(
        "distributor-partnership", "quarter-on-quarter", date(2025, 7, 1), date(2026, 12, 31), 3, 3,
        lambda one: one.member["type"] == "distributor",
        growth(1, lambda percent, measure: measure * MOMENTUM(percent)), back=3, enrolled=True,
    ),
    Rebate(
        "edi-orders", "electronic-orders", date(2026, 1, 1), date(2026, 9, 30), 1, 1,
        lambda one: (
            one.member["type"] == "dealer" and one.member["status"] != "left" and one.channel == "edi" and is_goods(one)
        ),
        all_units({"2500": "0.005", "7500": "0.01"}), enrolled=True,
    ),
    Rebate(
        "supplier-delivery-2026", "delivery-volume", *YEAR, 3, 3,
        lambda one: (
            one.member["type"] == "supplier" and one.product["category"] == "components"
            and one.kind in {"delivery", "return"}
        ),
        fixed({"120000": "1200", "150000": "2000", "200000": "3500"}),
    ),
)  # fmt: skip
