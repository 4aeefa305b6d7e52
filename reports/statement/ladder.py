"""The tier ladder of a statement: what each tier requires and pays, where the payee stands, what is missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from reports.page.steps import HUNDREDTH, cut, raised
from reports.statement.figure_text import FigureText
from reports.statement.ladder_marks import WHOLE, numbers_svg, texts_svg, ticks_svg
from reports.statement.position import Row, is_shared, standing_amount
from reports.statement.tier_table import Step, labels_of, tier_table
from schemas.types import ZERO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.page.language import Language
    from reports.statement.statement_data import Clause, Issue

# Keeps the last mark, and the end of the bar, off the right edge of the drawing.
_HEADROOM = Decimal("1.08")


@dataclass(frozen=True)
class Ladder:
    """The tiers of one rebate (rows of rules.rating.tiers.TIERS, in order) in the reader's language."""

    clause: Clause
    tiers: Sequence[Row]
    language: Language

    def of(self, position: Row) -> Ladder:
        """Return the ladder as it applies to the days on which the payee of `position` takes part."""
        if position["prorate"] != "thresholds" or not 0 < position["days"] < position["period_days"]:
            return self
        part = Fraction(position["days"], position["period_days"])
        return replace(self, tiers=[self._part_of(tier, part) for tier in self.tiers])

    def _part_of(self, tier: Row, part: Fraction) -> Row:
        """Return a tier prorated by days: nobody reads that less is required, or that more is paid."""
        asked, counted = self.qualifier.step, self.measure.step
        cent = Decimal(1).scaleb(-self.language.digits[self.clause.currency])
        return {
            **tier,
            # Figures come in whole steps, so "above the cut bound" is never less than above the true one.
            "bound": (cut if tier["is_strict"] else raised)(Fraction(tier["bound"]) * part, asked),
            "fixed": cut(Fraction(tier["fixed"]) * part, cent),
            "every": None if tier["every"] is None else raised(Fraction(tier["every"]) * part, counted),
            "cap": None if tier["cap"] is None else cut(Fraction(tier["cap"]) * part, counted),
        }

    def view(self, position: Row, *, is_open: bool) -> Row:
        """Return method, table and drawing, for a row of StatementFrames.positions; the table also as its texts."""
        labels = labels_of(self.language)
        steps = tuple(self._step(tier["tier"], position, is_open=is_open) for tier in self.tiers)
        return {
            "method": self._method(),
            "table": tier_table(labels, steps),
            "columns": [text for name, text in labels if name != "ladder"],
            "steps": steps,
            "bar": self._bar(position),
        }

    def standing(self, position: Row) -> str:
        """Return which tier is reached, as text."""
        if not position["tier"]:
            return self.language.text("Below the first tier")
        return self.language.text(
            "Tier {n}, {bound}", n=str(position["tier"]), bound=self._scale[position["tier"] - 1]["bound"]
        )

    @cached_property
    def measure(self) -> FigureText:
        """Return the texts of the measure."""
        return FigureText(self.clause.measure, self.clause.currency, self.language)

    @cached_property
    def qualifier(self) -> FigureText:
        """Return the texts of the qualifier."""
        return FigureText(self.clause.qualifier, self.clause.currency, self.language)

    def distance(self, position: Row) -> Row | None:
        """Return what is missing to the next tier, in goods and money, until when, and what reaching it pays."""
        if position["next_tier"] is None:
            return None
        words, tier = self.language.text, str(position["next_tier"])
        missing, other = self._missing(position)
        return {
            "headline": words("{missing} more to tier {n}", missing=missing, n=tier),
            "until": words("until {day}", day=self.language.day(position["period_end"])),
            "sentences": [*other, *self._reward(position)],
        }

    def _reward(self, position: Row) -> list[str]:
        """Return what reaching the next tier pays, unless a limit, a guarantee or another rebate decides the amount."""
        words, amount, today = self.language.text, position["next_amount"], standing_amount(position)
        # What the tiers give is promised only where nothing else changes the amount today.
        if amount is None or amount <= today or position["rated"] != position["unrounded"]:
            return []
        shown = {
            name: self.language.money(value, self.clause.currency)
            for name, value in (("amount", amount), ("today", today))
        }
        if is_shared(position):
            return [words("From there on the rebate of the group is {amount} instead of {today}.", **shown)]
        return [words("From there on this rebate is {amount} instead of {today}.", **shown)]

    def _missing(self, position: Row) -> tuple[str, list[str]]:
        """Return what is missing in the rebate's own unit, and sentences that say the same in others."""
        words, amount, quantity = self.language.text, position["missing_amount"], position["missing_quantity"]
        in_money = "" if amount is None else self.language.money(amount, self.clause.currency)
        unit = self.clause.measure.unit or position["sold_unit"]
        goods = "" if quantity is None else self.language.quantity(raised(quantity, HUNDREDTH), unit)
        own, other = (in_money, goods) if self.clause.measure.counted == "revenue" else (goods, in_money)
        if not own:
            return self.qualifier.missing(position["missing"]), []
        sentences = [words("That is about {other} at your average price so far.", other=other)] if other else []
        points = self.qualifier.points(position["missing"])
        if self.clause.qualifier.kind == "growth_percent":
            sentences.append(words("That is {points} percentage points of growth.", points=points))
        if self.clause.qualifier.kind == "target_percent":
            sentences.append(words("That is {points} percentage points of your target.", points=points))
        return own, sentences

    def _step(self, number: int, position: Row, *, is_open: bool) -> Step:
        words, scale = self.language.text, self._scale[number - 1]
        states = {position["tier"]: ("here", words("You are here") if is_open else words("Reached"))}
        if is_open:
            states[position["next_tier"]] = ("next", words("Next"))
        passed = ("passed", words("Reached")) if number < (position["tier"] or 0) else ("", "")
        state, state_text = states.get(number, passed)
        return Step(**scale, state=state, state_text=state_text)

    @cached_property
    def _scale(self) -> list[dict[str, str]]:
        """Return the name, the bound and the payment of each tier: the same for every position."""
        return [
            {
                "name": self.language.text("Tier {n}", n=str(tier["tier"])),
                "bound": self._bound(tier),
                "pays": self._pays(tier),
            }
            for tier in self.tiers
        ]

    @cached_property
    def _marks(self) -> tuple[tuple[str, str], ...]:
        """Return the bound and the rate of each tier, as short as they can be read."""
        return tuple((self.qualifier.bound(tier["bound"]), self._rate(tier)) for tier in self.tiers)

    def _rate(self, tier: Row) -> str:
        price, currency = self.language.price, self.clause.currency
        parts = [price(tier["fixed"], currency)] if tier["fixed"] else []
        if tier["rate"]:
            is_share = self.measure.figure.is_money
            parts.append(self.language.percent(tier["rate"]) if is_share else price(tier["rate"], currency))
        return " + ".join(parts)

    def _bound(self, tier: Row) -> str:
        shown = self.qualifier.bound(tier["bound"])
        if tier["is_strict"]:
            return self.language.text("above {bound}", bound=shown)
        return self.language.text("from {bound}", bound=shown)

    def _pays(self, tier: Row) -> str:
        parts = []
        if tier["fixed"]:
            parts.append(self.language.price(tier["fixed"], self.clause.currency))
        if tier["rate"]:
            parts.append(self.measure.rate(tier["rate"]))
        paid = " + ".join(parts) or self.language.text("nothing")
        if tier["every"] is not None:
            return self.language.text(
                "{paid} for every {multiple}", paid=paid, multiple=self.measure.bound(tier["every"])
            )
        if tier["cap"] is not None:
            return self.language.text("{paid}, on {cap} at most", paid=paid, cap=self.measure.bound(tier["cap"]))
        return paid

    def _method(self) -> str:
        words = self.language.text
        return {
            "all_units": words("The rate of the tier you reach applies to everything."),
            "marginal": words("Each tier's rate applies to the part that falls into it."),
            "fixed": words("The amount of the tier you reach is paid."),
            "each_reached": words("Every tier you reach pays: their rates and amounts are added up."),
            "sliding": words("The rate moves evenly from each tier to the next and applies to everything."),
            "per_multiple": words("The amount of the tier you reach is paid for every full multiple."),
        }.get(self.clause.method, "")

    def _bar(self, position: Row) -> Row:
        qualifier = max(position["qualifier"] or ZERO, ZERO)
        bounds = [max(tier["bound"], ZERO) for tier in self.tiers]
        whole = max(bounds[-1], qualifier) * _HEADROOM or Decimal(1)
        figure = (
            self.language.text("none") if position["qualifier"] is None else self.qualifier.value(position["qualifier"])
        )
        ticks = [_along(bound, whole) for bound in bounds]
        texts, height = texts_svg(tuple(ticks), self._marks)
        return {
            "width": _along(qualifier, whole),
            "ticks": ticks,
            "ticks_svg": ticks_svg(tuple(ticks)),
            "texts_svg": texts,
            "numbers_svg": numbers_svg(tuple(ticks)),
            "height": height,
            "label": self.language.text(
                "{figure} so far; tiers {bounds}",
                figure=figure,
                bounds=", ".join(step["bound"] for step in self._scale),
            ),
        }


def ladder_of(clause: Clause, language: Language, issue: Issue) -> Ladder:
    """Return the tiers of a rebate in a language; it keeps its texts for all pages."""
    key = clause.program, clause.rebate, language.tag
    if key not in issue.ladders:
        issue.ladders[key] = Ladder(clause, issue.scales[clause.program, clause.rebate], language)
    return issue.ladders[key]


def _along(value: Decimal, whole: Decimal) -> int:
    return int(value * WHOLE / whole)
