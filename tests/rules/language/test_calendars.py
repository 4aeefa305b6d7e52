"""Calendars: what others have published of theirs, and what holds of any."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.compiled.periods import Period, baseline_windows, cut, periods_of, shift_months
from rules.language.calendars import GREGORIAN, Calendar, Frequency, ListedCalendar, MonthCalendar, WeekCalendar
from rules.language.figures import Baseline
from rules.loading.load import read_programs
from schemas.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY = timedelta(days=1)
PROGRAM = """\
program: p
title: P
reference: r
currency: USD
effective: {{from: {start}, to: {end}}}
calendar: {calendar}
rebates:
  r: {{period: {period}, settle: {settle}, measure: revenue, method: fixed, tiers: [{{from: 0, pays: 1}}]}}
"""
RETAIL = """\
calendar: retail
title: The National Retail Federation's
weeks: 4-5-4
ends: {weekday: saturday, month: 1, on: nearest}
named_after: start
"""
SEPTEMBER = """\
calendar: september
weeks: 5-4-4
ends: {weekday: saturday, month: 9, on: last}
named_after: end
extra_week: 3
"""


def periods(calendar: str, start: str, end: str, period: str = "month", settle: str = "") -> tuple[Period, ...]:
    """Cut the days of a program by the calendar whose file is given."""
    name = calendar.partition("\n")[0].removeprefix("calendar: ")
    text = PROGRAM.format(start=start, end=end, calendar=name, period=period, settle=settle or period)
    [program] = read_programs({"p.yaml": text, "c.yaml": calendar})
    return periods_of(program, program.rebates["r"])


def ends(calendar: str, start: str, end: str, period: str) -> dict[str, str]:
    return {found.id: found.end.isoformat() for found in periods(calendar, start, end, period)}


def test_the_retail_year_2018_is_cut_as_published() -> None:
    months = periods(RETAIL, "2018-02-04", "2019-02-02")
    assert [found.id for found in months] == [f"2018-P{n:02}" for n in range(1, 13)]
    assert [found.start.isoformat() for found in months] == [
        "2018-02-04", "2018-03-04", "2018-04-08", "2018-05-06", "2018-06-03", "2018-07-08", "2018-08-05", "2018-09-02",
        "2018-10-07", "2018-11-04", "2018-12-02", "2019-01-06",
    ]  # fmt: skip
    assert months[-1].end == date(2019, 2, 2)


def test_the_retail_years_of_53_weeks_are_those_published() -> None:
    years = periods(RETAIL, "1999-01-31", "2025-01-31", "year")
    long = [found.id for found in years[:-1] if (found.end - found.start).days + 1 == 53 * 7]
    assert long == ["2000", "2006", "2012", "2017", "2023"]
    [year] = [found for found in years if found.id == "2023"]
    assert (year.start, year.end) == (date(2023, 1, 29), date(2024, 2, 3))
    [october] = [found for found in periods(RETAIL, "2015-02-01", "2016-01-30") if found.id == "2015-P09"]
    assert (october.start, october.end) == (date(2015, 10, 4), date(2015, 10, 31))


def test_a_year_may_end_on_the_last_saturday_and_have_its_long_quarter_first() -> None:
    years = ends(SEPTEMBER, "2016-09-25", "2024-09-28", "year")
    assert years == {
        "2017": "2017-09-30", "2018": "2018-09-29", "2019": "2019-09-28", "2020": "2020-09-26", "2021": "2021-09-25",
        "2022": "2022-09-24", "2023": "2023-09-30", "2024": "2024-09-28",
    }  # fmt: skip
    quarters = ends(SEPTEMBER, "2022-09-25", "2023-09-30", "quarter")
    assert list(quarters.values()) == ["2022-12-31", "2023-04-01", "2023-07-01", "2023-09-30"]
    december = periods(SEPTEMBER, "2022-09-25", "2023-09-30")[2]
    assert (december.id, (december.end - december.start).days + 1) == ("2023-P03", 5 * 7)


@pytest.mark.parametrize(
    ("text", "id_", "start", "end"),
    [
        ("starts: 04-01\nnamed_after: start", "2026", "2026-04-01", "2027-03-31"),  # Japan's fiscal year
        ("starts: 10-01\nnamed_after: end", "2026", "2025-10-01", "2026-09-30"),  # that of the United States
        ("starts: 04-06\nnamed_after: end", "2026", "2025-04-06", "2026-04-05"),  # the tax year of the United Kingdom
        ("starts: 01-01\nnamed_after: end", "2026", "2026-01-01", "2026-12-31"),
        ("starts: 01-28\nnamed_after: end", "2026", "2025-01-28", "2026-01-27"),
    ],
)
def test_a_year_of_months_begins_on_any_day(text: str, id_: str, start: str, end: str) -> None:
    [year] = periods(f"calendar: own\n{text}\n", start, end, "year")
    assert (year.id, year.start.isoformat(), year.end.isoformat()) == (id_, start, end)
    months = periods(f"calendar: own\n{text}\n", start, end)
    assert len(months) == 12
    assert {found.start.day for found in months} == {year.start.day}


def test_a_year_near_the_end_of_december_is_named_after_its_months() -> None:
    text = "calendar: own\nweeks: 4-4-5\nends: {weekday: saturday, month: 12, on: nearest}\nnamed_after: "
    for named_after in ("start", "end"):
        years = ends(text + named_after, "2018-12-30", "2023-12-30", "year")
        assert years == {
            "2019": "2019-12-28", "2020": "2021-01-02", "2021": "2022-01-01", "2022": "2022-12-31",
            "2023": "2023-12-30",
        }  # fmt: skip


def listed(years: Sequence[int], first: date, lengths: Sequence[int]) -> str:
    lines, start = ["calendar: house", "periods:"], first
    for year in years:
        for number, days in enumerate(lengths, 1):
            end = start + (days - 1) * DAY
            lines.append(f"  - {{period: {year}-P{number:02}, from: {start}, to: {end}}}")
            start = end + DAY
    return "\n".join(lines) + "\n"


def test_a_list_of_thirteen_periods_has_months_and_years() -> None:
    house = listed((2025, 2026), date(2024, 12, 30), [28] * 13)
    months = periods(house, "2025-01-01", "2026-12-27")
    assert (months[0].id, months[0].start, months[0].end) == ("2025-P01", date(2025, 1, 1), date(2025, 1, 26))
    assert (months[-1].id, months[-1].end) == ("2026-P13", date(2026, 12, 27))
    [first, second] = periods(house, "2024-12-30", "2026-12-27", "year")
    assert (first.end + DAY, second.months) == (second.start, 13)
    before = baseline_windows(second, second.end, Baseline("previous_year"))
    assert before == ((first.start, first.end),)


def test_a_list_of_twelve_periods_has_quarters_and_halves() -> None:
    house = listed((2026,), date(2026, 1, 1), [30, 29, 32] * 4)
    assert ends(house, "2026-01-01", "2026-12-30", "quarter") == {
        "2026-Q1": "2026-04-01", "2026-Q2": "2026-07-01", "2026-Q3": "2026-09-30", "2026-Q4": "2026-12-30",
    }  # fmt: skip
    assert list(ends(house, "2026-01-01", "2026-12-30", "half")) == ["2026-H1", "2026-H2"]


def test_nothing_is_known_beyond_a_list() -> None:
    house = ListedCalendar(
        "house", 2026, (tuple(date(2026, n, 1) for n in range(1, 13)),), date(2026, 12, 31), "h.yaml"
    )
    assert house.month_of(date(2026, 12, 31)) == 2026 * 12 + 11
    for day in (date(2025, 12, 31), date(2027, 1, 1)):
        with pytest.raises(RuleError, match=rf"h\.yaml: the calendar 'house' lists no period for {day}"):
            house.month_of(day)
    with pytest.raises(RuleError, match="the year 2025: it goes from 2026-01-01 to 2026-12-31"):
        house.move_start(date(2026, 3, 1), -12)


def windows(found: Period, through: str, baseline: Baseline) -> list[list[str]]:
    made = baseline_windows(found, date.fromisoformat(through), baseline)
    return [[day.isoformat() for day in window] for window in made]


def test_53_weeks_compare_with_52_by_number() -> None:
    """The last month of 2023 has five weeks, that of 2022 four; 2024 begins a week later than 2023 did."""
    year = periods(RETAIL, "2023-01-29", "2024-02-03", "year", "month")[0]
    assert windows(year, "2024-02-03", Baseline("previous_year")) == [["2022-01-30", "2023-01-28"]]
    assert windows(year, "2023-12-30", Baseline("previous_year")) == [["2022-01-30", "2022-12-31"]]
    last = periods(RETAIL, "2023-01-29", "2024-02-03")[-1]
    assert windows(last, "2024-02-03", Baseline("previous_year")) == [["2023-01-01", "2023-01-28"]]
    after = periods(RETAIL, "2024-02-04", "2025-02-01")[0]
    assert windows(after, "2024-03-02", Baseline("previous_year")) == [["2023-01-29", "2023-02-25"]]
    assert windows(after, "2024-03-02", Baseline("previous_period")) == [["2023-12-31", "2024-02-03"]]


def test_an_average_looks_back_period_by_period_and_agreed_figures_do_not() -> None:
    quarter = periods(RETAIL, "2024-02-04", "2024-05-04", "quarter", "month")[0]
    assert windows(quarter, "2024-05-04", Baseline("average", 3)) == [
        ["2023-10-29", "2024-02-03"], ["2023-07-30", "2023-10-28"], ["2023-04-30", "2023-07-29"],
    ]  # fmt: skip
    assert windows(quarter, "2024-03-02", Baseline("average", 2)) == [
        ["2023-10-29", "2023-11-25"], ["2023-07-30", "2023-08-26"],
    ]  # fmt: skip
    assert windows(quarter, "2024-05-04", Baseline("dataset")) == []


def test_a_part_period_clips_its_baseline_at_the_same_days() -> None:
    part = periods(RETAIL, "2024-02-14", "2024-05-04", "quarter")[0]
    assert windows(part, "2024-05-04", Baseline("previous_year")) == [["2023-02-08", "2023-04-29"]]
    part = periods(RETAIL, "2024-02-04", "2024-04-20", "quarter")[0]
    assert windows(part, "2024-04-20", Baseline("previous_year")) == [["2023-01-29", "2023-04-15"]]


month_calendars = st.builds(
    MonthCalendar, st.just("own"), st.integers(1, 12), st.integers(1, 28), st.sampled_from(["start", "end"])
)
week_calendars = st.builds(
    WeekCalendar,
    st.just("own"),
    weeks=st.sampled_from([(4, 4, 5), (4, 5, 4), (5, 4, 4)]),
    last_weekday=st.integers(0, 6),
    last_month=st.integers(1, 12),
    ends_on=st.sampled_from(["last", "nearest"]),
    extra_week=st.integers(1, 12),
    named_after=st.sampled_from(["start", "end"]),
)


@st.composite
def listed_calendars(draw: st.DrawFn) -> ListedCalendar:
    lengths = draw(st.lists(st.integers(20, 40), min_size=12, max_size=13))
    years, start = [], date(2019, 12, 1)
    for _ in range(12):
        firsts = [start + sum(lengths[:place]) * DAY for place in range(len(lengths) + 1)]
        years.append(tuple(firsts[:-1]))
        start = firsts[-1]
    return ListedCalendar("own", 2020, tuple(years), start - DAY)


calendars = st.just(GREGORIAN) | month_calendars | week_calendars | listed_calendars()
frequencies = [frequency for frequency in get_args(Frequency) if frequency != "program"]


def within(calendar: Calendar) -> st.SearchStrategy[date]:
    """Days from which one may go back two years and on for two."""
    if calendar.covers is None:
        return st.dates(date(1950, 1, 1), date(2090, 12, 31))
    return st.dates(calendar.starts(2022)[0], calendar.starts(2030)[0] - DAY)


@settings(deadline=None)
@given(calendars, st.data())
def test_months_adjoin_and_every_day_lies_in_one(calendar: Calendar, data: st.DataObject) -> None:
    day = data.draw(within(calendar))
    month = calendar.month_of(day)
    assert calendar.first_day(month) <= day <= calendar.last_day(month)
    assert calendar.last_day(month) + DAY == calendar.first_day(month + 1)
    assert calendar.month_of(calendar.last_day(month) + DAY) == month + 1
    starts = calendar.starts(month // calendar.months_per_year)
    assert len(starts) == calendar.months_per_year + 1
    assert list(starts) == sorted(set(starts))


@settings(deadline=None)
@given(week_calendars, st.integers(1950, 2090))
def test_years_of_weeks_end_where_they_say_and_have_52_or_53(calendar: WeekCalendar, year: int) -> None:
    starts = calendar.starts(year)
    end = starts[-1] - DAY
    assert end.weekday() == calendar.last_weekday
    weeks = [(after - first).days // 7 for first, after in pairwise(starts)]
    assert all((after - first).days % 7 == 0 for first, after in pairwise(starts))
    assert sum(weeks) in {52, 53}
    weeks[calendar.extra_week - 1] -= sum(weeks) - 52
    assert weeks == [*calendar.weeks * 4]
    # The nominal end is the month's last day: the year ends on it, up to six days before, or three around it.
    nominal = year + (calendar.named_after == "start" and calendar.last_month != 12)
    first_after = date(nominal + calendar.last_month // 12, calendar.last_month % 12 + 1, 1)
    distance = (first_after - DAY - end).days
    assert distance in (range(7) if calendar.ends_on == "last" else range(-3, 4))


@settings(deadline=None)
@given(calendars, st.data(), st.integers(0, 900))
def test_short_periods_nest_in_long_ones(calendar: Calendar, data: st.DataObject, length: int) -> None:
    start = data.draw(within(calendar))
    end = start + min(length, 300 if calendar.covers else length) * DAY
    possible: list[Any] = [frequency for frequency in frequencies if calendar.months_in(frequency)]
    parts = {frequency: [*cut(calendar, frequency, start, end)] for frequency in possible}
    for found in parts.values():
        assert (found[0][1], found[-1][2]) == (start, end)
        assert all(before[2] + DAY == after[1] for before, after in pairwise(found))
        assert len({name for name, *_ in found}) == len(found)
    for short, long in pairwise(possible):
        assert {part[2] for part in parts[long]} <= {part[2] for part in parts[short]}
    assert possible == (["month", "year"] if calendar.months_per_year == 13 else frequencies)


@settings(deadline=None)
@given(calendars, st.data(), st.integers(-20, 20))
def test_stretches_that_adjoin_still_do_when_they_are_moved(
    calendar: Calendar, data: st.DataObject, months: int
) -> None:
    day = data.draw(within(calendar))
    assert calendar.move_end(day, months) + DAY == calendar.move_start(day + DAY, months)
    assert calendar.month_of(calendar.move_end(day, months)) == calendar.month_of(day) + months
    assert calendar.move_start(day, 0) == calendar.move_end(day, 0) == day


@settings(deadline=None)
@given(st.dates(date(1950, 1, 1), date(2090, 12, 31)), st.integers(-60, 60))
def test_months_of_everybody_move_as_ever(day: date, months: int) -> None:
    assert GREGORIAN.move_end(day, months) == shift_months(day, months)


@settings(deadline=None)
@given(
    calendars, st.data(), st.sampled_from(["month", "year"]),
    st.sampled_from([Baseline("previous_year"), Baseline("previous_period"), Baseline("average", 2)]),
)  # fmt: skip
def test_windows_adjoin_as_their_periods_do(
    calendar: Calendar, data: st.DataObject, frequency: Any, baseline: Baseline
) -> None:
    start = data.draw(within(calendar))
    parts = [*cut(calendar, frequency, start, start + 200 * DAY)]
    made = [
        baseline_windows(Period(name, first, last, (last,), months, calendar), last, baseline)
        for name, first, last, months in parts
    ]
    assert all(len(each) == baseline.periods for each in made)
    for before, after in pairwise(made):
        assert [window[1] + DAY for window in before] == [window[0] for window in after]
    if baseline.kind == "average":
        assert all(earlier[1] + DAY == later[0] for each in made[1:-1] for later, earlier in pairwise(each))
