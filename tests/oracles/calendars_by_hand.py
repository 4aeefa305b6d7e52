"""The demo's own calendars, written down by hand from what their contracts say: nothing is taken from the engine."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from tests.oracles.periods_by_hand import DAY, MONTHS, Gregorian, Span

WEEK = timedelta(weeks=1)


class Month(NamedTuple):
    """A month of a calendar: its year, its number in it, its first and last day."""

    year: int
    number: int
    first: date
    last: date


class HouseCalendar(Gregorian):
    """Months one after another, as many as the demo's two years need."""

    def __init__(self, months: list[Month]) -> None:
        self.months = months

    def periods(self, start: date, end: date, period: str, settle: str) -> list[Span]:
        """Cut the days of an agreement into periods, the first and the last of them clipped to it."""
        found = []
        for name, months in self._groups(period, start, end):
            first, last = max(months[0].first, start), min(months[-1].last, end)
            ends = [min(part[-1].last, last) for _, part in self._groups(settle, first, last)]
            found.append(Span(name, first, last, tuple(ends)))
        return found

    def earlier(self, span: Span, through: date, months: int) -> tuple[date, date]:
        """Move days that begin and end with months back by a number of months."""
        first = next(n for n, month in enumerate(self.months) if month.first == span.start)
        last = next(n for n, month in enumerate(self.months) if month.last == through)
        return self.months[first - months].first, self.months[last - months].last

    def _groups(self, period: str, start: date, end: date) -> list[tuple[str, list[Month]]]:
        inside = [month for month in self.months if month.last >= start and month.first <= end]
        if period == "program":
            return [("program", inside)]
        length = MONTHS[period]
        groups: dict[str, list[Month]] = {}
        for month in inside:
            part = (month.number - 1) // length + 1
            suffix = {"month": f"-P{part:02}", "quarter": f"-Q{part}", "half": f"-H{part}", "year": ""}[period]
            groups.setdefault(f"{month.year}{suffix}", []).append(month)
        return list(groups.items())


def in_weeks(first: date, *years: tuple[int, tuple[int, ...]]) -> list[Month]:
    """Lay months of whole weeks end to end."""
    months = []
    for year, weeks in years:
        for number, count in enumerate(weeks, start=1):
            months.append(Month(year, number, first, first + count * WEEK - DAY))
            first += count * WEEK
    return months


def from_april(first: int, last: int) -> list[Month]:
    """List the months of the years that begin in April `first` to April `last`."""
    return [
        Month(year, number, day, _next(day) - DAY)
        for year in range(first, last + 1)
        for number in range(1, 13)
        for day in [date(year + (number > 9), (number + 2) % 12 + 1, 1)]
    ]


def _next(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


QUARTER = (4, 4, 5)
CALENDARS = {
    # Saturday 28 December 2024 ends fiscal 2024; fiscal 2025 has 53 weeks, and its last month six of them.
    "retail-4-4-5": HouseCalendar(in_weeks(date(2024, 12, 29), (2025, QUARTER * 3 + (4, 4, 6)), (2026, QUARTER * 4))),
    "japanese-fiscal-year": HouseCalendar(from_april(2025, 2026)),
    "promotion-periods": HouseCalendar(in_weeks(date(2025, 12, 29), (2026, (4,) * 13))),
}


def calendar_of(program: dict[str, Any]) -> Gregorian:
    """Find the calendar that an agreement names."""
    return CALENDARS.get(program.get("calendar", ""), Gregorian())
