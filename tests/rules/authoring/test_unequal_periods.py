"""Growth over periods of another length: named with the days, until the file says how to compare."""

from __future__ import annotations

import pytest

from rules.authoring.check import check_programs
from rules.loading.load import read_programs
from schemas.errors import RuleError

TEXT = """\
program: p
title: P
reference: r
currency: USD
calendar: {calendar}
effective: {{from: {start}, to: {end}}}
rebates:
  a:
    period: {period}
    {more}measure: revenue
    qualifier: {{growth_percent: revenue, baseline: {baseline}, when_missing: skip}}
    method: fixed
    tiers: [{{from: 5, pays: 10}}]
"""
WEEKS = """\
calendar: weeks
weeks: 4-4-5
ends: {weekday: saturday, month: 1, on: nearest}
named_after: start
"""
YEAR_2026 = ("2026-01-01", "2026-12-31")
PREVIOUS, LAST_YEAR = "previous_period", "previous_year"


def found(
    period: str, baseline: str, days: tuple[str, str] = YEAR_2026, *, more: str = "", calendar: str = "gregorian"
) -> list[str]:
    text = TEXT.format(
        period=period, baseline=baseline, start=days[0], end=days[1], more=f"{more}\n    " if more else "",
        calendar=calendar,
    )  # fmt: skip
    programs = read_programs({"p.yaml": text, "weeks.yaml": WEEKS})
    return [f.found for f in check_programs(programs) if f.kind == "unequal-periods"]


@pytest.mark.parametrize(
    ("period", "baseline", "days", "said"),
    [
        ("month", PREVIOUS, YEAR_2026, ("2026-03 has 31 days", "28", "grow by 10.71%")),
        ("quarter", PREVIOUS, ("2026-04-01", "2026-06-30"), ("2026-Q2 has 91 days", "90", "grow by 1.11%")),
        ("half", PREVIOUS, YEAR_2026, ("2026-H2 has 184 days", "181", "grow by 1.66%")),
        ("month", LAST_YEAR, ("2025-01-01", "2025-12-31"), ("2025-02 has 28 days", "29", "fall by 3.45%")),
        ("month", "{average: {periods: 2}}", ("2026-04-01", "2026-04-30"),
         ("2026-04 has 30 days", "29.5 on average", "grow by 1.69%")),
    ],
)  # fmt: skip
def test_the_period_that_differs_most_is_named(
    period: str, baseline: str, days: tuple[str, str], said: tuple[str, str, str]
) -> None:
    here, there, growth = said
    expected = f"{here}, what it is compared with {there}: with the same sales on every day totals {growth}"
    assert found(period, baseline, days) == [expected]


def test_a_year_of_53_weeks_is_named() -> None:
    [said] = found("year", LAST_YEAR, ("2023-01-29", "2024-02-03"), calendar="weeks")
    assert said.startswith("2023 has 371 days, what it is compared with 364")


@pytest.mark.parametrize(
    ("period", "baseline", "days"),
    [
        ("month", LAST_YEAR, YEAR_2026),
        ("year", LAST_YEAR, YEAR_2026),
        ("quarter", PREVIOUS, ("2026-10-01", "2026-12-31")),  # 92 days, like the third quarter
        ("month", "dataset", YEAR_2026),
    ],
)
def test_equal_periods_are_not(period: str, baseline: str, days: tuple[str, str]) -> None:
    assert found(period, baseline, days) == []


@pytest.mark.parametrize("word", ["totals", "like_for_like"])
def test_nor_where_the_file_says_how_to_compare(word: str) -> None:
    assert found("month", PREVIOUS, more=f"compare: {word}") == []


def test_how_to_compare_is_refused_where_nothing_is_compared() -> None:
    with pytest.raises(RuleError, match="an agreed baseline is a figure without days"):
        found("month", "dataset", more="compare: like_for_like")
    text = TEXT.format(period="month", baseline=PREVIOUS, start="2026-01-01", end="2026-12-31", more="",
                       calendar="gregorian")  # fmt: skip
    lines = [line for line in text.splitlines() if "growth_percent" not in line]
    with pytest.raises(RuleError, match="compare is about growth, but no figure of this rebate has a baseline"):
        read_programs({"p.yaml": "\n".join(lines).replace("measure:", "compare: totals\n    measure:")})
