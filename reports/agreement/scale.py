"""The scale of a rebate in sentences, and what it pays on worked examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.agreement.agreement import RebateTerms, Step, WorkedExample
    from reports.agreement.figures import FigureWords


@dataclass(frozen=True)
class Scale:
    """The tiers of one rebate in words."""

    rebate: RebateTerms
    figures: FigureWords

    def sentences(self) -> Iterator[str]:
        """Yield how tiers pay, then what each requires and pays."""
        words, steps = self.figures.language.text, self.rebate.steps
        yield self._method()
        yield words("Below the first tier nothing is paid.")
        for number, step in enumerate(steps, start=1):
            following = steps[number] if number < len(steps) else None
            yield words(
                "Tier {n}, {range}: {paid}.", n=str(number), range=self._range(step, following), paid=self._paid(step)
            )

    def examples(self) -> Iterator[str]:
        """Yield what is paid on each worked example."""
        for example in self.rebate.examples:
            yield self._example(example)

    def _method(self) -> str:
        words = self.figures.language.text
        return {
            "all_units": words("The rate of the tier you reach applies to everything."),
            "marginal": words("Each tier's rate applies to the part that falls into it."),
            "fixed": words("The amount of the tier you reach is paid."),
            "each_reached": words("Every tier you reach pays: their rates and amounts are added up."),
            "sliding": words("The rate moves evenly from each tier to the next and applies to everything."),
            "per_multiple": words("The amount of the tier you reach is paid for every full multiple."),
        }[self.rebate.method]

    def _range(self, step: Step, following: Step | None) -> str:
        words = self.figures.language.text
        bound = self._qualified(step)
        lower = words("above {bound}", bound=bound) if step.is_strict else words("from {bound}", bound=bound)
        if following is None or self.rebate.method == "each_reached":
            return lower
        bound = self._qualified(following)
        upper = words("up to {bound}", bound=bound) if following.is_strict else words("below {bound}", bound=bound)
        return words("{lower} and {upper}", lower=lower, upper=upper)

    def _qualified(self, step: Step) -> str:
        return self.figures.written(step.bound, self.rebate.qualifier or self.rebate.measure)

    def _paid(self, step: Step) -> str:
        language, words = self.figures.language, self.figures.language.text
        parts = [language.price(step.fixed, self.figures.currency)] if step.fixed else []
        if step.rate and step.unit:
            price = language.price(step.rate, self.figures.currency)
            parts.append(words("{price} per {unit}", price=price, unit=language.term("unit", step.unit)))
        elif step.rate and self.rebate.measure.kind == "plain":
            parts.append(words("{rate} of purchases", rate=language.percent(step.rate)))
        elif step.rate:
            parts.append(words("{rate} of that growth", rate=language.percent(step.rate)))
        paid = " + ".join(parts) or words("nothing")
        if step.every is not None:
            multiple = self.figures.written(step.every, self.rebate.measure)
            return words("{paid} for every {multiple}", paid=paid, multiple=multiple)
        if step.cap is not None:
            return words("{paid}, on {cap} at most", paid=paid, cap=self.figures.written(step.cap, self.rebate.measure))
        return paid

    def _example(self, example: WorkedExample) -> str:
        words, figures = self.figures.language.text, self.figures
        figure = figures.written(example.qualifier, self.rebate.qualifier or self.rebate.measure)
        if example.measure is not None:
            measure = figures.written(example.measure, self.rebate.measure)
            figure = words("{figure} and {measure}", figure=figure, measure=measure)
        paid = figures.language.money(example.payout, figures.currency)
        if not example.tier:
            return words("{figure}: {paid}, no tier is reached", figure=figure, paid=paid)
        return words("{figure}: {paid} (tier {n})", figure=figure, paid=paid, n=str(example.tier))
