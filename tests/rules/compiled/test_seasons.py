"""Seasons: what is counted of last year, over which days, and when that says something."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from rules.compiled.periods import Period
from rules.compiled.seasons import price_alike, season_windows, seasons
from rules.compiled.terms import Terms, compile_terms
from rules.language.calendars import GREGORIAN, ListedCalendar
from rules.loading.load import read_programs
from schemas.types import VALUE

PROGRAM = """
program: p
title: P
reference: none
currency: USD
effective: {{from: 2026-01-01, to: 2026-12-31}}
rebates:
  r: {{period: half, settle: quarter, method: fixed, tiers: [{{from: 1, pays: 1}}], {figures}}}
"""
HALF = Period("2026-H1", date(2026, 1, 1), date(2026, 6, 30), (date(2026, 6, 30),), 6)
WHOLE = ("last_year", 1, date(2025, 1, 1), date(2025, 6, 30))


def compiled(figures: str, as_of: date = date(2026, 2, 28)) -> Terms:
    return compile_terms(read_programs({"p.yaml": PROGRAM.format(figures=figures)}), as_of, is_ahead=True)


def last_years(figures: str) -> list[tuple[Any, ...]]:
    terms = compiled(figures).terms.filter(pl.col("term").str.contains("last year"))
    return terms.select("term", "kind", "is_baseline").rows()


@pytest.mark.parametrize(
    ("figures", "terms"),
    [
        ("measure: revenue", [("measure", "revenue")]),
        ("measure: revenue, qualifier: {visits: completed}", [("measure", "revenue"), ("qualifier", "visits")]),
        ("measure: {constant: 1}, qualifier: orders", [("qualifier", "orders")]),
        ("measure: {visit_score: shelf, when_missing: zero}", []),
        ("measure: {share_percent: revenue, within: {exclude: [{category: x}]}, when_missing: skip}", []),
        ("measure: {target_percent: products, when_missing: skip}", [("measure", "products")]),
        ("measure: {growth_amount: revenue, baseline: dataset, when_missing: skip}", [("measure", "revenue")]),
    ],
)
def test_what_grows_is_counted_last_year_too(figures: str, terms: list[tuple[str, str]]) -> None:
    assert last_years(figures) == [(f"p/r/{role} last year", kind, True) for role, kind in terms]


def test_without_a_forecast_nothing_more_is_counted() -> None:
    terms = compile_terms(read_programs({"p.yaml": PROGRAM.format(figures="measure: revenue")}), date(2026, 2, 28))
    assert terms.terms["term"].to_list() == ["p/r/measure"]
    assert terms.outlook.is_empty()
    assert set(terms.windows["horizon"]) == {"to_date"}


def test_last_year_is_looked_at_whole_and_on_its_same_days() -> None:
    terms = compiled("measure: revenue")
    last_year = terms.windows.filter(term="p/r/measure last year").drop("term")
    assert last_year.rows() == [
        ("last_year", "2026-H1", 1, date(2025, 1, 1), date(2025, 6, 30)),
        ("last_year_to_date", "2026-H1", 1, date(2025, 1, 1), date(2025, 2, 28)),
    ]
    assert terms.outlook.drop("program", "rebate").rows() == [
        ("2026-H1", date(2026, 1, 1), date(2026, 6, 30), 59, 181)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("as_of", "open_periods"),
    [
        (date(2025, 12, 31), []),
        (date(2026, 1, 1), [("2026-H1", 1)]),
        (date(2026, 6, 30), [("2026-H1", 181)]),
        (date(2026, 7, 1), [("2026-H2", 1)]),
        (date(2026, 12, 31), [("2026-H2", 184)]),
        (date(2027, 1, 1), []),
    ],
)
def test_a_period_is_forecast_from_its_first_day_until_it_is_settled(
    as_of: date, open_periods: list[tuple[str, int]]
) -> None:
    assert compiled("measure: revenue", as_of).outlook.select("period", "elapsed").rows() == open_periods


@pytest.mark.parametrize(("through", "same"), [(date(2026, 2, 28), date(2025, 2, 28)), (HALF.end, date(2025, 6, 30))])
def test_the_same_days_have_the_same_place(through: date, same: date) -> None:
    assert list(season_windows(HALF, through)) == [WHOLE, ("last_year_to_date", 1, date(2025, 1, 1), same)]


def test_a_calendar_that_does_not_know_last_year_has_no_season() -> None:
    years = (tuple(date(2025, month, 1) for month in (1, 7)), tuple(date(2026, month, 1) for month in (1, 7)))
    known = ListedCalendar("halves", 2025, years, date(2026, 12, 31))
    period = replace(HALF, months=1, calendar=known)
    assert [horizon for horizon, *_ in season_windows(period, HALF.end)] == ["last_year", "last_year_to_date"]
    from_this_year = ListedCalendar("halves", 2026, years[1:], date(2026, 12, 31))
    assert list(season_windows(replace(period, calendar=from_this_year), HALF.end)) == []


@pytest.mark.parametrize(("through", "windows"), [(date(2026, 6, 29), 0), (date(2026, 6, 30), 2)])
def test_a_program_longer_than_a_year_waits_until_last_years_is_over(through: date, windows: int) -> None:
    program = Period("program", date(2026, 1, 1), date(2027, 6, 30), (date(2027, 6, 30),), 0, GREGORIAN)
    assert len(list(season_windows(program, through))) == windows


def test_both_windows_are_priced_on_the_same_day() -> None:
    rows = [
        ("last_year", "t", "2026", 1, 1, date(2025, 12, 31)),
        ("last_year", "t", "2026", 1, 2, date(2025, 12, 31)),
        ("last_year_to_date", "t", "2026", 1, 1, date(2025, 3, 31)),
        ("to_date", "m", "2026", 1, 3, date(2026, 3, 31)),
    ]
    windows = pl.DataFrame(rows, schema=["horizon", "term", "period", "part", "segment", "end"], orient="row")
    ends = price_alike(windows)["end"].to_list()
    assert ends == [date(2025, 12, 31), date(2025, 12, 31), date(2025, 12, 31), date(2026, 3, 31)]
    assert price_alike(windows.tail(1)).equals(windows.tail(1))


KEY = {"horizon": pl.String, "term": pl.String, "member_id": pl.String, "period": pl.String}


def found(whole: str | None, same: str | None, *lost: str) -> list[tuple[Any, ...]]:
    rows = [
        (horizon, "p/r/measure last year", "A", "2026", Decimal(value))
        for horizon, value in (("last_year", whole), ("last_year_to_date", same))
        if value is not None
    ]
    values = pl.DataFrame(
        [*rows, ("to_date", "p/r/measure", "A", "2026", Decimal(1))], schema=KEY | {"value": VALUE}, orient="row"
    )
    unconverted = [(horizon, "p/r/measure last year", "A", "2026") for horizon in lost]
    return seasons(values, pl.DataFrame(unconverted, schema=KEY, orient="row")).rows()


def test_a_season_is_of_the_term_that_is_forecast() -> None:
    assert found("400", "100") == [("p/r/measure", "A", "2026", Decimal(400), Decimal(100))]


@pytest.mark.parametrize(
    ("whole", "same"),
    [("0", "100"), ("-1", "100"), ("400", "0"), ("400", "-1"), (None, "1"), ("400", None), ("1000.0000000001", "1")],
)
def test_last_year_must_say_something(whole: str | None, same: str | None) -> None:
    assert found(whole, same) == []


def test_a_thousandth_is_just_enough() -> None:
    assert len(found("1000", "1")) == 1


@pytest.mark.parametrize(("lost", "rows"), [("last_year", 0), ("last_year_to_date", 0), ("to_date", 1)])
def test_last_year_must_be_converted_whole(lost: str, rows: int) -> None:
    assert len(found("400", "100", lost)) == rows
