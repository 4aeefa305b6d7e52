"""Openings: when a rep can be at a place, in minutes of the rep's own days.

Hours of places with another clock are shifted to that of the rep, day by day.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.visits.field import Call, Field, Fixed, Rep, Stop, ahead

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from rules.visits.geography import Point


@dataclass(frozen=True)
class Shift:
    """A span of minutes of a day on which the rep works, and how many visits it may have."""

    day: date
    begin: int
    end: int
    most: int


@dataclass(frozen=True)
class Opening:
    """A visit that can be made: where, how long it takes, and in which spans it may begin, each on some days."""

    what: Call | Fixed
    point: Point
    duration: int
    spans: dict[tuple[int, int], set[date]]


def shifts_of(rep: Rep, field: Field) -> list[Shift]:
    """Return the spans on which the rep works; those of one day share its visits a day."""
    shifts = []
    for day in field.days():
        spans = rep.works(day)
        for place, (begin, end) in enumerate(spans):
            most = rep.most // len(spans) + (place < rep.most % len(spans))
            shifts.append(Shift(day, begin, end, most))
    return [shift for shift in shifts if shift.most]


def opening_of(call: Call, shifts: Sequence[Shift], zone: str | None) -> Opening:
    """Return when a call can be made; it has no span where the place is never open when the rep works."""
    assert call.place is not None  # noqa: S101  # only calls with a place are given to a rep
    assert call.place.point is not None  # noqa: S101
    duration = call.template.duration
    spans: defaultdict[tuple[int, int], set[date]] = defaultdict(set)
    holds = call.template.effective
    for day in sorted({shift.day for shift in shifts if holds.start <= shift.day <= holds.end}):
        shifted = ahead(call.place.time_zone, zone, day)
        for begin, end in call.place.hours[day.weekday()]:
            first, last = begin - shifted, end - shifted - duration
            if any(each.day == day and max(first, each.begin) <= min(last, each.end - duration) for each in shifts):
                spans[max(first, 0), max(last, 0)].add(day)
    return Opening(call, call.place.point, duration, dict(spans))


def appointment(fixed: Fixed, start: Point, zone: str | None) -> Opening:
    """Return an appointment as a visit that begins at one minute only; where it is not known, where the day begins."""
    point, place = (fixed.place.point, fixed.place.time_zone) if fixed.place else (None, None)
    begin = max(fixed.begins.hour * 60 + fixed.begins.minute - ahead(place, zone, fixed.begins.date()), 0)
    length = max(1, int((fixed.ends - fixed.begins).total_seconds()) // 60)
    return Opening(fixed, point or start, length, {(begin, begin): {fixed.begins.date()}})


def kept(stop: Stop) -> Fixed:
    """Return a stop that is found already as an appointment: it stays."""
    return Fixed("", stop.call.member_id, stop.rep_id, stop.begins, stop.ends, stop.call.place)


def is_open_for(call: Call, rep: Rep, field: Field) -> bool:
    """Return whether there is a time in the month at which the rep works, the place is open, and a visit fits in."""
    return bool(opening_of(call, shifts_of(rep, field), rep.time_zone).spans)
