from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.compiled.periods import (
    Period,
    baseline_windows,
    ending_on,
    next_month,
    periods_of,
    settled_through,
    shift_months,
)
from rules.language.figures import Baseline
from rules.loading.consistency import DIVIDES
from rules.loading.load import read_programs

if TYPE_CHECKING:
    from rules.language.model import Program, Rebate

DAY = timedelta(days=1)
days = st.dates(date(1950, 1, 1), date(2090, 12, 31))


def program_of(start: str, end: str, period: str, settle: str) -> tuple[Program, Rebate]:
    text = f"""
program: p
title: P
reference: r
currency: USD
effective: {{from: {start}, to: {end}}}
rebates:
  r: {{period: {period}, settle: {settle}, measure: revenue, method: fixed, tiers: [{{from: 0, pays: 1}}]}}
"""
    [program] = read_programs({"p.yaml": text})
    return program, program.rebates["r"]


def periods(start: str, end: str, period: str, settle: str) -> tuple[Period, ...]:
    return periods_of(*program_of(start, end, period, settle))


@pytest.mark.parametrize(
    ("period", "ids"),
    [
        ("month", ["2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-04"]),
        ("quarter", ["2025-Q4", "2026-Q1", "2026-Q2"]),
        ("half", ["2025-H2", "2026-H1"]),
        ("year", ["2025", "2026"]),
        ("program", ["program"]),
    ],
)
def test_periods_are_named_after_the_calendar(period: str, ids: list[str]) -> None:
    assert [p.id for p in periods("2025-11-15", "2026-04-10", period, period)] == ids


def test_a_part_period_is_clipped_and_settles_at_its_end() -> None:
    first, second = periods("2025-11-15", "2026-04-10", "half", "month")
    assert (first.start, first.end, first.months) == (date(2025, 11, 15), date(2025, 12, 31), 6)
    assert first.settlements == (date(2025, 11, 30), date(2025, 12, 31))
    assert second.settlements == (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 10))


def test_a_rebate_that_holds_for_a_while_has_the_periods_of_that_while() -> None:
    text = """
program: p
title: P
reference: r
currency: USD
effective: {from: 2025-11-15, to: 2026-10-31}
rebates:
  r:
    effective: {from: 2026-04-01, to: 2026-10-31}
    period: quarter
    measure: revenue
    method: fixed
    tiers: [{from: 0, pays: 1}]
"""
    [program] = read_programs({"p.yaml": text})
    found = periods_of(program, program.rebates["r"])
    assert [(p.id, p.start, p.end) for p in found] == [
        ("2026-Q2", date(2026, 4, 1), date(2026, 6, 30)),
        ("2026-Q3", date(2026, 7, 1), date(2026, 9, 30)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 10, 31)),
    ]


def test_a_whole_program_settles_at_calendar_ends_and_at_its_own() -> None:
    [whole] = periods("2026-02-15", "2026-10-31", "program", "quarter")
    assert (whole.start, whole.end, whole.months) == (date(2026, 2, 15), date(2026, 10, 31), 0)
    assert whole.settlements == (date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30), date(2026, 10, 31))


@settings(deadline=None)
@given(days, st.integers(0, 1500), st.sampled_from([(p, s) for p, settles in DIVIDES.items() for s in settles]))
def test_periods_cover_the_program_once_and_settlements_end_them(
    start: date, length: int, frequencies: tuple[str, str]
) -> None:
    end = start + timedelta(days=length)
    found = periods(start.isoformat(), end.isoformat(), *frequencies)
    assert (found[0].start, found[-1].end) == (start, end)
    assert all(this.end + DAY == following.start for this, following in pairwise(found))
    for period in found:
        assert period.settlements[-1] == period.end
        assert all(period.start <= day <= period.end for day in period.settlements)
        assert list(period.settlements) == sorted(set(period.settlements))
    assert len({period.id for period in found}) == len(found)


@pytest.mark.parametrize(
    ("as_of", "grace", "through"),
    [
        ("2026-01-31", 0, None),
        ("2026-02-01", 0, "2026-01-31"),
        ("2026-02-05", 5, None),
        ("2026-02-06", 5, "2026-01-31"),
        ("2026-03-31", 0, "2026-02-28"),
        ("2026-04-01", 0, "2026-03-31"),
        ("2030-01-01", 0, "2026-03-31"),
    ],
)
def test_a_settlement_waits_for_the_day_after_its_end_and_grace(as_of: str, grace: int, through: str | None) -> None:
    [quarter] = periods("2026-01-01", "2026-03-31", "quarter", "month")
    found = settled_through(quarter, date.fromisoformat(as_of), grace)
    assert (found.isoformat() if found else None) == through


@pytest.mark.parametrize("grace", [0, 5])
@pytest.mark.parametrize(("period", "settle"), [("month", "month"), ("quarter", "month"), ("program", "program")])
def test_what_ends_on_a_day_settles_on_the_day_said_and_not_before(period: str, settle: str, grace: int) -> None:
    program, rebate = program_of("2026-01-10", "2026-06-20", period, settle)
    waiting = program.model_copy(update={"grace_days": grace})
    seen = []
    for number in range(200):
        day = date(2025, 12, 31) + number * DAY
        for program_id, name, period_id, ends_on, settles_from in ending_on([waiting], day).iter_rows():
            assert (program_id, name, ends_on) == ("p", "r", day)
            [its_own] = [each for each in periods_of(program, rebate) if each.id == period_id]
            assert settled_through(its_own, settles_from, grace) == day
            assert settled_through(its_own, settles_from - DAY, grace) != day
            seen.append(day)
    assert seen == sorted(day for each in periods_of(program, rebate) for day in each.settlements)


@pytest.mark.parametrize(
    ("period", "through", "baseline", "start", "end"),
    [
        ("year", "2026-12-31", "previous_year", "2025-01-01", "2025-12-31"),
        ("year", "2026-02-28", "previous_year", "2025-01-01", "2025-02-28"),
        ("quarter", "2026-03-31", "previous_year", "2025-01-01", "2025-03-31"),
        ("quarter", "2026-03-31", "previous_period", "2025-10-01", "2025-12-31"),
        ("quarter", "2026-02-28", "previous_period", "2025-10-01", "2025-11-30"),
        ("half", "2026-06-30", "previous_period", "2025-07-01", "2025-12-31"),
        ("month", "2026-01-31", "previous_period", "2025-12-01", "2025-12-31"),
        ("month", "2026-01-15", "previous_period", "2025-12-01", "2025-12-15"),
    ],
)
def test_a_baseline_is_the_same_days_of_an_earlier_period(
    period: str, through: str, baseline: Any, start: str, end: str
) -> None:
    first = periods("2026-01-01", "2026-12-31", period, period)[0]
    [window] = baseline_windows(first, date.fromisoformat(through), Baseline(baseline))
    assert [day.isoformat() for day in window] == [start, end]


def test_leap_years_lose_and_gain_no_day() -> None:
    leap = periods("2024-01-01", "2024-12-31", "month", "month")
    february, march = leap[1], leap[2]
    assert baseline_windows(february, february.end, Baseline("previous_year")) == (
        (date(2023, 2, 1), date(2023, 2, 28)),
    )
    assert baseline_windows(march, march.end, Baseline("previous_year")) == ((date(2023, 3, 1), date(2023, 3, 31)),)
    after = periods("2025-01-01", "2025-12-31", "month", "month")
    assert baseline_windows(after[1], after[1].end, Baseline("previous_year")) == (
        (date(2024, 2, 1), date(2024, 2, 29)),
    )


def test_a_clipped_period_clips_its_baseline() -> None:
    [first, *_] = periods("2026-02-15", "2026-12-31", "quarter", "quarter")
    assert baseline_windows(first, first.end, Baseline("previous_year")) == ((date(2025, 2, 15), date(2025, 3, 31)),)
    assert baseline_windows(first, first.end, Baseline("previous_period")) == (
        (date(2025, 11, 15), date(2025, 12, 31)),
    )


@settings(deadline=None)
@given(
    days, st.sampled_from(["month", "quarter", "half", "year"]), st.sampled_from(["previous_year", "previous_period"])
)
def test_baselines_adjoin_as_their_periods_do(start: date, frequency: str, baseline: Any) -> None:
    found = periods(start.isoformat(), (start + 800 * DAY).isoformat(), frequency, frequency)
    windows = [baseline_windows(period, period.end, Baseline(baseline))[0] for period in found]
    assert all(this[1] + DAY == following[0] for this, following in pairwise(windows))


@settings(deadline=None)
@given(days, st.integers(-600, 600))
def test_whole_months_there_and_back_keep_the_ends_of_months(day: date, months: int) -> None:
    moved = shift_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    if (day + DAY).day == 1:
        assert (moved + DAY).day == 1
        assert shift_months(moved, -months) == day


def test_the_next_month() -> None:
    assert next_month(date(2026, 11, 30)) == "2026-12"
    assert next_month(date(2026, 12, 1)) == "2027-01"
    assert next_month(date(2026, 1, 31)) == "2026-02"
