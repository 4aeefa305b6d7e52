"""From the file of a calendar to the calendar: its contradictions, and its meaning."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from rules.language.calendar_model import MONTHS_OF_A_LIST, CalendarFile, ListedPeriod, PeriodId
from rules.language.calendars import GREGORIAN, MONTHS_PER_YEAR, Calendar, ListedCalendar, MonthCalendar, WeekCalendar
from rules.language.reading import known

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rules.language.yaml_text import Marked
    from schemas.errors import Problem

_DAY = timedelta(days=1)
_FORMS = ("weeks", "starts", "periods")
_NEEDS = {
    "weeks": {
        "ends": "the day a year ends on, such as {weekday: saturday, month: 1, on: last}",
        "named_after": "start or end: the calendar year that gives a year its number",
    },
    "starts": {"named_after": "start or end: the calendar year that gives a year its number"},
}
_BELONGS = {"ends": ("weeks",), "extra_week": ("weeks",), "named_after": ("weeks", "starts")}


def check_calendar(calendar: CalendarFile, marked: Marked) -> Iterator[Problem]:
    """Yield what contradicts itself in `calendar`, which may be a draft: fields that could not be read are skipped."""
    if known(calendar.id) == GREGORIAN.id:
        found = "gregorian is the calendar of everybody's year"
        yield marked.problem_at(("calendar",), found, "give yours another id")
    yield from _check_form(marked)
    if calendar.periods is not None:
        yield from _check_periods(calendar.periods, marked)


def calendar_of(calendar: CalendarFile, file: str) -> Calendar:
    """Return the calendar described by a file without mistakes."""
    if calendar.periods is not None:
        by_year = [(year, [*periods]) for year, periods in groupby(calendar.periods, lambda period: period.id.year)]
        years = tuple(tuple(period.start for period in periods) for _, periods in by_year)
        return ListedCalendar(calendar.id, by_year[0][0], years, calendar.periods[-1].end, file)
    assert calendar.named_after  # noqa: S101  # the check refuses both forms without
    if calendar.starts is not None:
        return MonthCalendar(calendar.id, calendar.starts.month, calendar.starts.day, calendar.named_after)
    assert calendar.weeks  # noqa: S101  # … and a file of no form
    assert calendar.ends  # noqa: S101
    first, second, third = (int(weeks) for weeks in calendar.weeks.split("-"))
    return WeekCalendar(
        calendar.id,
        weeks=(first, second, third),
        last_weekday=calendar.ends.last_weekday,
        last_month=calendar.ends.month,
        ends_on=calendar.ends.on,
        extra_week=calendar.extra_week or MONTHS_PER_YEAR,
        named_after=calendar.named_after,
    )


def _check_form(marked: Marked) -> Iterator[Problem]:
    forms = [form for form in _FORMS if (form,) in marked.keys]
    if len(forms) != 1:
        found = f"the calendar has {' and '.join(forms)}" if forms else "the calendar does not say how it is cut"
        yield marked.problem_at(("calendar",), found, f"give exactly one of: {', '.join(_FORMS)}")
        return
    [form] = forms
    for key, what in _NEEDS.get(form, {}).items():
        if (key,) not in marked.keys:
            yield marked.problem_at((form,), f"{form} has no {key!r} beside it", f"add {key!r}: {what}", at_key=True)
    for key, owners in _BELONGS.items():
        if (key,) in marked.keys and form not in owners:
            found = f"{key} belongs to {' or '.join(owners)}"
            yield marked.problem_at((key,), found, f"remove it: {form} says all", at_key=True)


def _check_periods(periods: Sequence[ListedPeriod], marked: Marked) -> Iterator[Problem]:
    if not periods:
        yield marked.problem_at(("periods",), "the list is empty", "write the periods of every year")
    wrong = [problem for place, period in enumerate(periods) for problem in _check_days(period, marked, place)]
    yield from wrong
    if wrong or not all(_is_read(period) for period in periods):
        return
    wrong = [
        problem
        for place, (before, period) in enumerate(pairwise(periods), 1)
        for problem in _check_next(before, period, marked, place)
    ]
    yield from wrong or _check_years([period.id for period in periods], marked)


def _is_read(period: ListedPeriod) -> bool:
    """Return whether all fields of a period could be read."""
    return known(period) is not None and None not in (known(period.id), known(period.start), known(period.end))


def _check_days(period: ListedPeriod, marked: Marked, place: int) -> Iterator[Problem]:
    if not _is_read(period):
        return
    path = ("periods", place)
    if period.start > period.end:
        found = f"{period.id} ends on {period.end}, before it begins on {period.start}"
        yield marked.problem_at((*path, "to"), found, "exchange the two")
    for key, day in (("from", period.start), ("to", period.end)):
        if abs(day.year - period.id.year) > 1:
            found = f"{day} lies far from the year of {period.id}"
            yield marked.problem_at((*path, key), found, f"write a day of {period.id.year} or of a year beside it")


def _check_next(before: ListedPeriod, period: ListedPeriod, marked: Marked, place: int) -> Iterator[Problem]:
    path = ("periods", place)
    following = PeriodId(before.id.year, before.id.number + 1), PeriodId(before.id.year + 1, 1)
    if period.id not in following:
        found = f"{period.id} stands after {before.id}"
        yield marked.problem_at((*path, "period"), found, f"write {following[0]}, or {following[1]} in a new year")
    todo = f"begin {period.id} on {before.end + _DAY}, the day after {before.id} ends"
    if period.start > before.end + _DAY:
        gap = (period.start - before.end).days - 1
        days = "1 day lies" if gap == 1 else f"{gap} days lie"
        yield marked.problem_at((*path, "from"), f"{days} between {before.id} and {period.id}", todo)
    elif period.start <= before.end:
        yield marked.problem_at((*path, "from"), f"{period.id} begins before {before.id} has ended", todo)


def _check_years(ids: Sequence[PeriodId], marked: Marked) -> Iterator[Problem]:
    """Yield problems of years that are incomplete or of different length: periods are compared by number."""
    if ids and ids[0].number != 1:
        todo = f"begin with {PeriodId(ids[0].year, 1)}: years are listed whole"
        yield marked.problem_at(("periods", 0, "period"), f"the list begins with {ids[0]}", todo)
        return
    lengths = Counter(name.year for name in ids)
    usual = next((length for length in lengths.values() if length in MONTHS_OF_A_LIST), None)
    every = f"{usual}, as in the other years" if usual else " or ".join(map(str, MONTHS_OF_A_LIST))
    for place, name in enumerate(ids):
        is_last = name.number == lengths[name.year]
        if is_last and name.number != usual:
            found = f"the year {name.year} has {name.number} periods"
            yield marked.problem_at(("periods", place, "period"), found, f"list {every}")
