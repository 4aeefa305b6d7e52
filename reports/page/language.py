"""One language of a page: its texts, and how it writes amounts, figures and dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent, get_currency_name, get_currency_symbol

from schemas.errors import InvariantError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from babel.messages.catalog import Catalog

SOURCE = "en"
"""The language in which messages are written; its catalogue holds only the words of units and columns."""

LANGUAGES = (SOURCE, "de", "ja")

_TWO_AND_MORE = ".00########"
"""The decimals of a figure that is not whole: at least two, and all there are."""

_COUNTRY_LETTERS = 2


@dataclass(frozen=True)
class Language:
    """Texts and figures for readers of one language; `digits` are the decimals of each currency."""

    tag: str
    digits: Mapping[str, int]

    def text(self, message: str, /, **values: str) -> str:
        """Return `message` translated, with its {names} filled in."""
        found = _translate(self.tag, message)
        return found.format(**values) if values else found

    def choose(self, titles: Mapping[str, str], otherwise: str) -> str:
        """Return the title in this language, or in English, or in any."""
        return titles.get(self.tag) or titles.get(SOURCE) or next(iter(titles.values()), otherwise)

    def money(self, amount: Decimal, currency: str) -> str:
        """Return an amount that is paid or posted, as text.

        Raises:
            InvariantError: it has more decimals than its currency: nothing is rounded on a page.
        """
        if amount != amount.quantize(_step(self.digits[currency]), rounding=ROUND_DOWN):
            found = f"the amount {amount} {currency} on a statement has more than {self.digits[currency]} decimals"
            raise InvariantError(Problem(found, "report this: amounts are rounded before they are posted"))
        return self._money(amount, currency, self.digits[currency])

    def worth(self, value: Decimal, currency: str) -> str:
        """Return a measure in money, cut off at the decimals of its currency, so never too large."""
        digits = self.digits[currency]
        return self._money(value.quantize(_step(digits), rounding=ROUND_DOWN), currency, digits)

    def coded(self, amount: Decimal, currency: str) -> str:
        """Return an amount with the code of its currency, 1,234.50 USD, and all its decimals.

        So are written amounts that staff read, and those of extracts, whose currency may be unknown to Rebatch.
        """
        digits = max(self.digits.get(currency, 0), -_exponent(amount.normalize()))
        return f"{self.marked(f'{amount:,.{digits}f}')} {currency}"

    def price(self, value: Decimal, currency: str) -> str:
        """Return a price per unit with all its decimals, at least those of the currency."""
        return self._money(value, currency, max(self.digits[currency], -_exponent(value.normalize())))

    def number(self, value: Decimal) -> str:
        """Return a quantity with all its decimals: none if it is whole, otherwise at least two."""
        pattern = "#,##0" if value == value.to_integral_value() else f"#,##0{_TWO_AND_MORE}"
        return _decimal(value, pattern, self.tag)

    def count(self, number: int) -> str:
        """Return a whole number, thousands apart."""
        return self.marked(f"{number:,}")

    def marked(self, figure: str) -> str:
        """Return a figure written with comma and point, 1,234.50, in the marks of this language."""
        return figure.translate(_marks(self.tag))

    def percent(self, share: Decimal) -> str:
        """Return a share, 0.03, as a percentage with all its decimals, at least two: 3.00%."""
        return _percent(share, self.tag)

    def points(self, percentage: Decimal) -> str:
        """Return a percentage, 4.2, cut off after two decimals: 6.999 is never shown as 7."""
        return self.percent(percentage.quantize(Decimal("0.01"), rounding=ROUND_DOWN).scaleb(-2))

    def day(self, day: date) -> str:
        """Return a date written out in full."""
        return _long_date(day, self.tag)

    def weekday(self, day: date) -> str:
        """Return a date written out in full, with its day of the week."""
        return format_date(day, "full", locale=_locale(self.tag))

    def month(self, period: str) -> str:
        """Return a payout period, 2026-11, as a month."""
        return _month(period, self.tag)

    def name_of_currency(self, currency: str) -> str:
        """Return what a currency is called: US Dollar (USD)."""
        return f"{get_currency_name(currency, locale=_locale(self.tag))} ({currency})"

    def name_of_country(self, code: str) -> str:
        """Return what a country is called by its code of ISO 3166; anything else stays as it is."""
        return str(_locale(self.tag).territories.get(code) or code) if len(code) == _COUNTRY_LETTERS else code

    def period(self, period: str) -> str:
        """Return a rebate's period by its id: 2026-11, 2026-P11, 2026-Q4, 2026-H2, 2026 or program."""
        year, _, part = period.partition("-")
        if part.startswith("P"):
            return self.text("Period {n} of {year}", n=part[1:].removeprefix("0"), year=year)
        if part.startswith("Q"):
            return self.text("Q{n} {year}", n=part[1:], year=year)
        if part.startswith("H"):
            first, second = self.text("First half of {year}", year=year), self.text("Second half of {year}", year=year)
            return first if part == "H1" else second
        if period == "program":
            return self.text("Whole programme")
        if part:
            return self.month(period)
        return self.text("Year {year}", year=year)

    def quantity(self, value: Decimal, unit: str) -> str:
        """Return a number of units: 1 case, 2 cases, 2ケース."""
        one, many = self.names_of_unit(unit)
        name = one if abs(value) == 1 else many
        return self.text("{figure} {unit}", figure=self.number(value), unit=name).strip()

    def names_of_unit(self, unit: str) -> tuple[str, str]:
        """Return what one unit is called, and what several are; a unit without a translation stays as it is."""
        return self.term("unit", unit), self.term("unit", _translate(self.tag, unit, "units") if unit else unit)

    def term(self, context: str, word: str) -> str:
        """Return a unit or a type of transaction; a word without a translation stays as it is."""
        return _translate(self.tag, word, context)

    def _money(self, amount: Decimal, currency: str, digits: int) -> str:
        symbol, sign = _symbol(currency, self.tag), "-" if amount < 0 else ""
        # All decimals are written that there are, so nothing is rounded here.
        figure = self.marked(f"{abs(amount):,.{digits}f}")
        # No line may break between a figure and its currency.
        if _is_symbol_last(self.tag):
            return f"{sign}{figure}\N{NO-BREAK SPACE}{symbol}"
        # A code of letters needs a space before the figure, a sign such as $ does not. The minus goes before both: -$5.
        space = "\N{NO-BREAK SPACE}" if symbol[-1].isalpha() else ""
        return f"{sign}{symbol}{space}{figure}"


def language_of(tag: str | None, digits: Mapping[str, int], otherwise: str = SOURCE) -> Language:
    """Return a payee's language by its tag, ja or ja-JP; `otherwise` where there is no tag or no such catalogue."""
    wanted = _first_part(tag or otherwise)
    return Language(wanted if wanted in LANGUAGES else otherwise, digits)


def is_spoken(tag: str | None) -> bool:
    """Return whether there is a catalogue for a payee's language; true where it names none."""
    return not tag or _first_part(tag) in LANGUAGES


def name_of_language(tag: str, language: Language) -> str:
    """Return what the language of a tag is called in another, or the tag itself where nobody knows it."""
    try:
        found = Locale.parse(_first_part(tag)).get_display_name(language.tag)
    except (ValueError, UnknownLocaleError):
        found = None
    return found or tag


def _first_part(tag: str) -> str:
    return tag.replace("_", "-").partition("-")[0].lower()


@cache
def catalogue(tag: str) -> Catalog:
    """Return the catalogue of a language; it is kept as text, so that there is one file to edit and none to compile."""
    text = resources.files("reports").joinpath(f"locales/{tag}.po").read_text(encoding="utf-8")
    return read_po(text.splitlines(keepends=True), locale=_locale(tag))


@cache
def _locale(tag: str) -> Locale:
    return Locale.parse(tag)


# Babel is slow, and pages repeat themselves: the same bounds, rates and days appear in every period.
@lru_cache(maxsize=65536)
def _decimal(value: Decimal, pattern: str, tag: str) -> str:
    return format_decimal(value, format=pattern, locale=_locale(tag))


@lru_cache(maxsize=65536)
def _percent(share: Decimal, tag: str) -> str:
    # Some languages put a space before the sign: 3,00 %.
    _, _, sign = _locale(tag).percent_formats[None].pattern.rpartition("0")
    return format_percent(share, format=f"#,##0{_TWO_AND_MORE}{sign}", locale=_locale(tag))


@lru_cache(maxsize=4096)
def _long_date(day: date, tag: str) -> str:
    return format_date(day, "long", locale=_locale(tag))


@lru_cache(maxsize=4096)
def _month(period: str, tag: str) -> str:
    return format_skeleton("yMMMM", date.fromisoformat(f"{period}-01"), locale=_locale(tag))


@cache
def _marks(tag: str) -> dict[int, str]:
    """Return the comma and the point of a figure in the marks of a language.

    Babel writes figures twenty times slower than Python does, and there is one amount like another on a statement.
    """
    symbols = _locale(tag).number_symbols["latn"]
    return {ord(","): symbols["group"], ord("."): symbols["decimal"]}


@cache
def _is_symbol_last(tag: str) -> bool:
    return bool(_locale(tag).currency_formats["standard"].pattern.endswith("¤"))


@cache
def _symbol(currency: str, tag: str) -> str:
    return get_currency_symbol(currency, locale=_locale(tag))


@cache
def _translate(tag: str, message: str, context: str | None = None) -> str:
    found = catalogue(tag).get(message, context)
    return str(found.string) if found and found.string else message


@cache
def _step(digits: int) -> Decimal:
    return Decimal(1).scaleb(-digits)


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
