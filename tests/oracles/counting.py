"""Counting by hand: what the rows of a history add up to for a member or group, one row and one day at a time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.oracles.history import Edge, Indicator, Partner, holds, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from tests.oracles.history import History, Sale

RATE_DAYS = 7
PLACES = 10


class Counter:
    """The rows of `history` that were known by `as_of`, looked at through the eyes of one program."""

    def __init__(self, history: History, program: Mapping[str, Any], as_of: date) -> None:
        self.history, self.program, self.as_of = history, program, as_of
        self.products = {product.product_id: product._asdict() for product in history.products}
        self.members: dict[str, list[Partner]] = defaultdict(list)
        for row in history.members:
            self.members[row.member_id].append(row)
        self._edges: dict[date, dict[str, Edge]] = {}
        self._sales: dict[tuple[int, int], tuple[list[date], list[Sale]]] = {}
        self._rates: dict[tuple[str, str], list[tuple[date, Fraction]]] = defaultdict(list)
        for rate in sorted(history.fx_rates, key=lambda rate: rate.rate_date):
            self._rates[rate.from_currency, rate.to_currency].append((rate.rate_date, Fraction(rate.rate)))
        self._measured: dict[tuple[str, str], list[Indicator]] = defaultdict(list)
        for indicator in history.visit_kpis:
            self._measured[indicator.visit_id, indicator.kpi].append(indicator)

    def partner(self, member_id: str, day: date) -> Partner | None:
        return next((row for row in self.members[member_id] if holds(row, day)), None)

    def takes_part(self, member_id: str, day: date, own: Mapping[str, Any] | None = None) -> bool:
        """Say whether a member is in the program on a day, whatever the days the program itself holds.

        `own`: the filter of one of its rebates, which narrows it.
        """
        row = self.partner(member_id, day)
        members = self.program.get("members", {})
        if row is None or not passes(members, row._asdict()) or not passes(own, row._asdict()):
            return False
        enrolled = any(
            e.program == self.program["program"] and e.member_id == member_id and holds(e, day)
            for e in self.history.enrolments
        )
        return enrolled or not members.get("enrolled", False)

    def edges(self, day: date) -> dict[str, Edge]:
        if day not in self._edges:
            self._edges[day] = self._edges_on(day)
        return self._edges[day]

    def _edges_on(self, day: date) -> dict[str, Edge]:
        if self.history.hierarchy:
            return {edge.member_id: edge for edge in self.history.hierarchy if holds(edge, day)}
        return {
            row.member_id: Edge(row.member_id, row.parent_id, "", day, day)
            for row in self.history.members
            if row.parent_id and holds(row, day)
        }

    def node(self, member_id: str, day: date, level: str) -> str:
        """Name whose purchases those of a member are added to on a day."""
        edges = self.edges(day)
        is_parent = {edge.parent_id for edge in edges.values()}
        if level == "self":
            return member_id
        if level == "parent":
            return member_id if member_id in is_parent or member_id not in edges else edges[member_id].parent_id
        if level != "root" and any(e.parent_id == member_id and e.level == level for e in edges.values()):
            return member_id
        above = member_id
        while above in edges:
            edge = edges[above]
            if edge.level == level and level != "root":
                return edge.parent_id
            above = edge.parent_id
        return above if level == "root" else member_id

    def sales(
        self, rebate: Mapping[str, Any], products: Mapping[str, Any] | None, days: tuple[date, date]
    ) -> list[Sale]:
        """List the sales of the right goods and kind on some days that were known, whoever bought them."""
        key = (id(rebate), id(products))
        if key not in self._sales:
            found = sorted(self._matching(rebate, products), key=lambda sale: sale.activity_date)
            self._sales[key] = ([sale.activity_date for sale in found], found)
        dates, found = self._sales[key]
        return found[bisect_left(dates, days[0]) : bisect_right(dates, days[1])]

    def _matching(self, rebate: Mapping[str, Any], products: Mapping[str, Any] | None) -> Iterator[Sale]:
        for sale in self.history.transactions:
            is_of_kind = passes(rebate.get("transactions"), sale._asdict())
            if sale.received_on <= self.as_of and is_of_kind and passes(products, self.products[sale.product_id]):
                yield self.as_counted(sale, rebate)

    def as_counted(self, sale: Sale, rebate: Mapping[str, Any]) -> Sale:
        """Give the sale with the day by which a rebate counts it."""
        return self._first(sale) if rebate.get("returns") == "with_sale" else sale

    def _first(self, sale: Sale) -> Sale:
        """Give a return the day of the sale it names, as far as that is known; its own where it is not."""
        known = {s.transaction_id: s for s in self.history.transactions if s.received_on <= self.as_of}
        at, passed = sale, {sale.transaction_id}
        while at.original_id is not None:
            named = known.get(at.original_id)
            if named is None or named.member_id != sale.member_id:
                break
            if named.transaction_id in passed:
                return sale
            at, passed = named, passed | {named.transaction_id}
        return sale._replace(activity_date=at.activity_date)

    def value(
        self, sales: list[Sale], counted: str, *, unit: str | None, rate_on: date | None = None
    ) -> Fraction | None:
        """Add sales up to ten decimals; None if there are none at all."""
        if not sales:
            return None
        if counted == "transactions":
            return Fraction(len(sales))
        bought = [sale for sale in sales if Fraction(sale.quantity) > 0]
        if counted == "orders":
            return Fraction(len({(sale.member_id, sale.order_id) for sale in bought if sale.order_id is not None}))
        if counted == "products":
            return Fraction(len({sale.product_id for sale in bought}))
        figures = [
            self.money(sale, rate_on) if counted == "revenue" else self.goods(sale, unit or "") for sale in sales
        ]
        return rounded(sum((figure for figure in figures if figure is not None), Fraction(0)), PLACES)

    def goods(self, sale: Sale, unit: str) -> Fraction | None:
        if sale.unit == unit:
            return Fraction(sale.quantity)
        wanted = ((sale.product_id, False), (sale.product_id, True), (None, False), (None, True))
        for product, inverse in wanted:
            for row in self.history.unit_conversions:
                ends = (row.to_unit, row.from_unit) if inverse else (row.from_unit, row.to_unit)
                if row.product_id == product and ends == (sale.unit, unit):
                    factor = Fraction(row.factor)
                    return Fraction(sale.quantity) * (1 / factor if inverse else factor)
        return None

    def money(self, sale: Sale, rate_on: date | None) -> Fraction | None:
        amount, currency = Fraction(sale.amount), self.program["currency"]
        if sale.currency == currency:
            return amount
        policy = self.program.get("fx", "activity_date")
        if isinstance(policy, dict):
            rate = policy["fixed"].get(sale.currency)
            return None if rate is None else amount * Fraction(str(rate))
        day = sale.activity_date if policy == "activity_date" else rate_on
        assert day is not None
        rates = self._rates[sale.currency, currency]
        at = bisect_right(rates, day, key=lambda rate: rate[0]) - 1
        return amount * rates[at][1] if at >= 0 and (day - rates[at][0]).days <= RATE_DAYS else None

    def visits(self, who: set[tuple[str, date]], kpi: str | None) -> Fraction | None:
        """Count the completed visits to members on days, or score them by an indicator."""
        done = [v for v in self.history.visits if v.status == "completed" and (v.member_id, v.actual_end) in who]
        if kpi is None:
            return Fraction(len(done)) if done else None
        scores = [score for visit in done if (score := self._score(visit.visit_id, kpi)) is not None]
        return rounded(sum(scores, Fraction(0)) / len(scores), PLACES) if scores else None

    def _score(self, visit_id: str, kpi: str) -> Fraction | None:
        found = []
        for row in self._measured[visit_id, kpi]:
            if row.target is None or row.actual is None:
                continue
            if row.kind in {"number", "percent"}:
                if Fraction(row.target) != 0:
                    found.append(rounded(100 * Fraction(row.actual) / Fraction(row.target), PLACES))
            else:
                found.append(Fraction(100 if row.actual == row.target else 0))
        return sum(found, Fraction(0)) / len(found) if found else None


def passes(condition: Mapping[str, Any] | None, row: Mapping[str, Any]) -> bool:
    """Say whether a filter lets a row through."""
    if not condition:
        return True
    included = "include" not in condition or any(_all(entry, row) for entry in condition["include"])
    return included and not any(_all(entry, row) for entry in condition.get("exclude", ()))


def _all(entry: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    return all(row[column] in (values if isinstance(values, list) else [values]) for column, values in entry.items())
