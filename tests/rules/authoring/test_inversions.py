"""Inversions and cliffs: found where they are, said with figures that `calc` pays."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.authoring.calc import work_out
from rules.authoring.inversions import cliffs, falls, inversions
from rules.authoring.scale_walk import walk_of, walks_of
from rules.language.yaml_text import parse_yaml
from rules.loading.load import read_programs
from schemas.types import VALUE

if TYPE_CHECKING:
    from rules.language.model import Program

HEAD = """\
program: p
title: P
reference: r
currency: {currency}
effective: {{from: 2026-01-01, to: 2026-12-31}}
rebates:
  a:
    period: year
    method: {method}
    {more}
    tiers: [{tiers}]
"""
REVENUE = "measure: revenue"


def program(method: str, tiers: str, more: str = REVENUE, currency: str = "USD") -> Program:
    text = HEAD.format(method=method, tiers=tiers, more=more.replace("; ", "\n    "), currency=currency)
    return read_programs({"p.yaml": text})[0]


def found(method: str, tiers: str, more: str = REVENUE, currency: str = "USD") -> list[str]:
    read = program(method, tiers, more, currency)
    marked, walks = parse_yaml(read.text, read.file), walks_of(read)
    return [finding.found for finding in (*inversions(read, marked, walks), *cliffs(read, marked, walks))]


def paid(read: Program, measures: list[Decimal]) -> list[Decimal]:
    figures = pl.DataFrame({"measure": measures}, schema={"measure": VALUE}).with_columns(
        program=pl.lit("p"), rebate=pl.lit("a"), qualifier="measure"
    )
    return work_out(figures, [read])["payout"].to_list()


def test_a_falling_rate_is_told_with_the_amounts_between_which_more_pays_less() -> None:
    tiers = "{from: 0, rate: 2%}, {from: 20000, rate: 1.96%}"
    assert found("all_units", tiers) == [
        "from 20,000 to 20,407.9 this pays less than 19,999.99 does: 400.00 → 392.00",
    ]
    # What is said is what is paid, to the cent on both sides.
    ends = [Decimal(figure) for figure in ("19999.99", "20000", "20407.90", "20407.91")]
    assert paid(program("all_units", tiers), ends) == [Decimal(p) for p in ("400.00", "392.00", "399.99", "400.00")]


@pytest.mark.parametrize(
    ("method", "tiers", "expected"),
    [
        ("fixed", "{from: 10, pays: 30}, {from: 50, pays: 20}",
         ["from 50 on, without end, this pays less than 49.99 does: 30.00 → 20.00"]),
        ("fixed", "{from: 10, pays: 30}, {above: 50, pays: 20}, {from: 70, pays: 35}",
         ["from 50.01 to 69.99 this pays less than 50 does: 30.00 → 20.00"]),
        ("all_units", "{from: 0, rate: 3%, measure_cap: 100}, {from: 200, rate: 2%}", []),
        ("all_units", "{from: 0, rate: 3%, measure_cap: 100}, {from: 200, rate: 2%, measure_cap: 100}",
         ["from 200 on, without end, this pays less than 199.99 does: 3.00 → 2.00"]),
        ("per_multiple", "{from: 0, pays: 5, every: 10}, {from: 100, pays: 9, every: 30}",
         ["from 100 to 149.99 this pays less than 99.99 does: 45.00 → 27.00"]),
        ("marginal", "{from: 0, rate: 3%}, {from: 100, rate: 1%}", []),
        ("each_reached", "{from: 0, pays: 30}, {from: 100, pays: 0}", []),
    ],
)  # fmt: skip
def test_every_method(method: str, tiers: str, expected: list[str]) -> None:
    said = [line for line in found(method, tiers) if not line.startswith("the payment leaps")]
    assert said == expected


def test_a_falling_rate_of_a_sliding_scale_is_told_where_it_begins_to_bite() -> None:
    # m * (10% - 0.1% * m) has its summit at 50, where 2.50 is paid; up to 52.23 that rounds to the same.
    tiers = "{from: 0, rate: 10%}, {from: 100, rate: 0%}, {from: 200, rate: 2%}"
    [said] = found("sliding", tiers)
    read = program("sliding", tiers)
    assert said == "from 52.24 to 172.37 this pays less than 52.23 does: 2.50 → 0.00 at 99.99"
    ends = [Decimal(figure) for figure in ("52.23", "52.24", "99.99", "172.37", "172.38")]
    assert paid(read, ends) == [Decimal(payment) for payment in ("2.50", "2.49", "0.00", "2.49", "2.50")]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (f"limits: {{per_member: 15}}; {REVENUE}", []),  # both are paid the limit
        (f"guarantee: 40; {REVENUE}", []),  # both are paid the guarantee
        (f"guarantee: 25; {REVENUE}", ["from 50 on, without end, this pays less than 49.99 does: 30.00 → 25.00"]),
    ],
)
def test_limits_and_guarantees_are_considered(more: str, expected: list[str]) -> None:
    assert found("fixed", "{from: 10, pays: 30}, {from: 50, pays: 20}", more) == expected


def test_the_rounding_of_the_qualifier_is_considered() -> None:
    more = f"{REVENUE}; qualifier: {{of: revenue, round: 0}}"
    assert found("fixed", "{from: 10, pays: 30}, {from: 50, pays: 20}", more) == [
        "from 49.5 on, without end, this pays less than 49.49 does: 30.00 → 20.00"
    ]


def test_yen_have_no_smaller_unit() -> None:
    assert found("all_units", "{from: 0, rate: 2%}, {from: 20000, rate: 1.96%}", currency="JPY") == [
        "from 20,000 to 20,382 this pays less than 19,999 does: 400 → 392"
    ]


def test_another_qualifier_is_told_by_its_bound_and_a_measure() -> None:
    growth = "measure: revenue; qualifier: {growth_percent: revenue, baseline: previous_year, when_missing: skip}"
    assert found("all_units", "{from: 5, rate: 3%}, {above: 10, rate: 2%}, {from: 20, rate: 4%}", growth) == [
        (
            "reaching more than 10% pays less than staying below it does, on a measure of 100,000 for one: "
            "3,000.00 → 2,000.00"
        )
    ]
    assert found("fixed", "{from: 5, pays: 3000}, {from: 10, pays: 2000}", growth) == [
        "reaching 10% pays less than staying below it does: 3,000.00 → 2,000.00"
    ]
    orders = "measure: revenue; qualifier: orders"
    assert found("all_units", "{from: 5, rate: 3%}, {from: 10, rate: 2%, pays: 1000000}", orders) == [
        (
            "reaching 10 pays less than staying below it does, on a measure of 1,000,000,000 for one: "
            "30,000,000.00 → 21,000,000.00"
        )
    ]
    assert found("all_units", "{from: 5, rate: 3%}, {from: 10, rate: 3%}", orders) == []


def test_leaps_are_good_to_know_and_amounts_are_meant_to_leap() -> None:
    assert found("all_units", "{from: 1000, rate: 1%}, {from: 2000, rate: 2%}") == [
        "the payment leaps: 0.00 → 10.00 at 1,000, 20.00 → 40.00 at 2,000"
    ]
    assert found("marginal", "{from: 0, rate: 1%}, {from: 2000, rate: 2%}") == []
    assert found("marginal", "{from: 0, rate: 1%}, {from: 2000, rate: 2%, pays: 5}") == [
        "the payment leaps: 20.00 → 25.00 at 2,000"
    ]
    assert found("fixed", "{from: 1000, pays: 100}") == []
    assert found("per_multiple", "{from: 0, pays: 5, every: 10}, {from: 100, pays: 6, every: 10}") == [
        "the payment leaps: 45.00 → 60.00 at 100"
    ]


RATES = st.sampled_from(["0%", "5%", "10%", "25%", "50%"])
CAPS = st.sampled_from(["", "", ", measure_cap: 7", ", measure_cap: 20"])


@st.composite
def scales(draw: st.DrawFn) -> Program:
    method = draw(st.sampled_from(["all_units", "marginal", "fixed", "each_reached", "sliding", "per_multiple"]))
    bounds = sorted(draw(st.lists(st.integers(0, 30), min_size=1, max_size=4, unique=True)))
    tiers = []
    for bound in bounds:
        pays = draw(st.integers(0, 9))
        terms = {
            "all_units": f"rate: {draw(RATES)}, pays: {pays}{draw(CAPS)}",
            "marginal": f"rate: {draw(RATES)}, pays: {pays}",
            "each_reached": f"rate: {draw(RATES)}, pays: {pays}",
            "fixed": f"pays: {pays}",
            "sliding": f"rate: {draw(RATES)}",
            "per_multiple": f"pays: {pays}, every: {draw(st.integers(1, 9))}",
        }[method]
        tiers.append(f"{{from: {bound}, {terms}}}")
    return program(method, ", ".join(tiers), currency="JPY")


@given(read=scales())
@settings(max_examples=60, deadline=None)
def test_falls_are_just_the_figures_that_are_paid_less_than_a_smaller_one(read: Program) -> None:
    top = 60
    payments = paid(read, [Decimal(figure) for figure in range(top)])
    less = {figure for figure in range(top) if payments[figure] < max(payments[: figure + 1])}
    walk = walk_of(read, read.rebates["a"])
    told: set[int] = set()
    for fall in falls(walk):
        last = top if fall.last is None else fall.last
        told |= set(range(fall.first, last + 1))
        assert payments[fall.peak] == max(payments[: fall.first])
    assert told & set(range(top)) == less
    assert [walk.at(figure) for figure in range(top)] == [int(payment) for payment in payments]
