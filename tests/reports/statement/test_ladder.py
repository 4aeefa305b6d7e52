from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import fragment_fromstring  # type: ignore[import-untyped]

from reports.page.language import Language
from reports.statement.ladder import Ladder
from reports.statement.ladder_marks import numbers_svg, texts_svg
from reports.statement.statement_data import Clause, Figure

DIGITS = {"USD": 2}
TIER: dict[str, Any] = {
    "tier": 1, "bound": Decimal(0), "is_strict": False, "rate": Decimal(0), "fixed": Decimal(0), "every": None,
    "cap": None,
}  # fmt: skip
CASES = Figure("quantity", unit="case")
POSITION = {"tier": 1, "next_tier": None, "qualifier": Decimal(150)}


def shown(method: str, tag: str = "en", **tier: Any) -> tuple[str, str]:
    clause = Clause(
        program="p", rebate="r", program_titles={}, titles={}, reference="", program_reference="",
        currency="USD", method=method, measure=CASES, qualifier=CASES, has_own_qualifier=False,
    )  # fmt: skip
    view = Ladder(clause, [TIER | tier], Language(tag, DIGITS)).view(POSITION, is_open=True)
    _, pays, *_ = re.findall(r"<td>(.*?)</td>", view["table"])
    return view["method"], pays


@pytest.mark.parametrize(
    ("method", "tier", "said", "pays"),
    [
        ("each_reached", {"rate": Decimal("0.5")}, "Every tier you reach pays", "$0.50 per case"),
        ("sliding", {"rate": Decimal("0.5")}, "The rate moves evenly", "$0.50 per case"),
        ("per_multiple", {"fixed": Decimal(2), "every": Decimal(100)}, "for every full", "$2.00 for every 100 cases"),
        ("fixed", {"fixed": Decimal("0.335")}, "The amount of the tier", "$0.335"),
        ("all_units", {"rate": Decimal(2), "cap": Decimal(50)}, "applies to", "$2.00 per case, on 50 cases at most"),
    ],
)
def test_a_tier_says_what_its_method_pays(method: str, tier: dict[str, Any], said: str, pays: str) -> None:
    sentence, found = shown(method, **tier)
    assert said in sentence
    assert found == pays


def test_multiples_in_japanese() -> None:
    sentence, found = shown("per_multiple", "ja", fixed=Decimal(2), every=Decimal(100))
    assert "満たした単位数ごと" in sentence
    assert found.startswith("100")


AHEAD = POSITION | {
    "next_tier": 2, "missing": Decimal(50), "missing_amount": None, "missing_quantity": Decimal("50.0000000001"),
    "sold_unit": "case", "period_end": date(2026, 12, 31), "part": None, "earned": Decimal(0),
    "next_amount": Decimal(100), "rated": Decimal(50), "unrounded": Decimal(50),
}  # fmt: skip


@pytest.mark.parametrize(
    ("position", "said"),
    [
        (AHEAD, ["From there on this rebate is $100.00 instead of $0.00."]),
        (AHEAD | {"next_amount": Decimal(0)}, []),
        (AHEAD | {"unrounded": Decimal(0)}, []),
    ],
    ids=["more", "no more", "another rebate is paid instead"],
)
def test_what_the_next_tier_pays_is_told_where_the_tiers_decide(position: dict[str, Any], said: list[str]) -> None:
    clause = Clause(
        program="p", rebate="r", program_titles={}, titles={}, reference="", program_reference="",
        currency="USD", method="fixed", measure=CASES, qualifier=CASES, has_own_qualifier=False,
    )  # fmt: skip
    distance = Ladder(clause, [TIER, TIER], Language("en", DIGITS)).distance(position)
    assert distance is not None
    assert distance["headline"] == "50.01 cases more to tier 2"
    assert distance["sentences"] == said


SCALE = [
    TIER | {"bound": Decimal(1000), "fixed": Decimal(100)},
    TIER | {"tier": 2, "bound": Decimal(2000), "is_strict": True, "fixed": Decimal(250), "every": Decimal(70)},
    TIER | {"tier": 3, "bound": Decimal(3000), "rate": Decimal("0.5"), "cap": Decimal(500)},
]
PART = POSITION | {"prorate": "thresholds", "days": 30, "period_days": 92}


@pytest.mark.parametrize(
    ("figure", "asks"),
    [
        (CASES, ["from 326.09 cases", "above 652.17 cases", "from 978.27 cases"]),
        (Figure("orders", unit="order"), ["from 327 orders", "above 652 orders", "from 979 orders"]),
        (Figure("revenue"), ["from $326.09", "above $652.17", "from $978.27"]),
    ],
    ids=["quantity", "count", "money"],
)
def test_who_takes_part_for_some_days_reads_what_these_ask_and_pay(figure: Figure, asks: list[str]) -> None:
    clause = Clause(
        program="p", rebate="r", program_titles={}, titles={}, reference="", program_reference="",
        currency="USD", method="fixed", measure=CASES, qualifier=figure, has_own_qualifier=True,
    )  # fmt: skip
    ladder = Ladder(clause, SCALE, Language("en", DIGITS))
    view = ladder.of(PART).view(PART, is_open=True)
    cells = re.findall(r"<td>(.*?)</td>", view["table"])
    assert cells[::2] == asks
    assert cells[1::2] == [
        "$32.60", "$81.52 for every 22.83 cases", "$0.50 per case, on 163.04 cases at most",
    ]  # fmt: skip
    assert view["bar"]["ticks"][-1] == 925  # the reader stands below: the last tier ends the drawing
    assert [ladder.of(PART | more) for more in ({"days": 92}, {"days": 0}, {"prorate": "payout"})] == [ladder] * 3


def test_ticks_have_bound_and_rate_where_there_is_room() -> None:
    texts = (("$0.00", "1.00%"), ("$12,000.00", "3.00%"), ("$20,000.00", "<5%>"))
    svg, height = texts_svg((0, 555, 925), texts)
    found = fragment_fromstring(f"<svg>{svg}</svg>")
    assert [(each.text, each.get("x"), each.get("text-anchor")) for each in found] == [
        ("$0.00", "0%", "start"), ("1.00%", "0%", "start"), ("$12,000.00", "55.5%", "middle"),
        ("3.00%", "55.5%", "middle"), ("$20,000.00", "92.5%", "middle"), ("<5%>", "92.5%", "middle"),
    ]  # fmt: skip
    assert height == 58


@given(st.lists(st.tuples(st.integers(0, 1000), st.text("0", max_size=90)), max_size=9))
def test_texts_under_ticks_never_meet_and_stay_inside(ladder: list[tuple[int, str]]) -> None:
    ladder.sort()
    svg, _ = texts_svg(tuple(tick for tick, _ in ladder), tuple((text, "") for _, text in ladder))
    rows: dict[str, list[tuple[float, float]]] = {}
    for each in list(fragment_fromstring(f"<svg>{svg}</svg>"))[::2]:
        x, width = float(each.get("x")[:-1]) * 10, len(each.text or "") * 14
        start = {"start": x, "middle": x - width / 2, "end": x - width}[each.get("text-anchor")]
        rows.setdefault(each.get("y"), []).append((start, start + width))
    for spans in rows.values():
        assert all(start >= 0 and end <= 1000 for start, end in spans)
        assert all(earlier[1] < later[0] for earlier, later in pairwise(spans))


def numbers(ticks: tuple[int, ...]) -> list[tuple[str, str, str]]:
    found = fragment_fromstring(f"<svg>{numbers_svg(ticks)}</svg>")
    return [(each.text, each.get("x"), each.get("text-anchor")) for each in found]


def test_on_a_phone_ticks_have_the_numbers_of_their_tiers() -> None:
    assert numbers((0, 555, 980)) == [("1", "0%", "start"), ("2", "55.5%", "middle"), ("3", "98%", "end")]
    assert numbers((100, 140, 180, 900)) == [("1\N{EN DASH}3", "14%", "middle"), ("4", "90%", "middle")]


@given(st.lists(st.integers(0, 925), max_size=12).map(sorted))
def test_no_tier_is_without_a_number_and_numbers_do_not_meet(ticks: list[int]) -> None:
    found = numbers(tuple(ticks))
    spans = [(int(text.split("\N{EN DASH}")[0]), int(text.split("\N{EN DASH}")[-1])) for text, _, _ in found]
    assert [number for first, last in spans for number in range(first, last + 1)] == list(range(1, len(ticks) + 1))
    places = [float(x[:-1]) for _, x, _ in found]
    assert all(after - before >= 3.5 for before, after in pairwise(places))
