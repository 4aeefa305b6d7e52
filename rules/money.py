"""Rounding and minor units: the only place where an amount is ever rounded."""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType

import polars as pl

from schemas.errors import Problem, RuleError
from schemas.types import VALUE

# ISO 4217 as published by its maintenance agency, by number of decimals. It is not taken from a library: those follow
# the CLDR, which gives some currencies the decimals of cash instead of those of the standard.
_WITHOUT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_TWO = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY
    COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
    INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR
    MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
    STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
"""
_WITHDRAWN = "ANG BGN CUC HRK SLL ZWL"  # since 2023: periods that were closed in them may still be restated
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"

MINOR_UNITS = MappingProxyType(
    {
        currency: digits
        for digits, currencies in ((0, _WITHOUT), (2, _TWO + _WITHDRAWN), (3, _THREE), (4, _FOUR))
        for currency in currencies.split()
    }
)
"""Number of decimals of each currency in ISO 4217 that has a minor unit (gold and drawing rights have none)."""

MOST_MONEY = Decimal(10) ** 14 - 1
"""The upper limit of any amount in the books: a MONEY has fourteen digits before the decimal point."""

MOST_DECIMALS = 10
"""The most decimals a figure is rounded to: those of a VALUE."""


def minor_units(currency: str) -> int:
    """Return the number of decimals in which amounts of `currency` are paid.

    Raises:
        RuleError: the code is not in ISO 4217.
    """
    digits = MINOR_UNITS.get(currency)
    if digits is None:
        todo = "write a code of ISO 4217 in capitals, such as USD or JPY"
        raise RuleError(Problem(f"the currency {currency!r} is not known", todo))
    return digits


def money_text(amount: Decimal, currency: str) -> str:
    """Return an amount as text as people read it, 1,234.50: with the decimals of its currency, and all that it has."""
    needed = len(f"{amount:f}".partition(".")[2].rstrip("0"))
    return f"{amount:,.{max(needed, MINOR_UNITS.get(currency, 0))}f}"


def round_decimal(expr: pl.Expr, digits: int | pl.Expr) -> pl.Expr:
    """Return a decimal rounded to `digits` (0 to 10) decimals, halves away from zero, of unchanged type and scale.

    `digits` may be a column, so that each row is rounded to its own number of decimals; where it is null the result is
    null.
    """
    if isinstance(digits, int):
        return expr.round(digits, mode="half_away_from_zero")
    rounded = pl.when(digits == 0).then(round_decimal(expr, 0))
    # polars rounds to a constant number of decimals only: one branch for each number replaces a row loop.
    for places in range(1, MOST_DECIMALS):
        rounded = rounded.when(digits == places).then(round_decimal(expr, places))  # type: ignore[assignment]
    return rounded.when(digits == MOST_DECIMALS).then(round_decimal(expr, MOST_DECIMALS))


def round_money(expr: pl.Expr, digits: int | pl.Expr) -> pl.Expr:
    """Return amounts rounded to the minor unit of their currency, halves away from zero: once, per payout line."""
    return round_decimal(expr, digits)


def round_value(expr: pl.Expr) -> pl.Expr:
    """Return a measure, qualifier or baseline rounded to the ten decimals of a VALUE, halves away from zero."""
    return round_decimal(expr, MOST_DECIMALS).cast(VALUE)
