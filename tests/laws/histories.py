"""Histories at random: few partners, goods and days, so that everything meets everything."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.laws.agreements import BRANDS, CATEGORIES, TYPES
from tests.oracles.history import (
    Agreed,
    Conversion,
    Edge,
    Enrolment,
    History,
    Indicator,
    Partner,
    Product,
    Rate,
    Sale,
    Visit,
)

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

FIRST, LAST = date(2025, 1, 1), date(2026, 9, 10)
CHANGE = date(2026, 3, 10)
DAYS = st.dates(FIRST, LAST)
RECENT = st.dates(date(2025, 12, 1), date(2026, 7, 31))
PROGRAMS = ["p0", "p1", "p2"]
PERIODS = ["2026-Q1", "2026-Q2", "2026-01", "2026-03", "2026-H1", "program"]
BUYERS = ["A", "B", "C", "G"]


@st.composite
def histories(draw: DrawFn) -> History:
    """Draw a history of a group G with A and B below it, C beside it, and R above all."""
    enrolments = draw(
        st.lists(st.tuples(st.sampled_from(PROGRAMS), st.sampled_from(BUYERS)), unique=True, min_size=4, max_size=10)
    )
    return History(
        members=_members(draw),
        products=[Product(f"P{n}", CATEGORIES[n % 3], BRANDS[n % 2]) for n in range(4)],
        transactions=_sales(draw),
        hierarchy=_edges(draw),
        enrolments=[Enrolment(program, member, *draw(_dates())) for program, member in enrolments],
        unit_conversions=[Conversion(None, "case", "each", "12"), Conversion("P1", "box", "each", "7/3")],
        fx_rates=_rates(draw),
        targets=_agreed(draw),
        baselines=_agreed(draw),
        visits=[Visit(f"V{n}", *draw(st.tuples(st.sampled_from(BUYERS), RECENT)), "completed") for n in range(4)],
        visit_kpis=[
            Indicator(f"V{n}", "shelf", None, "number", str(draw(st.integers(1, 9))), str(draw(st.integers(0, 9))))
            for n in range(3)
        ],
    )  # fmt: skip


def _members(draw: DrawFn) -> list[Partner]:
    group, other = draw(st.permutations(["dealer", "distributor"]))
    stay = [
        Partner("A", "dealer", "NA", "G", "B"), Partner("C", other, "EU"), Partner("G", "group", "NA", "R"),
        Partner("R", "group", "NA"),
    ]  # fmt: skip
    if draw(st.booleans()):
        return [*stay, Partner("B", group, "NA", "G")]
    before = Partner("B", group, "NA", "G", None, None, CHANGE - timedelta(days=1))
    return [*stay, before, Partner("B", other, "EU", "R", None, CHANGE, None)]


def _edges(draw: DrawFn) -> list[Edge]:
    if draw(st.booleans()):
        return []
    moved = draw(RECENT)
    return [
        Edge("A", "G", "group", FIRST, moved), Edge("A", "C", "group", moved + timedelta(days=1), None),
        Edge("B", "G", "group", FIRST, None), Edge("G", "R", "country", CHANGE, None),
    ]  # fmt: skip


def _sales(draw: DrawFn) -> list[Sale]:
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from(BUYERS), st.integers(0, 3), st.one_of(RECENT, RECENT, RECENT, DAYS), st.integers(0, 40),
                st.sampled_from(["sale"] * 6 + TYPES), st.integers(1, 20), st.integers(400, 30000),
                st.sampled_from(["each", "each", "case", "box"]), st.sampled_from(["USD", "USD", "EUR", "JPY"]),
                st.sampled_from([None, "O1", "O2"]),
            ),
            min_size=25, max_size=45,
        )
    )  # fmt: skip
    sales = []
    for n, (member, product, day, late, kind, quantity, cents, unit, currency, order) in enumerate(drawn):
        sign = 1 if kind == "sale" else -1
        sales.append(
            Sale(
                f"T{n}", member, f"P{product}", day, day + timedelta(days=late), kind, str(sign * quantity), unit,
                f"{sign * cents / 100:.2f}", currency, order, "edi",
            )
        )  # fmt: skip
    return [sale._replace(original_id=draw(_sale_of(sale, sales))) for sale in sales]


def _sale_of(sale: Sale, sales: list[Sale]) -> SearchStrategy[str | None]:
    """Draw the sale that a return or credit names: often one of its member, at times nobody's or another member's."""
    if sale.type == "sale":
        return st.none()
    own = [other.transaction_id for other in sales if other.member_id == sale.member_id]
    return st.sampled_from([None, *own, *own, "T0", "unknown"])


def _rates(draw: DrawFn) -> list[Rate]:
    found = {}
    for to, rate in (("USD", "1.1"), ("JPY", "160.25")):
        for day in draw(st.lists(RECENT, max_size=6, unique=True)):
            found["EUR", to, day] = rate
    for source, to, rate in (("USD", "JPY", "150.5"), ("JPY", "USD", "0.0066")):
        for n in range(0, 650, 6):
            found[source, to, FIRST + timedelta(days=n)] = rate
    return [Rate(*key, rate) for key, rate in found.items()]


def _agreed(draw: DrawFn) -> list[Agreed]:
    keys = st.tuples(
        st.sampled_from(PROGRAMS), st.sampled_from(["r0", "r1", "r2"]), st.sampled_from(BUYERS),
        st.sampled_from(PERIODS),
    )  # fmt: skip
    return [Agreed(*key, str(draw(st.integers(1, 60)))) for key in draw(st.lists(keys, unique=True, max_size=12))]


@st.composite
def _dates(draw: DrawFn) -> tuple[date, date | None]:
    start, end = sorted(draw(st.tuples(RECENT, RECENT)))
    return start, draw(st.sampled_from([end, None]))
