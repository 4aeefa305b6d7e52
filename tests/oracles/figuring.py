"""Figures by hand: what a measure or qualifier comes to for a member or group in a period."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tests.oracles.calendars_by_hand import calendar_of
from tests.oracles.counting import Counter, passes
from tests.oracles.history import rounded
from tests.oracles.periods_by_hand import DAY, MONTHS, Span
from tests.oracles.scale import NOTHING, compared, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.oracles.history import Agreed, History

FIRST_DAY, DAYS_LOOKED_AT = date(2024, 12, 1), 900
"""Days on which a member may take part: all that any history of the tests speaks of."""

Filter: TypeAlias = "Mapping[str, Any] | None"

KINDS = (
    "of",
    "growth_amount",
    "growth_percent",
    "target_percent",
    "share_percent",
    "visit_score",
    "visits",
    "constant",
)


class Expression(NamedTuple):
    """A figure as the rule file writes it."""

    kind: str
    counted: str
    written: Mapping[str, Any]


class Place(NamedTuple):
    """Where a figure is asked for: a rebate, a period, the day it is settled through, and a node."""

    name: str
    rebate: Mapping[str, Any]
    span: Span
    through: date
    node: str


def expression(written: Any) -> Expression:
    if isinstance(written, str):
        written = {"of": written}
    key = next(key for key in KINDS if key in written)
    if key in {"visit_score", "visits", "constant"}:
        return Expression("plain", key, written)
    return Expression("plain" if key == "of" else key, written[key], written)


class Figures:
    """The figures of one program, on a history as of a day."""

    def __init__(self, program: dict[str, Any], history: History, as_of: date) -> None:
        self.program, self.history = program, history
        self.counter = Counter(history, program, as_of)
        self.level = program.get("accumulate_at", "self")
        self.calendar = calendar_of(program)
        self.members = sorted({row.member_id for row in history.members})
        self._buyers: dict[tuple[str, date], dict[str, set[str]]] = {}
        self._taking_part: dict[tuple[str, str], bool] = {}

    def buyers(self, node: str, day: date, own: Filter = None) -> set[str]:
        """Name whose purchases on a day are the node's, of those that take part; `own`: the filter of a rebate."""
        key = (repr(own), day)
        if key not in self._buyers:
            of_nodes: dict[str, set[str]] = {}
            for member in self.members:
                if self.counter.takes_part(member, day, own):
                    of_nodes.setdefault(self.counter.node(member, day, self.level), set()).add(member)
            self._buyers[key] = of_nodes
        return self._buyers[key].get(node, set())

    def nodes(self, span: Span, own: Filter = None) -> list[str]:
        return [node for node in self.members if any(self.buyers(node, day, own) for day in days_of(span))]

    def presence(self, node: str, span: Span, own: Filter = None) -> Fraction:
        """Give the part of a period's days on which a node takes part."""
        days = days_of(span)
        return Fraction(sum(bool(self.buyers(node, day, own)) for day in days), len(days))

    def figure(self, written: Any, place: Place) -> Fraction | None:
        """Give a figure to ten decimals; None where it is skipped."""
        figure = expression(written)
        if figure.counted == "constant":
            return number(figure.written["constant"])
        current = self.value(figure, place, (place.span.start, place.through))
        if figure.counted == "visit_score" and current is None:
            policy = figure.written["when_missing"]
            assumed = NOTHING if policy == "zero" else None
            return number(policy["value"]) if isinstance(policy, dict) else assumed
        exact = compared(figure.kind, current or NOTHING, self._base(figure, place), figure.written.get("when_missing"))
        return None if exact is None else rounded(exact, 10)

    def parts(self, place: Place) -> dict[str, Fraction]:
        """Give each buyer's own part of what a node's rebate measures: of growth its own; below zero counts as zero.

        Who bought nothing has a part too, of zero, where a member may be paid for nothing.
        """
        figure, days = expression(place.rebate["measure"]), (place.span.start, place.through)
        found: dict[str, Fraction] = {}
        own = place.rebate.get("members")
        if _is_for_all(place.rebate):
            present = [day for day in days_of(place.span) if day <= place.through]
            found = {member: NOTHING for day in present for member in self.buyers(place.node, day, own)}
        for member in self.members:
            own = self.value(figure, place, days, buyer=member)
            if own is not None or member in found:
                base = self._base(figure, place, buyer=member) if figure.kind.startswith("growth") else None
                found[member] = max((own or NOTHING) - (base or NOTHING), NOTHING)
        return found

    def value(
        self, figure: Expression, place: Place, days: tuple[date, date], *, is_past: bool = False, buyer: str = ""
    ) -> Fraction | None:
        """Add up a node's rows of some days, or only those of one buyer; None if there are none."""

        who_may = place.rebate.get("members")

        def counts(member: str, day: date) -> bool:
            if not days[0] <= day <= days[1] or (buyer and member != buyer):
                return False
            return self._was_of(member, day, place) if is_past else member in self.buyers(place.node, day, who_may)

        if figure.counted in {"visits", "visit_score"}:
            ends = [(visit.member_id, visit.actual_end) for visit in self.history.visits]
            who = {(member, end) for member, end in ends if end is not None and counts(member, end)}
            return self.counter.visits(who, figure.written.get("visit_score"))
        wider = figure.written.get("products", place.rebate.get("products"))
        products = figure.written["within"] if figure.kind == "whole" else wider
        sales = [s for s in self.counter.sales(place.rebate, products, days) if counts(s.member_id, s.activity_date)]
        unit = figure.written.get("unit", place.rebate.get("unit"))
        return self.counter.value(sales, figure.counted, unit=unit, rate_on=days[1])

    def _base(self, figure: Expression, place: Place, *, buyer: str = "") -> Fraction | None:
        if figure.kind == "target_percent":
            return self._agreed(self.history.targets, place)
        if figure.kind == "share_percent":
            return self.value(figure._replace(kind="whole"), place, (place.span.start, place.through))
        return self._before(figure, place, buyer) if figure.kind.startswith("growth") else None

    def _before(self, figure: Expression, place: Place, buyer: str) -> Fraction | None:
        """Give the baseline of growth."""
        baseline = figure.written["baseline"]
        if baseline == "dataset":
            return None if buyer else self._agreed(self.history.baselines, place)
        months = 12 if baseline == "previous_year" else MONTHS[place.rebate["period"]]
        count = baseline["average"]["periods"] if isinstance(baseline, dict) else 1
        windows = [self.calendar.earlier(place.span, place.through, months * n) for n in range(1, count + 1)]
        values = [self.value(figure, place, window, is_past=True, buyer=buyer) for window in windows]
        known = [value for value in values if value is not None]
        base = sum(known, NOTHING) / count if known else None
        if base is None or place.rebate.get("compare") != "like_for_like":
            return base
        days, before = _length((place.span.start, place.through)), sum(map(_length, windows))
        return rounded(rounded(base, 10) * days * count / before, 10)

    def _agreed(self, rows: list[Agreed], place: Place) -> Fraction | None:
        wanted = (self.program["program"], place.name, place.node, place.span.name)
        return next((Fraction(row.value) for row in rows if row[:4] == wanted), None)

    def _was_of(self, member: str, day: date, place: Place) -> bool:
        """Say whether a member's past counts in the baseline of a node: for itself always, for a group as it was.

        In a group, of whoever the program is meant for: then, or at any time at which it takes part.
        """
        own = place.rebate.get("members")
        if self.level == "self":
            return member == place.node and (own is None or self._ever_takes_part(member, own))
        if self.counter.node(member, day, self.level) != place.node:
            return False
        row = self.counter.partner(member, day)
        filters = (self.program.get("members"), own)
        was_meant = row is not None and all(passes(each, row._asdict()) for each in filters)
        return was_meant or self._ever_takes_part(member, own)

    def _ever_takes_part(self, member: str, own: Filter) -> bool:
        key = (member, repr(own))
        if key not in self._taking_part:
            days = [FIRST_DAY + n * DAY for n in range(DAYS_LOOKED_AT)]
            self._taking_part[key] = any(self.counter.takes_part(member, day, own) for day in days)
        return self._taking_part[key]


def _is_for_all(rebate: Mapping[str, Any]) -> bool:
    """Say whether a member may be paid that bought nothing."""
    guarantee = rebate.get("guarantee")
    figures = [figure for key in ("measure", "qualifier") if isinstance(figure := rebate.get(key), dict)]
    is_assumed = any("visit_score" in figure and isinstance(figure["when_missing"], dict) for figure in figures)
    return is_assumed or (isinstance(guarantee, dict) and bool(guarantee.get("unconditional")))


def _length(days: tuple[date, date]) -> int:
    return (days[1] - days[0]).days + 1


def days_of(span: Span) -> list[date]:
    return [span.start + n * DAY for n in range((span.end - span.start).days + 1)]
