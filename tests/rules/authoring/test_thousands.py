"""Figures that may be meant as thousands: warned of where three decimals are strange, and only there."""

from __future__ import annotations

import pytest

from rules.authoring.check import check_programs
from rules.loading.load import read_programs

TEXT = """\
program: p
title: P
reference: r
currency: {currency}
effective: {{from: 2026-01-01, to: 2026-12-31}}
{program}
rebates:
  a:
    period: year
    method: all_units
    {rebate}
    tiers: [{tiers}]
"""
GROWTH = "measure: revenue\n    qualifier: {growth_percent: revenue, baseline: previous_year, when_missing: skip}"


def found(tiers: str, *, rebate: str = "measure: revenue", program: str = "", currency: str = "USD") -> list[str]:
    text = TEXT.format(tiers=tiers, rebate=rebate, program=program, currency=currency)
    return [finding.todo for finding in check_programs(read_programs({"p.yaml": text})) if finding.kind == "thousands"]


@pytest.mark.parametrize(
    ("tiers", "meant"),
    [
        ("{from: 1.000, rate: 1%}, {from: 25.000, rate: 2%}", [("1000", "1"), ("25000", "25")]),
        ("{above: 999.500, rate: 1%}", [("999500", "999.5")]),
        ("{from: 1000, rate: 1%, measure_cap: 12.500}", [("12500", "12.5")]),
        ("{from: 1000, rate: 1%}, {from: 2000.000, rate: 2%}", []),
        ("{from: 0.500, rate: 1%}, {from: 1.25, rate: 2%}, {from: 10.00, rate: 1.125%}", []),
    ],
    ids=["bounds", "above a bound", "a cap", "too long for thousands", "other decimals"],
)
def test_a_figure_with_three_decimals_may_be_meant_as_thousands(tiers: str, meant: list[tuple[str, str]]) -> None:
    assert found(tiers) == [f"write {thousands} if that is meant, and {read} if not" for thousands, read in meant]


def test_it_stands_anywhere_in_a_program() -> None:
    assert found("{from: 1000, rate: 1%}", program="minimum_payout: {amount: 5.000, below: carry}") == [
        "write 5000 if that is meant, and 5 if not"
    ]


@pytest.mark.parametrize(
    ("rebate", "program", "currency"),
    [(GROWTH, "", "USD"), ("measure: revenue", "", "KWD")],
    ids=["percentages", "a currency with three decimals"],
)
def test_where_three_decimals_are_usual_nothing_is_said(rebate: str, program: str, currency: str) -> None:
    assert found("{from: 2.500, rate: 1%}", rebate=rebate, program=program, currency=currency) == []


def test_rates_of_exchange_and_tests_have_three_decimals() -> None:
    fixed = "fx: {fixed: {EUR: 1.085}}\ntests: [{when: {qualifier: 5.000}, pays: 1.000}]"
    assert found("{from: 1, rate: 20%}", program=fixed) == []
