"""Words: why a visit is proposed, or is in no plan, as people read it in their language."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Protocol

from reports.page.steps import missing_figure, raised

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from reports.page.language import Language

_LEAST = Decimal("0.01")
"""Percent: what is missing below it is not written as nothing."""


class Fact(Protocol):
    """What there is to say: its kind, and what the sentence about it is filled in with."""

    @property
    def kind(self) -> str:
        """Return its kind."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """Return days, figures and words of the books, by name."""


@dataclass(frozen=True)
class Words:
    """Sentences about visits in one language.

    titles: what tasks, indicators, rebates (program/rebate), members and reps are called in it, by the id or name that
    the books have. is_plain: days, figures and ids as extracts write them, for files and terminals.
    """

    language: Language
    titles: Mapping[str, str] = field(default_factory=dict)
    is_plain: bool = False

    def all_of(self, reasons: Iterable[Fact]) -> str:
        """Return what speaks for a visit: in one line where it is plain, else a line each."""
        return ("; " if self.is_plain else "\n").join(map(self.reason, reasons))

    def reason(self, reason: Fact) -> str:
        """Return one thing that speaks for a visit; for kinds and facts see rules.visits.field.Reason."""
        said = {"due": self._due, "near": self._near, "missed": self._missed, "follow_up": self._follow_up}
        return said[reason.kind](reason.facts)

    def obstacle(self, why: Fact) -> str:
        """Return why a call is in no plan; for kinds and facts see rules.visits.field.Obstacle."""
        words, values = self.language.text, {name: str(fact) for name, fact in why.facts.items()}
        if "kilometres" in why.facts and not self.is_plain:
            values["kilometres"] = self.language.count(why.facts["kilometres"])
        said = {
            "no_place": words("no place of it is known"),
            "no_point": words("its place has no latitude and longitude"),
            "no_rep": words("no rep visits the region {region}"),
            "no_skills": words("no rep of the region has the skills {skills}"),
            "too_far": words("it is too far for a day: {kilometres} km from the nearest rep"),
            "closed": words("its place is not open, for as long as a visit takes, when a rep works"),
            "closed_for": words("its place is not open, for as long as a visit takes, when {rep} works"),
            "no_room": words("{rep} has no room left in its days: calls of more weight came first"),
        }
        return said[why.kind].format(**values)

    def day(self, day: date) -> str:
        """Return a date."""
        return day.isoformat() if self.is_plain else self.language.day(day)

    def title(self, name: str) -> str:
        """Return what a task, an indicator, a rebate, a member or a rep is called."""
        return self.titles.get(name, name)

    def notes(self, day: date, notes: str) -> str:
        """Return what was noted at the last visit, after its day."""
        return self.language.text("Last notes, {day}: {notes}", day=self.day(day), notes=notes)

    def missing(self, value: Decimal, unit: str) -> str:
        """Return a figure that is missing in its unit (money, percent or goods), rounded up: less would not do."""
        if unit in self.language.digits:
            return self.money(raised(value, Decimal(1).scaleb(-self.language.digits[unit])), unit)
        return missing_figure(value, unit, self.language)

    def money(self, amount: Decimal, currency: str) -> str:
        """Return an amount of the books, with its currency."""
        return self.language.coded(amount, currency)

    def _due(self, facts: Mapping[str, Any]) -> str:
        words, day = self.language.text, self.day(facts["day"])
        if facts["last"] is None:
            return words("due on {day}, never visited", day=day)
        return words("due on {day}, last visited on {last}", day=day, last=self.day(facts["last"]))

    def _near(self, facts: Mapping[str, Any]) -> str:
        words, brings = self.language.text, facts["brings"]
        values = {
            "share": self._share(facts["share"]),
            "tier": str(facts["tier"]),
            "rebate": self.title(f"{facts['program']}/{facts['rebate']}"),
            "day": self.day(facts["until"]),
        }
        if not brings:
            return words("lacks {share} of tier {tier} of {rebate} until {day}", **values)
        amount = self.language.coded(brings, facts["currency"])
        return words(
            "lacks {share} of tier {tier} of {rebate} until {day}, which brings {amount}", **values, amount=amount
        )

    def _missed(self, facts: Mapping[str, Any]) -> str:
        words = self.language.text
        values = {
            "indicator": self.title(facts["indicator"]),
            "actual": self.found(facts["actual"], facts["unit"]),
            "target": self.found(facts["target"], facts["unit"]),
            "day": self.day(facts["day"]),
        }
        if facts["product"]:
            product = facts["product"]
            return words("{indicator} of {product} was {actual} on {day}, target {target}", **values, product=product)
        return words("{indicator} was {actual} on {day}, target {target}", **values)

    def _follow_up(self, facts: Mapping[str, Any]) -> str:
        words, task = self.language.text, self.title(facts["task"])
        if facts["day"] is None:
            return words("{task} is open", task=task)
        return words("{task} is open since {day}", task=task, day=self.day(facts["day"]))

    def found(self, text: str | None, unit: str | None) -> str:
        """Return what was found or aimed at, with its unit."""
        if self.is_plain or text is None:
            return f"{text} {unit}" if unit else str(text)
        yes, no = self.language.text("yes"), self.language.text("no")
        if said := {"true": yes, "yes": yes, "false": no, "no": no}.get(text.lower()):
            return said
        try:
            return self.language.quantity(Decimal(text), unit or "")
        except InvalidOperation:
            return f"{text} {unit}" if unit else text

    def _share(self, percent: Decimal) -> str:
        least = self.language.text("less than {share}", share=self._percent(_LEAST))
        return self._percent(percent) if percent >= _LEAST else least

    def _percent(self, percent: Decimal) -> str:
        return f"{percent} %" if self.is_plain else self.language.points(percent)
