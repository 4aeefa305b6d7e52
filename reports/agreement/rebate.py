"""One rebate of an agreement in sentences: what counts, for how long, on what, and what is agreed besides the scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.agreement.agreement import Section
from reports.agreement.scale import Scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal

    from reports.agreement.agreement import RebateTerms, Stacking
    from reports.agreement.figures import FigureWords


def rebate_section(rebate: RebateTerms, figures: FigureWords) -> Section:
    """Write the section of one rebate, its worked examples at the end."""
    words, scale, terms = figures.language.text, Scale(rebate, figures), _RebateWords(rebate, figures)
    return Section(
        heading=figures.language.choose(rebate.titles, rebate.name),
        lead=words("Contract: {reference}", reference=rebate.reference) if rebate.reference else "",
        sentences=[*terms.goods(), terms.period(), *terms.measured(), *scale.sentences(), *terms.provisions()],
        examples_heading=words("Worked examples"),
        examples=list(scale.examples()),
    )


@dataclass(frozen=True)
class _RebateWords:
    rebate: RebateTerms
    figures: FigureWords

    def goods(self) -> Iterator[str]:
        language, words, rebate = self.figures.language, self.figures.language.text, self.rebate
        if rebate.effective is not None:
            first, last = (language.day(day) for day in rebate.effective)
            yield words("This rebate holds from {first} to {last}.", first=first, last=last)
        any_of, products, transactions = self.figures.any_of, rebate.products, rebate.transactions
        if rebate.members.include is not None:
            yield words(
                "It is for partners of this programme if {conditions}.", conditions=any_of(rebate.members.include)
            )
        if rebate.members.exclude:
            yield words("It is not for partners if {conditions}.", conditions=any_of(rebate.members.exclude))
        yield (
            words("Products count if {conditions}.", conditions=any_of(products.include))
            if products.include is not None
            else words("All products count.")
        )
        if products.exclude:
            yield words("Products do not count if {conditions}.", conditions=any_of(products.exclude))
        yield (
            words("Transactions count if {conditions}.", conditions=any_of(transactions.include))
            if transactions.include is not None
            else words("All kinds of transaction count.")
        )
        if transactions.exclude:
            yield words("Transactions do not count if {conditions}.", conditions=any_of(transactions.exclude))
        yield from self._returned()

    def _returned(self) -> Iterator[str]:
        words, rebate = self.figures.language.text, self.rebate
        if rebate.returns:
            yield {
                "own_day": words("What is returned counts on the day of the return."),
                "with_sale": words(
                    "What is returned counts on the day of the sale that it names, and that period is reckoned anew; "
                    "where it names none that is known, on its own day."
                ),
            }[rebate.returns]
        if rebate.below_zero:
            yield {
                "forget": words("A period that ends below zero pays nothing, and takes nothing off the next."),
                "carry": words(
                    "A period that ends below zero pays nothing, and what is below zero comes off the next."
                ),
            }[rebate.below_zero]

    def period(self) -> str:
        words = self.figures.language.text
        period, settle = self._frequency(self.rebate.period), self._frequency(self.rebate.settle)
        if self.rebate.period == self.rebate.settle:
            return words("It is measured over {period} and settled after it.", period=period)
        return words(
            "It is measured over {period} and paid on account after {settle}, less what was paid for it before.",
            period=period,
            settle=settle,
        )

    def _frequency(self, frequency: str) -> str:
        words = self.figures.language.text
        return {
            "month": words("each month"),
            "quarter": words("each quarter"),
            "half": words("each half-year"),
            "year": words("each year"),
            "program": words("the whole term"),
        }.get(frequency, frequency)

    def measured(self) -> Iterator[str]:
        words, figures = self.figures.language.text, self.figures
        measure, qualifier = self.rebate.measure, self.rebate.qualifier or self.rebate.measure
        if self.rebate.method != "fixed":
            yield words("It is paid on {figure}.", figure=figures.noun(measure))
            if self.rebate.qualifier is None:
                yield words("The same figure decides which tier is reached.")
                yield from figures.sentences(measure)
                return
            yield from figures.sentences(measure)
        yield words("Which tier is reached is decided by {figure}.", figure=figures.noun(qualifier))
        yield from figures.sentences(qualifier)

    def provisions(self) -> Iterator[str]:
        words = self.figures.language.text
        yield {
            "none": words("Partners who take part for only a part of a period are measured by the whole scale."),
            "thresholds": words(
                "For partners who take part for only a part of a period, bounds and amounts are reduced to its days."
            ),
            "payout": words(
                "For partners who take part for only a part of a period, what is paid is reduced to its days."
            ),
        }[self.rebate.prorate]
        if self.rebate.guarantee is not None:
            amount, unconditional = self.rebate.guarantee
            yield (
                words("At least {amount} is paid for a full period, whatever was reached.", amount=self._money(amount))
                if unconditional
                else words(
                    "Whoever reaches a tier is paid at least {amount} for a full period.", amount=self._money(amount)
                )
            )
        if self.rebate.limit is not None:
            yield words("A partner is paid at most {amount} for a period.", amount=self._money(self.rebate.limit))
        if self.rebate.stacking is not None:
            yield from self._stacked(self.rebate.stacking)

    def _stacked(self, stacking: Stacking) -> Iterator[str]:
        words, group = self.figures.language.text, stacking.group
        earlier, later = self._titles(stacking.earlier), self._titles(stacking.later)
        others = self._titles([*stacking.earlier, *stacking.later])
        if stacking.policy == "additive":
            yield words("It is paid in addition to {others} (group {group}).", others=others, group=group)
        elif stacking.policy == "best_of":
            yield words("Of it and {others} only the largest is paid (group {group}).", others=others, group=group)
        elif stacking.policy == "first_of":
            yield (
                words("It is paid only where {earlier} pays nothing (group {group}).", earlier=earlier, group=group)
                if earlier
                else words("Where it pays anything, {later} is not paid (group {group}).", later=later, group=group)
            )
        elif not earlier:
            yield words(
                "What it pays is taken off the purchases that {later} is paid on (group {group}).",
                later=later,
                group=group,
            )
        elif stacking.is_reduced:
            yield words(
                "What {earlier} pays is taken off its purchases first (group {group}).", earlier=earlier, group=group
            )
        else:
            yield words(
                "Its purchases are not reduced by what {earlier} pays (group {group}).", earlier=earlier, group=group
            )

    def _titles(self, titles: Sequence[Mapping[str, str]]) -> str:
        named = [self.figures.language.choose(each, "") for each in titles]
        return self.figures.joined(named, "standard") if named else ""

    def _money(self, amount: Decimal) -> str:
        return self.figures.language.price(amount, self.figures.currency)
