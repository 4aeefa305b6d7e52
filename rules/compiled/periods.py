"""Periods: the ranges of days over which a rebate is measured, when they settle, and their baselines."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from rules.language.calendars import GREGORIAN, MONTHS_PER_YEAR, Calendar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rules.language.calendars import Frequency
    from rules.language.figures import Baseline
    from rules.language.model import Program, Rebate


OUTLOOK = pl.Schema(
    {
        "program": pl.String(),
        "rebate": pl.String(),
        "period": pl.String(),
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "elapsed": pl.Int32(),
        "days": pl.Int32(),
    }
)
"""The open periods that are forecast, and how many of their days have elapsed. Empty: nothing is forecast."""


YEARS = pl.Schema(
    {"calendar": pl.String(), "year": pl.String(), "from": pl.Date(), "to": pl.Date(), "days": pl.Int64()}
)

ENDING = pl.Schema(
    {
        "program": pl.String(),
        "rebate": pl.String(),
        "period": pl.String(),
        "ends_on": pl.Date(),
        "settles_from": pl.Date(),
    }
)
"""What ends on a day, and the as-of date of the first run that may settle it."""

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """A period of a rebate, clipped to the days on which the rebate holds; both ends are included.

    `id` is 2026-03 (2026-P03 in a custom calendar), 2026-Q1, 2026-H1, 2026 or program. `settlements` are the days
    through which it is settled, ascending, the last being its end. `months` is the full length of such a period in
    months of its `calendar`; 0 for a whole program.
    """

    id: str
    start: date
    end: date
    settlements: tuple[date, ...]
    months: int
    calendar: Calendar = GREGORIAN


def periods_of(program: Program, rebate: Rebate) -> tuple[Period, ...]:
    """Return the periods of a rebate in order; a part period ends where the rebate does, and settles there."""
    calendar, days = program.fiscal_calendar, rebate.effective or program.effective
    return tuple(
        Period(
            name, first, last, tuple(part[2] for part in cut(calendar, rebate.settle, first, last)), months, calendar
        )
        for name, first, last, months in cut(calendar, rebate.period, days.start, days.end)
    )


def settled_through(period: Period, as_of: date, grace_days: int) -> date | None:
    """Return the last day of `period` that is settled as of `as_of`; None before its first settlement.

    A settlement period settles in the first run whose as-of date is after its end and the days of grace.
    """
    settled = [day for day in period.settlements if as_of > day + timedelta(days=grace_days)]
    return max(settled, default=None)


def ending_on(programs: Sequence[Program], day: date) -> pl.DataFrame:
    """Return what ends on `day` and is settled later: ENDING, one row per rebate and period, sorted.

    A part of a period that is settled by itself, such as a month of a year, is listed under its whole period.
    """
    rows = [
        (program.id, name, period.id, day, day + timedelta(days=program.grace_days + 1))
        for program in programs
        for name, rebate in program.rebates.items()
        for period in periods_of(program, rebate)
        if day in period.settlements
    ]
    return pl.DataFrame(sorted(rows), schema=ENDING, orient="row")


def baseline_windows(period: Period, through: date, baseline: Baseline) -> tuple[tuple[date, date], ...]:
    """Return the days with which `period`, up to and including `through`, is compared, the latest window first.

    One window for the year or period before, one for each period of an average, none for agreed figures. Each has the
    same position in its period as the days that are compared with it: a year of 53 weeks is compared with one of 52
    month by month, a month's end with a month's end, and adjoining windows stay adjoining. A window whose month is too
    short to have such days is empty: it ends the day before it starts.

    Raises:
        RuleError: the calendar does not go back so far.
    """
    if baseline.kind == "dataset":
        return ()
    back = period.calendar.months_per_year if baseline.kind == "previous_year" else period.months
    return tuple(
        (period.calendar.move_start(period.start, -months), period.calendar.move_end(through, -months))
        for months in range(back, back * baseline.periods + 1, back)
    )


def compared_through(period: Period, horizon: str, through: date) -> date:
    """Return the last day through which `period` is compared with its baseline.

    To date, the period is open: its figure is compared with the whole baseline (see rules.compiled.terms.PERIODS).
    """
    return period.end if horizon == "to_date" else through


def length(first: date, last: date) -> int:
    """Return the number of days from first to last, both included."""
    return (last - first).days + 1


def shift_months(day: date, months: int) -> date:
    """Return a day moved by whole months; the last day of a month becomes the last day of the other month."""
    year, month = divmod(day.year * MONTHS_PER_YEAR + day.month - 1 + months, MONTHS_PER_YEAR)
    length = monthrange(year, month + 1)[1]
    is_last = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, length if is_last else min(day.day, length))


def month_of(day: date) -> str:
    """Return the name of a day's month, such as 2026-11."""
    return f"{day.year:04}-{day.month:02}"


def next_month(day: date) -> str:
    """Return the name of the month after a day's month."""
    return month_of(shift_months(day.replace(day=1), 1))


def _ends(parts: Iterator[tuple[str, date, date, int]]) -> tuple[date, ...]:
    """Return the last days of parts."""
    return tuple(last for _, _, last, _ in parts)


def calendar_years(programs: Sequence[Program]) -> pl.DataFrame:
    """Return the years of custom calendars in which programs hold: YEARS, each once, sorted."""
    rows = set()
    for program in programs:
        calendar, days = program.fiscal_calendar, program.effective
        first, last = (calendar.month_of(day) // calendar.months_per_year for day in (days.start, days.end))
        for year in range(first, last + 1) if calendar != GREGORIAN else ():
            starts = calendar.starts(year)
            rows.add((calendar.id, f"{year:04}", starts[0], starts[-1] - _DAY, (starts[-1] - starts[0]).days))
    return pl.DataFrame(sorted(rows), schema=YEARS, orient="row")


def cut(calendar: Calendar, frequency: Frequency, start: date, end: date) -> Iterator[tuple[str, date, date, int]]:
    """Yield the days from `start` to `end`, cut at the calendar's period ends: id, first day, last day, full months."""
    if frequency == "program":
        yield "program", start, end, 0
        return
    months = calendar.months_in(frequency)
    month = calendar.month_of(start)
    # Back to the first month of the period that contains `start`: the id names the whole period.
    month -= month % calendar.months_per_year % months
    first = start
    while first <= end:
        last = min(calendar.last_day(month + months - 1), end)
        yield calendar.name(month, frequency), first, last, months
        first = last + _DAY
        month += months
