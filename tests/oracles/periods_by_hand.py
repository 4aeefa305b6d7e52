"""The periods of the common calendar, counted by hand: nothing is taken from the engine."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Any, NamedTuple

DAY = timedelta(days=1)
MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


class Span(NamedTuple):
    """A period, clipped to the program's days, and the days it is settled through."""

    name: str
    start: date
    end: date
    settlements: tuple[date, ...]


class Gregorian:
    """The calendar of everybody's year."""

    def periods(self, start: date, end: date, period: str, settle: str) -> list[Span]:
        """Cut the days of an agreement into periods, the first and the last of them clipped to it."""
        if period == "program":
            return [Span("program", start, end, _ends(start, end, settle))]
        found = []
        day = start
        while day <= end:
            last = min(_last_day(day, MONTHS[period]), end)
            found.append(Span(_name(day, period), day, last, _ends(day, last, settle)))
            day = last + DAY
        return found

    def earlier(self, span: Span, through: date, months: int) -> tuple[date, date]:
        """Move the days from the period's start through `through` back by whole months; month ends stay month ends."""
        return moved(span.start - DAY, -months) + DAY, moved(through, -months)


def moved(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    length = monthrange(year, month + 1)[1]
    is_last = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, length if is_last else min(day.day, length))


def settled_through(span: Span, as_of: date, grace_days: int) -> date | None:
    return max((day for day in span.settlements if as_of > day + timedelta(days=grace_days)), default=None)


def _ends(start: date, end: date, settle: str) -> tuple[date, ...]:
    if settle == "program":
        return (end,)
    ends, day = [], start
    while day <= end:
        last = min(_last_day(day, MONTHS[settle]), end)
        ends.append(last)
        day = last + DAY
    return tuple(ends)


def _last_day(day: date, months: int) -> date:
    month = (day.month - 1) // months * months + months
    return date(day.year, month, monthrange(day.year, month)[1])


def _name(day: date, period: str) -> str:
    number = (day.month - 1) // MONTHS[period] + 1
    return {
        "month": f"{day.year:04}-{day.month:02}", "quarter": f"{day.year:04}-Q{number}",
        "half": f"{day.year:04}-H{number}", "year": f"{day.year:04}",
    }[period]  # fmt: skip


def settings_of(rebate: dict[str, Any]) -> tuple[str, str]:
    return rebate["period"], rebate.get("settle", rebate["period"])
