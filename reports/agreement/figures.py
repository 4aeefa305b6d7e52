"""The figures of an agreement in words: what is counted, of which goods, against what, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Literal

from babel.lists import format_list

from schemas.types import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.agreement.agreement import Conditions, Figure, Vocabulary
    from reports.page.language import Language

_COUNTRY = "country"
PERCENTAGES = ("growth_percent", "target_percent", "share_percent")


@dataclass(frozen=True)
class FigureWords:
    """Puts figures into the words of a language; amounts are in `currency`, for the others see Agreement."""

    language: Language
    currency: str
    names: Mapping[str, Mapping[str, str]]
    vocabulary: Vocabulary

    def noun(self, figure: Figure) -> str:
        """Return the name of a figure, for use in a sentence."""
        words, counted = self.language.text, self._counted(figure)
        baseline = self._baseline(figure)
        return {
            "plain": counted,
            "growth_amount": words("the growth of {figure} over {baseline}", figure=counted, baseline=baseline),
            "growth_percent": words(
                "the growth of {figure} over {baseline}, in percent", figure=counted, baseline=baseline
            ),
            "target_percent": words("{figure}, in percent of the partner's target", figure=counted),
            "share_percent": words(
                "{figure}, in percent of the same figure over a wider range of products", figure=counted
            ),
        }[figure.kind]

    def sentences(self, figure: Figure) -> Iterator[str]:
        """Yield what else applies to a figure: its own goods, its range, its rounding, and a missing base."""
        words = self.language.text
        if figure.products is not None:
            yield from self._goods(figure.products.include, figure.products.exclude)
        if figure.within is not None:
            if figure.within.include is not None:
                conditions = self.any_of(figure.within.include)
                yield words("Products belong to the wider range if {conditions}.", conditions=conditions)
            if figure.within.exclude:
                conditions = self.any_of(figure.within.exclude)
                yield words("Products do not belong to the wider range if {conditions}.", conditions=conditions)
        if figure.compare:
            yield {
                "totals": words("Totals are compared, however many days each of the periods has."),
                "like_for_like": words(
                    "What it is compared with is taken per day, for as many days as the period itself has."
                ),
            }[figure.compare]
        if figure.missing is not None:
            yield self._missing(figure)
        if figure.decimals is not None:
            n = str(figure.decimals)
            yield (
                words("It is rounded to {n} decimals, halves away from zero, before the tier is chosen.", n=n)
                if figure.decimals
                else words("It is rounded to a whole number, halves away from zero, before the tier is chosen.")
            )

    def written(self, value: Decimal, figure: Figure) -> str:
        """Return a value of a figure as text."""
        if figure.kind in PERCENTAGES or figure.counted == "visit_score":
            return self.language.percent(value.scaleb(-2))
        if figure.counted == "revenue":
            return self.language.price(value, self.currency)
        if figure.counted == "constant":
            return self.language.number(value)
        unit = {"orders": "order", "transactions": "transaction", "products": "product", "visits": "visit"}
        return self.language.quantity(value, unit.get(figure.counted, figure.unit))

    def any_of(self, entries: Conditions) -> str:
        """Return conditions of which one must hold, as text."""
        parts = [self._all_of(entry) for entry in entries]
        return reduce(lambda one, other: self.language.text("{one}; or {other}", one=one, other=other), parts)

    def _all_of(self, entry: Mapping[str, Sequence[str]]) -> str:
        return self.joined([self._condition(column, values) for column, values in entry.items()], "standard")

    def _condition(self, column: str, values: Sequence[str]) -> str:
        language = self.language
        name = self.vocabulary.column(column, language.tag) or language.term("column", column).replace("_", " ")
        named = self.joined([self._value(column, value) for value in values], "or")
        return language.text("{column} is {values}", column=name, values=named)

    def _value(self, column: str, value: str) -> str:
        name = self.names.get(column, {}).get(value)
        if name and name != value:
            return f"{name} ({value})"
        # Not of a column of names: what partners are called tells whose sentence this is.
        if column not in self.names and (said := self.vocabulary.values_of(column, self.language.tag).get(value)):
            return said
        if column == _COUNTRY:
            return self.language.name_of_country(value)
        return self.language.term(column, value)

    def joined(self, parts: Sequence[str], style: Literal["standard", "or"]) -> str:
        """Return parts joined with "and" or "or", as the language does."""
        return str(format_list(parts, style=style, locale=self.language.tag))

    def _goods(self, include: Conditions | None, exclude: Conditions) -> Iterator[str]:
        words = self.language.text
        if include is not None:
            yield words("For this figure products count if {conditions}.", conditions=self.any_of(include))
        if exclude:
            yield words("For this figure products do not count if {conditions}.", conditions=self.any_of(exclude))

    def _counted(self, figure: Figure) -> str:
        words = self.language.text
        return {
            "revenue": words("net purchases in {currency}", currency=self.currency),
            "quantity": words("the quantity bought, in {unit}", unit=self._units(figure.unit)),
            "orders": words("the number of orders with goods bought"),
            "transactions": words("the number of transactions"),
            "products": words("the number of different products bought"),
            "visits": words("the number of completed visits"),
            "visit_score": words(
                "the mean attainment of the indicator {indicator} over completed visits, in percent",
                indicator=figure.indicator,
            ),
            "constant": words("the fixed figure {value}", value=self.language.number(figure.constant or ZERO)),
        }[figure.counted]

    def _units(self, unit: str) -> str:
        language = self.language
        return language.term("unit", language.term("units", unit))

    def _baseline(self, figure: Figure) -> str:
        words = self.language.text
        kind, periods = figure.baseline or ("", 0)
        return {
            "": "",
            "previous_year": words("the same period of the year before"),
            "previous_period": words("the period before"),
            "average": words("the average of the {n} periods before", n=str(periods)),
            "dataset": words("the comparison figure agreed with the partner"),
        }[kind]

    def _missing(self, figure: Figure) -> str:
        words, missing = self.language.text, figure.missing
        lacking = {
            "target_percent": words("Where there is no target above zero,"),
            "share_percent": words("Where nothing was bought in the wider range,"),
            "plain": words("Where no completed visit has a score,"),
        }.get(figure.kind, words("Where there is no comparison figure above zero,"))
        if isinstance(missing, Decimal):
            # The whole of a share, and a target, are in the unit of the figure, not in percent.
            value = self.written(missing, plain_of(figure))
            return words("{lacking} {value} is taken for it.", lacking=lacking, value=value)
        if missing == "skip":
            return words("{lacking} nothing is paid.", lacking=lacking)
        zero = {
            "growth_percent": words("{lacking} growth is 100% if anything was bought, else zero.", lacking=lacking),
            "growth_amount": words("{lacking} all of the figure is growth.", lacking=lacking),
        }
        return zero.get(figure.kind) or words("{lacking} the figure is 0%.", lacking=lacking)


def plain_of(figure: Figure) -> Figure:
    """Return the figure itself instead of its growth or percentage."""
    return replace(figure, kind="plain")
