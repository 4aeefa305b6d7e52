"""Date checks: the calendar of a program covers its days, and rebates begin and end where their periods do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, get_args

from rules.compiled.periods import cut
from rules.language.calendars import Frequency
from rules.language.reading import known
from rules.loading.consistency import FIRST_YEAR, LAST_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from rules.language.calendars import Calendar
    from rules.language.clauses import Effective
    from rules.language.figures import Baseline
    from rules.language.model import Program, Rebate
    from rules.language.yaml_text import Marked, Path
    from schemas.errors import Problem

_DAY = timedelta(days=1)


def check_dates(program: Program, calendar: Calendar, marked: Marked) -> Iterator[Problem]:
    """Yield what does not fit between `program`, which may be a draft, and the calendar it follows."""
    days = known(program.effective)
    if days is None or not _is_sound(days):
        return
    beyond = [*_check_reach(days, calendar, marked)]
    yield from beyond
    for name, rebate in (known(program.rebates) or {}).items():
        if known(rebate) is None or known(rebate.period) is None:
            continue
        checks = _RebateChecks(rebate, days, calendar, marked, ("rebates", name))
        unknown = [*checks.frequencies()]
        yield from unknown
        # The remaining checks cut the days by the calendar, which raises beyond its ends.
        if not beyond and not unknown:
            yield from checks.effective()
            yield from checks.baselines()


def _is_sound(days: Effective) -> bool:
    """Return whether the days could be read and are in order; if not, another check reports it."""
    start, end = known(days.start), known(days.end)
    return start is not None and end is not None and start.year >= FIRST_YEAR and start <= end and end.year <= LAST_YEAR


def _check_reach(days: Effective, calendar: Calendar, marked: Marked) -> Iterator[Problem]:
    if calendar.covers is None:
        return
    first, last = calendar.covers
    for key, day in (("from", days.start), ("to", days.end)):
        if not first <= day <= last:
            found = f"the calendar {calendar.id!r} goes from {first} to {last}: {day} is not in it"
            yield marked.problem_at(("effective", key), found, "list the periods of that year in the calendar's file")


@dataclass(frozen=True)
class _RebateChecks:
    rebate: Rebate
    days: Effective
    calendar: Calendar
    marked: Marked
    path: Path

    def frequencies(self) -> Iterator[Problem]:
        """Yield a problem for quarters and halves if the calendar's years have none."""
        for key, frequency in (("period", self.rebate.period), ("settle", self.rebate.settle_written)):
            if frequency and not self._has(frequency):
                count = self.calendar.months_per_year
                found = f"a year of the calendar {self.calendar.id!r} has {count} months, which make no {frequency}"
                options = [option for option in get_args(Frequency) if self._has(option)]
                yield self.marked.problem_at((*self.path, key), found, f"use one of: {', '.join(options)}")

    def effective(self) -> Iterator[Problem]:
        """Yield problems of days outside the program's, or within a period: each period has one scale."""
        own = self.rebate.effective
        if own is None or known(own.start) is None or known(own.end) is None:
            return
        path = (*self.path, "effective")
        if own.start > own.end:
            found = f"the rebate ends on {own.end}, before it begins on {own.start}"
            yield self.marked.problem_at((*path, "to"), found, "exchange the two")
            return
        for key, day, does in (("from", own.start, "begins"), ("to", own.end, "ends")):
            if not self.days.start <= day <= self.days.end:
                found = f"the rebate {does} on {day}, but the program holds from {self.days.start} to {self.days.end}"
                yield self.marked.problem_at((*path, key), found, "write a day of the program's, or let it hold longer")
            else:
                yield from self._splits(day, does, (*path, key))

    def _splits(self, day: date, does: str, path: Path) -> Iterator[Problem]:
        parts = cut(self.calendar, self.rebate.period, self.days.start, self.days.end)
        name, first, last, _ = next(part for part in parts if part[1] <= day <= part[2])
        options = (first, last + _DAY) if does == "begins" else (last, first - _DAY)
        if day != options[0]:
            what = "whole program" if self.rebate.period == "program" else f"{self.rebate.period} {name}"
            found = f"the rebate {does} on {day}, inside the {what}: a period has one scale"
            days = " or ".join(str(option) for option in options if self.days.start <= option <= self.days.end)
            yield self.marked.problem_at(path, found, f"write {days}, or measure it over shorter periods")

    def baselines(self) -> Iterator[Problem]:
        """Yield problems of growth against periods that the calendar does not list."""
        start = self._start()
        if self.calendar.covers is None or start is None:
            return
        months, earliest = self.calendar.months_in(self.rebate.period), self.calendar.month_of(self.calendar.covers[0])
        month = self.calendar.month_of(start)
        month -= month % (months or 1)
        for key, figure in (("measure", known(self.rebate.measure)), ("qualifier", self.rebate.qualifier_written)):
            baseline = figure.baseline if figure else None
            before = month - self._back(baseline) if baseline else earliest
            if before < earliest:
                needed, first = (self.calendar.name(number, "month") for number in (before, earliest))
                found = f"growth needs {needed}, but the calendar {self.calendar.id!r} begins with {first}"
                todo = "list the periods of that year in the calendar's file"
                yield self.marked.problem_at((*self.path, key, "baseline"), found, todo)

    def _has(self, frequency: Frequency) -> bool:
        """Return whether the calendar has periods of that frequency."""
        return frequency == "program" or self.calendar.months_in(frequency) > 0

    def _start(self) -> date | None:
        """Return the first day of the rebate; None if it could not be read or lies outside the program."""
        own = self.rebate.effective
        start = known(own.start) if own else self.days.start
        return start if start and self.days.start <= start <= self.days.end else None

    def _back(self, baseline: Baseline) -> int:
        """Return the number of months back to the first month of the baseline."""
        if baseline.kind == "previous_year":
            return self.calendar.months_per_year
        return 0 if baseline.kind == "dataset" else self.calendar.months_in(self.rebate.period) * baseline.periods
