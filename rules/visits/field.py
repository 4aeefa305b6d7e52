"""The field: reps, the places they go to, what they are called there for, and the stops of a plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.opening_hours import ALWAYS, Week
from schemas.types import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from rules.visits.geography import Point
    from rules.visits.template import Template

MOST_A_DAY = 8
"""Visits a day of a rep of whom nothing is said."""

OFFICE_HOURS: Week = (((8 * 60, 18 * 60),),) * 5 + ((),) * 2
"""When reps work of whom nothing is said: 8 to 18 o'clock, Monday to Friday."""


@dataclass(frozen=True)
class Rep:
    """Who visits: where its days begin and end, when it works, how many visits it makes a day, and what it can do.

    time_zone: that of the clock by which it works; None: that of each place.
    """

    rep_id: str
    name: str = ""
    email: str = ""
    language: str = "en"
    region: str | None = None
    start: Point | None = None
    hours: Week = OFFICE_HOURS
    most: int = MOST_A_DAY
    skills: frozenset[str] = frozenset()
    first: date = date.min
    last: date = date.max
    time_zone: str | None = None

    def works(self, day: date) -> tuple[tuple[int, int], ...]:
        """Return the spans of minutes of a day on which it works."""
        return self.hours[day.weekday()] if self.first <= day <= self.last else ()


@dataclass(frozen=True)
class Place:
    """Where a member is visited, when it is open, and by which clock."""

    location_id: str
    member_id: str
    address: str = ""
    point: Point | None = None
    time_zone: str | None = None
    hours: Week = ALWAYS


Facts: TypeAlias = "Mapping[str, Any]"
"""What a sentence is filled in with, by name: days, figures, ids and words of the books."""


@dataclass(frozen=True)
class Reason:
    """Why a member is called on: its kind, its weight, the money at stake, and what there is to say of it.

    Facts by kind. due: day, last (None: never). near: share (percent missing), tier, program, rebate, until, brings,
    currency. missed: indicator, product, actual, target, unit, day. follow_up: task, day.
    """

    kind: str
    weight: int
    money: Decimal = ZERO
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """A visit that is proposed: whom, by which template, where, and why."""

    member_id: str
    template: Template
    region: str | None
    place: Place | None
    reasons: tuple[Reason, ...]
    last_rep: str | None = None
    due_on: date | None = None

    @property
    def weight(self) -> int:
        """Return what decides where not all calls can be made."""
        return sum(reason.weight for reason in self.reasons)

    @property
    def money(self) -> Decimal:
        """Return the money at stake, in the currency of the workspace."""
        return sum((reason.money for reason in self.reasons), ZERO)

    @property
    def rank(self) -> tuple[int, str, str]:
        """Return where it stands among calls: the weightiest first."""
        return -self.weight, self.member_id, self.template.id


@dataclass(frozen=True)
class Stop:
    """A visit of the plan: who goes where, on which day, from when until when by the clock of the place."""

    call: Call
    rep_id: str
    begins: datetime
    ends: datetime
    travel: int
    """Minutes of the way there, from the stop before or from where the day begins."""

    @property
    def day(self) -> date:
        """Return its day."""
        return self.begins.date()


@dataclass(frozen=True)
class Fixed:
    """An appointment that is planned already: it takes its time of the rep's day."""

    visit_id: str
    member_id: str
    rep_id: str
    begins: datetime
    ends: datetime
    place: Place | None


class Obstacle(NamedTuple):
    """Why a call is not in a plan.

    Kinds, with their facts: no_place, no_point, no_rep (region), no_skills (skills), too_far (kilometres), closed,
    closed_for (rep), no_room (rep).
    """

    kind: str
    facts: Facts


@dataclass(frozen=True)
class Unplaced:
    """A call that is not in the plan, and why."""

    call: Call
    why: Obstacle


@dataclass(frozen=True)
class Field:
    """All that a plan of a month is made from."""

    first: date
    last: date
    reps: tuple[Rep, ...]
    fixed: tuple[Fixed, ...] = field(default=())

    def days(self) -> Iterator[date]:
        """Yield the days of the month from the first that can be planned."""
        for step in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=step)


def ahead(place: str | None, rep: str | None, day: date) -> int:
    """Return how many minutes the clocks of a place are ahead of those of a rep on a day; 0 where one is not known."""
    return offset(place, day) - offset(rep, day) if place and rep else 0


def offset(time_zone: str | None, day: date) -> int:
    """Return how many minutes the clocks of a zone are ahead of UTC at noon of a day; 0 where it is not known."""
    clock = _clock(time_zone) if time_zone else None
    if clock is None:
        return 0
    ahead = datetime(day.year, day.month, day.day, 12, tzinfo=UTC).astimezone(clock).utcoffset()
    return int((ahead or timedelta(0)).total_seconds()) // 60


@cache
def _clock(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None
