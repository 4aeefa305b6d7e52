"""Periods: the stretches of days a rebate is measured over, when they settle, and what they compare with."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.model import Baseline, Frequency, Program, Rebate

MONTHS: dict[Frequency, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
"""The length of each period of the calendar."""

_MONTHS_PER_YEAR = 12
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """A period of a rebate, clipped to the days its program holds; both ends are included.

    `id` is 2026-03, 2026-Q1, 2026-H1, 2026 or program. `settlements` are the days it is settled through, rising,
    the last being its end. `months` is the full length of such a period; 0 for a whole program.
    """

    id: str
    start: date
    end: date
    settlements: tuple[date, ...]
    months: int


def periods_of(program: Program, rebate: Rebate) -> tuple[Period, ...]:
    """List the periods of a rebate in order; a part period ends where the program does, and settles there."""
    start, end = program.effective.start, program.effective.end
    return tuple(
        Period(name, first, last, tuple(part[2] for part in _cut(rebate.settle, first, last)), months)
        for name, first, last, months in _cut(rebate.period, start, end)
    )


def settled_through(period: Period, as_of: date, grace_days: int) -> date | None:
    """Give the last day of `period` that is settled in the books as of `as_of`; None before its first settlement.

    A settlement period settles at the first run whose as-of date is after its end and the days of grace.
    """
    settled = [day for day in period.settlements if as_of > day + timedelta(days=grace_days)]
    return max(settled, default=None)


def baseline_window(period: Period, through: date, baseline: Baseline) -> tuple[date, date]:
    """Give the days that `period`, up to and including `through`, is compared with.

    The first and last day are moved back alike (by a year, or by the length of the period), so that windows that
    adjoin still do, and a month's end is compared through the end of the earlier month.
    """
    back = -_MONTHS_PER_YEAR if baseline.kind == "previous_year" else -period.months
    return shift_months(period.start - _DAY, back) + _DAY, shift_months(through, back)


def shift_months(day: date, months: int) -> date:
    """Move a day by whole months; the last day of a month becomes the last day of the other month."""
    year, month = divmod(day.year * _MONTHS_PER_YEAR + day.month - 1 + months, _MONTHS_PER_YEAR)
    length = monthrange(year, month + 1)[1]
    is_last = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, length if is_last else min(day.day, length))


def month_of(day: date) -> str:
    """Name the month of a day, such as 2026-11."""
    return f"{day.year:04}-{day.month:02}"


def next_month(day: date) -> str:
    """Name the month after a day's."""
    return month_of(shift_months(day.replace(day=1), 1))


def _cut(frequency: Frequency, start: date, end: date) -> Iterator[tuple[str, date, date, int]]:
    """Cut the days from `start` to `end` at the calendar's period ends: id, first day, last day, full months."""
    if frequency == "program":
        yield "program", start, end, 0
        return
    months = MONTHS[frequency]
    first = start
    while first <= end:
        number = (first.month - 1) // months
        begins = date(first.year, number * months + 1, 1)
        last = min(shift_months(begins, months) - _DAY, end)
        yield _name(frequency, begins, number + 1), first, last, months
        first = last + _DAY


def _name(frequency: Frequency, begins: date, number: int) -> str:
    if frequency == "month":
        return month_of(begins)
    mark = {"quarter": f"-Q{number}", "half": f"-H{number}"}.get(frequency, "")
    return f"{begins.year:04}{mark}"
