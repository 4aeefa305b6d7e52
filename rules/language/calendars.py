"""Calendars: how years are cut into months, numbered through all years, so that periods compare by number.

A month is a month of the calendar: a calendar month for gregorian, a fiscal month of 4 or 5 weeks, or a listed period.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, lru_cache
from itertools import accumulate
from typing import Literal, NoReturn, TypeAlias

from schemas.errors import Place, Problem, RuleError

Frequency: TypeAlias = Literal["month", "quarter", "half", "year", "program"]
NamedAfter = Literal["start", "end"]

MONTHS_PER_YEAR = 12
WEEKS_PER_YEAR = 52
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
# The nearest weekday is at most three days away: the last one up to three days after the month's end.
_NEAREST = timedelta(days=3)
_PARTS: dict[Frequency, int] = {"quarter": 4, "half": 2, "year": 1}
# Bounds the memory of a long-lived process; a run needs a few years of each calendar.
_MOST_YEARS_KEPT = 1024


@dataclass(frozen=True)
class Calendar(ABC):
    """The months of every year, numbered through all years: year times months_per_year, plus the position from 0."""

    id: str

    @abstractmethod
    def starts(self, year: int) -> tuple[date, ...]:
        """Return the first day of each month of the calendar's year `year`, then that of the year after.

        Raises:
            RuleError: the calendar does not reach so far.
        """

    @property
    def months_per_year(self) -> int:
        """Return the number of months of every year."""
        return MONTHS_PER_YEAR

    @property
    def covers(self) -> tuple[date, date] | None:
        """Return the first and last day that the calendar covers; None if it covers all days."""
        return None

    def months_in(self, frequency: Frequency) -> int:
        """Return the number of months of a period; 0 for a whole program, or where no period has that length."""
        if frequency == "program":
            return 0
        months, rest = divmod(self.months_per_year, self.months_per_year if frequency == "month" else _PARTS[frequency])
        return 0 if rest else months

    def month_of(self, day: date) -> int:
        """Return the number of the month in which `day` lies."""
        # A year may be named after its end and start up to a year before: the search begins one year later still.
        year = next(year for year in range(day.year + 2, 0, -1) if self.starts(year)[0] <= day)
        return year * self.months_per_year + bisect_right(self.starts(year), day) - 1

    def first_day(self, month: int) -> date:
        """Return the first day of a month."""
        year, place = divmod(month, self.months_per_year)
        return self.starts(year)[place]

    def last_day(self, month: int) -> date:
        """Return the last day of a month."""
        year, place = divmod(month, self.months_per_year)
        return self.starts(year)[place + 1] - _DAY

    def name(self, month: int, frequency: Frequency) -> str:
        """Return the id of the period beginning with `month`: 2026-P03 (gregorian: 2026-03), 2026-Q1, 2026-H1, 2026."""
        year, place = divmod(month, self.months_per_year)
        if frequency == "year":
            return f"{year:04}"
        number = place // self.months_in(frequency) + 1
        if frequency == "month":
            return f"{year:04}-{'' if self.id == GREGORIAN.id else 'P'}{number:02}"
        return f"{year:04}-{frequency[0].upper()}{number}"

    def move_start(self, day: date, months: int) -> date:
        """Return the first day of a range moved by whole months, so that adjoining ranges stay adjoining."""
        month, days = self._place(day)
        return min(self.first_day(month + months) + days, self.last_day(month + months) + _DAY)

    def move_end(self, day: date, months: int) -> date:
        """Return the last day of a range moved by whole months; the last day of a month stays the last day."""
        month, days = self._place(day)
        moved = self.last_day(month + months)
        return moved if day == self.last_day(month) else min(self.first_day(month + months) + days, moved)

    def _place(self, day: date) -> tuple[int, timedelta]:
        """Return the month of a day and its distance from the first day of the month."""
        month = self.month_of(day)
        return month, day - self.first_day(month)


@dataclass(frozen=True)
class MonthCalendar(Calendar):
    """Years of twelve months that all begin on the same day of the month (1 to 28) as the first one."""

    first_month: int
    first_monthday: int
    named_after: NamedAfter

    def starts(self, year: int) -> tuple[date, ...]:
        """Return the first day of each month of `year`, then that of the year after."""
        return _month_starts(self, year)


@cache
def _month_starts(calendar: MonthCalendar, year: int) -> tuple[date, ...]:
    """Return what `starts` does; every period of every rebate asks for the same few years."""
    begins_with_the_year = calendar.first_month == calendar.first_monthday == 1
    back = calendar.named_after == "end" and not begins_with_the_year
    first = (year - back) * MONTHS_PER_YEAR + calendar.first_month - 1
    return tuple(
        date(month // MONTHS_PER_YEAR, month % MONTHS_PER_YEAR + 1, calendar.first_monthday)
        for month in range(first, first + MONTHS_PER_YEAR + 1)
    )


@dataclass(frozen=True)
class WeekCalendar(Calendar):
    """Years of whole weeks that end on a weekday at the end of a calendar month; a 53rd week follows from that rule.

    `weeks` is one quarter, such as 4-4-5. The year ends on the `last` such weekday of the month, or on the one
    `nearest` to the month's last day. The 53rd week is added to the month with the number `extra_week`.
    """

    weeks: tuple[int, int, int]
    last_weekday: int
    last_month: int
    ends_on: Literal["last", "nearest"]
    extra_week: int
    named_after: NamedAfter

    def starts(self, year: int) -> tuple[date, ...]:
        """Return the first day of each month of `year`, then that of the year after."""
        return _week_starts(self, year)


@lru_cache(_MOST_YEARS_KEPT)
def _week_starts(calendar: WeekCalendar, year: int) -> tuple[date, ...]:
    """Return the first day of each month of a year of weeks, then that of the year after."""
    # By months, not days: a year that ends near 31 December may begin or end in a neighbouring calendar year.
    is_named_before = calendar.named_after == "start" and calendar.last_month != MONTHS_PER_YEAR
    last = year + is_named_before
    start, end = _year_end(calendar, last - 1) + _DAY, _year_end(calendar, last) + _DAY
    weeks = [*calendar.weeks * 4]
    weeks[calendar.extra_week - 1] += (end - start) // _WEEK - WEEKS_PER_YEAR
    return tuple(start + count * _WEEK for count in accumulate(weeks, initial=0))


def _year_end(calendar: WeekCalendar, year: int) -> date:
    """Return the last day of the calendar's year whose last month is one of the calendar year `year`."""
    limit = date(year, calendar.last_month, monthrange(year, calendar.last_month)[1])
    limit += _NEAREST if calendar.ends_on == "nearest" else timedelta()
    return limit - timedelta(days=(limit.weekday() - calendar.last_weekday) % 7)


@dataclass(frozen=True)
class ListedCalendar(Calendar):
    """Years whose months are listed one by one; nothing is known beyond the list.

    `years`: the first days of the months of each year, from `first_year` on; `ends` is the last day of the list.
    """

    first_year: int
    years: tuple[tuple[date, ...], ...]
    ends: date
    file: str = field(default="", compare=False)

    @property
    def months_per_year(self) -> int:
        """Return the number of months of every year: the same for all."""
        return len(self.years[0])

    @property
    def covers(self) -> tuple[date, date]:
        """Return the first and the last day listed."""
        return self.years[0][0], self.ends

    def starts(self, year: int) -> tuple[date, ...]:
        """Return the first day of each month of `year`, then that of the year after."""
        place = year - self.first_year
        if not 0 <= place < len(self.years):
            self._refuse(f"the year {year}")
        after = self.years[place + 1][0] if place + 1 < len(self.years) else self.ends + _DAY
        return *self.years[place], after

    def month_of(self, day: date) -> int:
        """Return the number of the month in which `day` lies."""
        first, last = self.covers
        if not first <= day <= last:
            self._refuse(f"{day}")
        place = bisect_right([year[0] for year in self.years], day) - 1
        return (self.first_year + place) * self.months_per_year + bisect_right(self.years[place], day) - 1

    def _refuse(self, what: str) -> NoReturn:
        found = f"the calendar {self.id!r} lists no period for {what}: it goes from {self.covers[0]} to {self.ends}"
        raise RuleError(Problem(found, "add the periods of that year", at=Place(self.file)))


GREGORIAN = MonthCalendar("gregorian", first_month=1, first_monthday=1, named_after="start")
"""The calendar of a program that names no other."""
