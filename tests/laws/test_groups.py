"""Groups, on random hierarchies, against an oracle that asks on every day anew who stands above whom."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipelines.books.runs import OpenRun
from pipelines.calculation import batches
from pipelines.calculation.aggregate import scan
from pipelines.calculation.facts import read_facts
from pipelines.calculation.rate import read_contract, read_lookups
from pipelines.warehouse.data_tables import make_tables
from pipelines.warehouse.migrations import BOOKS_SQL
from rules.compiled.edges import read_edges
from rules.compiled.hierarchy import ancestors_of
from rules.compiled.nodes import nodes_at
from rules.engine import ENTITLEMENT_KEY, entitle, entitle_some
from rules.loading.load import read_programs
from schemas.errors import BooksError
from tests.laws.examples import examples

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MEMBERS = "ABCDE"
TYPES = dict(zip(MEMBERS, ("dealer", "dealer", "dealer", "shop", "shop"), strict=True))
FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)
AS_OF = date(2026, 4, 1)
YEAR = timedelta(days=365)
CENT = Decimal("0.01")
HIERARCHY = {
    "member_id": pl.String(), "parent_id": pl.String(), "level": pl.String(), "valid_from": pl.Date(),
    "valid_to": pl.Date(), "load_seq": pl.Int32(), "line": pl.Int64(),
}  # fmt: skip
FILES = pl.DataFrame({"load_seq": [1], "path": ["edges.csv"]}, schema_overrides={"load_seq": pl.Int32})


class Edge(NamedTuple):
    member: str
    parent: str
    level: str | None
    begins: date
    ends: date | None

    def holds(self, day: date) -> bool:
        return self.begins <= day and (self.ends is None or day <= self.ends)


class Sale(NamedTuple):
    member: str
    day: date
    amount: Decimal


class Deal(NamedTuple):
    at: str
    to: str
    is_growth: bool
    only_dealers: bool


RULE = """
program: {name}
title: Law
reference: none
currency: USD
effective: {{from: 2026-01-01, to: 2026-12-31}}
accumulate_at: {at}
pay_to: {to}
{members}
rebates:
  only:
    period: month
    {qualifier}
    measure: revenue
    method: all_units
    tiers: [{{from: {bound}, rate: 3%}}]
"""


def rule(number: int, deal: Deal) -> str:
    growth = "qualifier: {growth_percent: revenue, baseline: previous_year, when_missing: skip}"
    return RULE.format(
        name=f"p{number}",
        at=deal.at,
        to=deal.to,
        members="members: {include: [{type: dealer}]}" if deal.only_dealers else "",
        qualifier=growth if deal.is_growth else "",
        bound=10 if deal.is_growth else 100,
    )


class World:
    """The same, with nothing but loops over members, days and edges."""

    def __init__(self, edges: Sequence[Edge], sales: Sequence[Sale]) -> None:
        self.edges, self.sales = edges, sales

    def above(self, member: str, day: date) -> Edge | None:
        return next((edge for edge in self.edges if edge.member == member and edge.holds(day)), None)

    def is_sound(self) -> bool:
        """Look at every day on which an edge begins: nothing new can go wrong on another."""
        for day in {edge.begins for edge in self.edges}:
            holding = [edge for edge in self.edges if edge.holds(day)]
            if len({edge.member for edge in holding}) < len(holding):
                return False
            for member in MEMBERS:
                steps, upward = 0, self.above(member, day)
                while upward is not None:
                    steps, upward = steps + 1, self.above(upward.parent, day)
                    if steps > len(MEMBERS):
                        return False
        return True

    def node(self, place: str, member: str, day: date) -> str:
        chain = []
        upward = self.above(member, day)
        while upward is not None:
            chain.append(upward)
            upward = self.above(upward.parent, day)
        children = [edge for edge in self.edges if edge.parent == member and edge.holds(day)]
        if place == "self":
            return member
        if place == "parent":
            return member if children or not chain else chain[0].parent
        if place == "root":
            return chain[-1].parent if chain else member
        if any(edge.level == place for edge in children):
            return member
        return next((edge.parent for edge in chain if edge.level == place), member)

    def owed(self, deal: Deal) -> dict[tuple[str, str, str], tuple[str, Decimal]]:
        """Give (node, member, month) → (payee, amount)."""
        counted: dict[tuple[str, str], dict[str, Decimal]] = {}
        for sale in self.sales:
            if sale.day >= FIRST and self.counts(deal, sale.member):
                of_node = counted.setdefault((self.node(deal.at, sale.member, sale.day), f"{sale.day:%Y-%m}"), {})
                of_node[sale.member] = of_node.get(sale.member, Decimal(0)) + sale.amount
        result = {}
        for (node, month), bought in counted.items():
            total = sum(bought.values(), Decimal(0))
            reached = self.grown(deal, node, month, total) if deal.is_growth else total >= 100
            amount = (max(total, Decimal(0)) * 3 / 100).quantize(CENT, ROUND_HALF_UP) if reached else Decimal(0)
            for owner, part in self.parts(deal, node, bought, amount).items():
                result[node, owner, month] = (self.node(deal.to, owner, AS_OF), part)
        return result

    def counts(self, deal: Deal, member: str) -> bool:
        return not deal.only_dealers or TYPES[member] == "dealer"

    def grown(self, deal: Deal, node: str, month: str, total: Decimal) -> bool:
        """Compare with what was bought at the node in the same month of the year before."""
        before = f"{int(month[:4]) - 1}{month[4:]}"
        past = [
            sale.amount
            for sale in self.sales
            if f"{sale.day:%Y-%m}" == before
            and self.node(deal.at, sale.member, sale.day) == node
            and self.counts(deal, sale.member)
        ]
        baseline = sum(past, Decimal(0))
        return baseline > 0 and (total - baseline) / baseline * 100 >= 10

    def parts(self, deal: Deal, node: str, bought: dict[str, Decimal], amount: Decimal) -> dict[str, Decimal]:
        heights = {"self": 0, "parent": 1, "root": 3}
        if heights[deal.to] >= heights.get(deal.at, 2):
            return {node: amount}
        weights = {member: max(Fraction(part), Fraction(0)) for member, part in bought.items()}
        if not any(weights.values()):
            weights = dict.fromkeys(bought, Fraction(1))
        cents = int(amount / CENT)
        exact = {member: cents * weight / sum(weights.values()) for member, weight in weights.items()}
        result = {member: int(part) for member, part in exact.items()}
        for member in sorted(exact, key=lambda m: (result[m] - exact[m], m))[: cents - sum(result.values())]:
            result[member] += 1
        return {member: part * CENT for member, part in result.items()}


@contextmanager
def warehouse(world: World) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(BOOKS_SQL)
        make_tables(connection)
        for line, member in enumerate(MEMBERS):
            into(connection, "members", line, member_id=member, type=TYPES[member])
        into(connection, "products", 0, product_id="P", name="Pad")
        for line, edge in enumerate(world.edges):
            into(connection, "hierarchy", line, member_id=edge.member, parent_id=edge.parent, level=edge.level,
                 valid_from=edge.begins, valid_to=edge.ends)  # fmt: skip
        for line, sale in enumerate(world.sales):
            into(connection, "transactions", line, transaction_id=str(line), member_id=sale.member, product_id="P",
                 activity_date=sale.day, received_on=sale.day, type="sale", quantity=1, unit="each",
                 amount=sale.amount, currency="USD")  # fmt: skip
        yield connection


def into(connection: duckdb.DuckDBPyConnection, table: str, line: int, **values: object) -> None:
    row = {"source": "law", "row_key": str(line), "load_seq": 1, "line": line, **values}
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))


def found(world: World, deals: Sequence[Deal]) -> list[dict[tuple[str, str, str], tuple[str, Decimal]]]:
    programs = read_programs({f"p{n}.yaml": rule(n, deal) for n, deal in enumerate(deals)})
    with warehouse(world) as connection:
        scan(connection, programs, OpenRun("law", AS_OF, 1, "2026-04", 1, 0))
        rows, _ = entitle(read_facts(connection), read_lookups(connection), read_contract(connection))
    settled = rows.filter(horizon="settled")
    return [
        {
            (node, member, period): (payee, amount)
            for node, member, period, payee, amount in settled.filter(program=f"p{n}")
            .select("node_id", "member_id", "period", "payee_id", "amount")
            .iter_rows()
        }
        for n in range(len(deals))
    ]


DAYS = st.dates(FIRST, LAST)
SALES = st.lists(
    st.builds(
        Sale,
        st.sampled_from(MEMBERS),
        st.one_of(DAYS, DAYS.map(lambda day: day - YEAR)),
        st.decimals(-50, 200, places=2),
    ),
    max_size=25,
)
DEALS = st.lists(
    st.builds(
        Deal,
        st.sampled_from(["self", "parent", "root", "region", "country"]),
        st.sampled_from(["self", "parent", "root"]),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)
LEVELS = st.sampled_from([None, "region", "country"])


@st.composite
def edges(draw: st.DrawFn) -> list[Edge]:
    """Draw, for each member, stretches of days that follow one another, each with a parent or without one."""
    result = []
    for member in MEMBERS:
        begins: date | None = draw(st.sampled_from([date(2020, 1, 1), FIRST, FIRST - YEAR]))
        for ends in [*sorted(draw(st.sets(st.one_of(DAYS, DAYS.map(lambda day: day - YEAR)), max_size=2))), None]:
            parent = draw(st.sampled_from([None, None, *MEMBERS]))
            if begins and (ends is None or begins <= ends):
                if parent:
                    result.append(Edge(member, parent, draw(LEVELS), begins, ends))
                begins = ends + timedelta(days=1) if ends else None
    return result


WORLDS = st.builds(World, edges(), SALES).filter(World.is_sound)


@examples(5, suppress=(HealthCheck.filter_too_much, HealthCheck.too_slow))
@given(world=WORLDS, deals=DEALS)
def test_groups_are_owed_what_the_oracle_owes_them(world: World, deals: list[Deal]) -> None:
    known = {"self", "parent", "root", *(edge.level for edge in world.edges)}
    deals = [deal if deal.at in known else deal._replace(at="root") for deal in deals]
    assert found(world, deals) == [world.owed(deal) for deal in deals]


@examples(1, suppress=(HealthCheck.filter_too_much, HealthCheck.too_slow))
@given(world=WORLDS, deals=DEALS)
def test_members_rated_one_by_one_are_owed_the_same(world: World, deals: list[Deal]) -> None:
    known = {"self", "parent", "root", *(edge.level for edge in world.edges)}
    programs = read_programs({f"p{n}.yaml": rule(n, deal) for n, deal in enumerate(deals) if deal.at in known})
    with warehouse(world) as connection, pytest.MonkeyPatch.context() as patch:
        scan(connection, programs, OpenRun("law", AS_OF, 1, "2026-04", 1, 0))
        rows, _ = entitle(read_facts(connection), read_lookups(connection), read_contract(connection))
        patch.setattr(batches, "AT_ONCE", 1)
        parted = [entitle_some(*batch).entitlements for batch in batches.read_batches(connection)]
    assert pl.concat(parted).sort(ENTITLEMENT_KEY).equals(rows)


EDGE = st.builds(
    Edge,
    st.sampled_from(MEMBERS),
    st.sampled_from(MEMBERS),
    LEVELS,
    DAYS,
    st.one_of(st.none(), DAYS),
).filter(lambda edge: edge.ends is None or edge.begins <= edge.ends)


CIRCLES_THAT_MEET = [
    Edge("B", "C", None, date(2026, 1, 1), None),
    Edge("C", "C", None, date(2026, 1, 1), date(2026, 1, 1)),
    Edge("C", "B", None, date(2026, 1, 2), None),
]


@settings(deadline=None)
@given(rows=st.lists(EDGE, min_size=1, max_size=6))
@example(rows=CIRCLES_THAT_MEET)
def test_a_hierarchy_is_refused_if_and_only_if_it_does_not_hold_on_some_day(rows: list[Edge]) -> None:
    world = World(rows, ())
    hierarchy = pl.DataFrame([(*row, 1, line) for line, row in enumerate(rows)], schema=HIERARCHY, orient="row")
    try:
        above = ancestors_of(read_edges(hierarchy, pl.DataFrame({"member_id": list(MEMBERS)}), FILES))
    except BooksError:
        assert not world.is_sound()
        return
    assert world.is_sound()
    for place in ("parent", "root", "region"):
        nodes = nodes_at(place, read_edges(hierarchy, pl.DataFrame({"member_id": list(MEMBERS)}), FILES), above)
        for day in {edge.begins for edge in rows} | {edge.ends + timedelta(days=1) for edge in rows if edge.ends}:
            there = nodes.filter(pl.lit(day).is_between("valid_from", "valid_to"))
            found_there = dict(there.select("member_id", "node_id").iter_rows())
            assert len(found_there) == there.height
            assert {m: found_there.get(m, m) for m in MEMBERS} == {m: world.node(place, m, day) for m in MEMBERS}
