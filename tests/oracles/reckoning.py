"""The whole chain by hand: what every member is entitled to, one agreement, one period and one partner at a time."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.oracles.figuring import Figures, Place, expression
from tests.oracles.history import rounded
from tests.oracles.periods_by_hand import Span, settings_of, settled_through
from tests.oracles.scale import NOTHING, ONE, largest_remainder, number, pay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tests.oracles.history import History

Key = tuple[str, str, str, str]
"""Program, rebate, member and period."""

At = tuple[str, str, str]
"""Rebate, node and period, within a program."""

DIGITS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
LEVELS = {"self": 0, "parent": 1, "root": 3, "payee": 9}
_SOME_LEVEL = 2


class Standing(NamedTuple):
    """What a node has in a period, before rounding."""

    place: Place
    paid: Fraction


def entitlements(programs: list[dict[str, Any]], history: History, as_of: date) -> dict[Key, Fraction]:
    """Give what everybody is entitled to as of a day, for all that is settled; nothing that is zero."""
    found: dict[Key, Fraction] = {}
    for program in programs:
        found.update(Agreement(program, history, as_of).entitlements())
    return {key: amount for key, amount in found.items() if amount}


class Agreement:
    """One program, reckoned on a history as of a day."""

    def __init__(self, program: dict[str, Any], history: History, as_of: date) -> None:
        self.program, self.as_of = program, as_of
        self.rebates: dict[str, dict[str, Any]] = program["rebates"]
        self.figures = Figures(program, history, as_of)
        self.digits = DIGITS[program["currency"]]

    def entitlements(self) -> dict[Key, Fraction]:
        standings: dict[At, Standing] = {}
        for group in self._groups():
            for span, through in self._settled(self.rebates[group[0]]):
                for node in self.figures.nodes(span):
                    meant = [name for name in group if self._is_for(name, node, span)]
                    found = self._reckon_group(
                        {name: Place(name, self.rebates[name], span, through, node) for name in meant}
                    )
                    standings |= {(name, node, span.name): standing for name, standing in found.items()}
        standings = self._within_program_limit(standings)
        return self._share(self._round(standings), standings)

    def _is_for(self, name: str, node: str, span: Span) -> bool:
        """Say whether a rebate is for a node, on any day of a period, by its own filter of members."""
        own = self.rebates[name].get("members")
        return own is None or node in self.figures.nodes(span, own)

    def _groups(self) -> list[list[str]]:
        groups: dict[str, list[str]] = {}
        for name, rebate in self.rebates.items():
            key = f"stack {rebate['stack']['group']}" if "stack" in rebate else f"alone {name}"
            groups.setdefault(key, []).append(name)
        return list(groups.values())

    def _settled(self, rebate: dict[str, Any]) -> Iterator[tuple[Span, date]]:
        days = rebate.get("effective", self.program["effective"])
        for span in self.figures.calendar.periods(days["from"], days["to"], *settings_of(rebate)):
            through = settled_through(span, self.as_of, self.program.get("grace_days", 0))
            if through is not None:
                yield span, through

    def _reckon_group(self, places: dict[str, Place]) -> dict[str, Standing]:
        found: dict[str, Standing] = {}
        if not places:
            return found
        policy = next(iter(places.values())).rebate.get("stack", {}).get("policy")
        for name, place in places.items():
            is_reduced = policy == "cascade" and place.rebate["stack"].get("reduced", True)
            before = sum((standing.paid for standing in found.values()), NOTHING) if is_reduced else NOTHING
            found[name] = Standing(place, self._reckon(place, before))
        names = list(places)
        if policy == "best_of":
            winner = max(names, key=lambda name: (found[name].paid, -names.index(name)))
        elif policy == "first_of":
            winner = next((name for name in names if found[name].paid > 0), names[0])
        else:
            return found
        return {name: s if name == winner else s._replace(paid=NOTHING) for name, s in found.items()}

    def _reckon(self, place: Place, before: Fraction) -> Fraction:
        rebate = place.rebate
        written = rebate.get("qualifier", rebate["measure"])
        measure, qualifier = self.figures.figure(rebate["measure"], place), self.figures.figure(written, place)
        measure, qualifier = (
            None if figure is None else figure + self._left_below_zero(of, place)
            for of, figure in ((rebate["measure"], measure), (written, qualifier))
        )
        if before and measure is not None:
            is_same = expression(written)[:2] == expression(rebate["measure"])[:2]
            measure = rounded(measure - before, 10)
            qualifier = measure if is_same else qualifier
        digits = written.get("round", 10) if isinstance(written, dict) else 10
        qualifier = None if qualifier is None or measure is None else rounded(qualifier, digits)
        prorate = rebate.get("prorate", self.program.get("prorate", "none"))
        share = ONE if prorate == "none" else self.figures.presence(place.node, place.span, rebate.get("members"))
        of_scale = share if prorate == "thresholds" else ONE
        tier, paid = pay(rebate, qualifier, measure, of_scale)
        return _limited(place, tier, paid * (share if prorate == "payout" else ONE), of_scale)

    def _left_below_zero(self, written: Any, place: Place) -> Fraction:
        """Give what earlier periods left of a sum that is carried: zero or less."""
        left, figure = NOTHING, expression(written)
        if place.rebate.get("below_zero") != "carry" or figure.kind != "plain":
            return left
        if figure.counted not in {"revenue", "quantity"}:
            return left
        for span, through in self._settled(dict(place.rebate)):
            if span.start < place.span.start:
                value = self.figures.figure(written, place._replace(span=span, through=through))
                left = min(NOTHING, (value or NOTHING) + left)
        return left

    def _within_program_limit(self, standings: dict[At, Standing]) -> dict[At, Standing]:
        cap = self.program.get("limits", {}).get("per_member")
        if cap is None:
            return standings
        left: dict[tuple[str, str], Fraction] = {}
        found = {}
        for key in sorted(standings, key=lambda key: list(self.rebates).index(key[0])):
            most = left.setdefault(key[1:], self._program_limit(standings[key].place))
            paid = min(standings[key].paid, most)
            left[key[1:]] = most - paid
            found[key] = standings[key]._replace(paid=paid)
        return found

    def _round(self, standings: dict[At, Standing]) -> dict[At, int]:
        """Round to minor units, within the budget."""
        unit = 10**self.digits
        budget = self.program.get("budget")
        cents = self._hold({key: int(rounded(s.paid, self.digits) * unit) for key, s in standings.items()}, standings)
        earned = sum((standing.paid for standing in standings.values()), NOTHING)
        if budget is None or max(earned, Fraction(sum(cents.values()), unit)) <= number(budget):
            return cents
        most = int(min(earned, number(budget)) * unit)
        names = {"\x1f".join((self._payee(key[1]), key[1], key[0], key[2])): key for key in standings}
        weights = {name: rounded(standings[key].paid, 10) for name, key in names.items()}
        return {names[n]: share for n, share in largest_remainder(most, weights).items()}

    def _program_limit(self, place: Place) -> Fraction:
        """Give the limit of all rebates together, for the days of the node where thresholds are prorated."""
        share = self.figures.presence(place.node, place.span) if self.program.get("prorate") == "thresholds" else ONE
        return number(self.program["limits"]["per_member"]) * share

    def _hold(self, cents: dict[At, int], standings: dict[At, Standing]) -> dict[At, int]:
        """Hold rounded amounts to the program's limit, the first rebates of the file first."""
        cap = self.program.get("limits", {}).get("per_member")
        if cap is None:
            return cents
        left: dict[tuple[str, str], int] = {}
        found = {}
        for key in sorted(cents, key=lambda key: list(self.rebates).index(key[0])):
            limit = rounded(self._program_limit(standings[key].place), self.digits)
            most = left.setdefault(key[1:], int(limit * 10**self.digits))
            found[key] = min(cents[key], most)
            left[key[1:]] = most - found[key]
        return found

    def _payee(self, node: str) -> str:
        counter, pay_to = self.figures.counter, self.program.get("pay_to", "self")
        if pay_to != "payee":
            return counter.node(node, self.as_of, pay_to)
        row = counter.partner(node, self.as_of)
        return (row.payee_id if row else None) or node

    def _share(self, amounts: dict[At, int], standings: dict[At, Standing]) -> dict[Key, Fraction]:
        level = LEVELS.get(self.figures.level, _SOME_LEVEL)
        is_shared = LEVELS[self.program.get("pay_to", "self")] < level
        found: dict[Key, Fraction] = defaultdict(Fraction)
        for (name, node, period), amount in amounts.items():
            place = standings[name, node, period].place
            parts = self.figures.parts(place) if is_shared and amount else {}
            for member, part in largest_remainder(amount, parts or {node: ONE}).items():
                found[self.program["program"], name, member, period] += Fraction(part, 10**self.digits)
        return found


def _limited(place: Place, tier: int, paid: Fraction, of_scale: Fraction) -> Fraction:
    """Apply the guarantee, once the period is over, and the rebate's own limit."""
    guarantee = place.rebate.get("guarantee")
    if guarantee is not None and place.through == place.span.end:
        written = guarantee if isinstance(guarantee, dict) else {"amount": guarantee}
        if tier or written.get("unconditional", False):
            paid = max(paid, number(written["amount"]))
    cap = place.rebate.get("limits", {}).get("per_member")
    return paid if cap is None else min(paid, number(cap) * of_scale)
