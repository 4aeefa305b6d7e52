"""The judge of a plan: which rules its visits break, whoever made it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from rules.visits.field import Place, Rep, ahead
from rules.visits.geography import minutes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from rules.visits.template import Template


@dataclass(frozen=True)
class Entry:
    """A visit of a plan, with what is known of those it names; times are those of the clock of its place.

    line: where it stands in its file. region: of the member. rep, place, template: None where they are not known.
    """

    line: int
    member_id: str
    rep_id: str
    begins: datetime
    ends: datetime
    region: str | None = None
    rep: Rep | None = None
    place: Place | None = None
    template: Template | None = None

    def for_rep(self, local: datetime) -> datetime:
        """Return a time of its place as the clock of its rep shows it."""
        zones = (self.place.time_zone if self.place else None, self.rep.time_zone if self.rep else None)
        return local - timedelta(minutes=ahead(*zones, local.date()))


class Broken(NamedTuple):
    """A rule that a visit breaks: its line, the name of the rule, and what is wrong."""

    line: int
    rule: str
    says: str


def broken_rules(entries: Sequence[Entry], first: date, last: date) -> list[Broken]:
    """Return every rule that the visits of a plan from `first` to `last` break, by line.

    Rules: known, month, region, skills, working_hours, opening_hours, duration, visits_a_day, way (between two visits,
    and from and to where the day begins) and once (a member is visited once).
    """
    found = [broken for entry in entries for broken in _alone(entry, first, last)]
    by_day: defaultdict[tuple[str, date], list[Entry]] = defaultdict(list)
    for entry in entries:
        by_day[entry.rep_id, entry.begins.date()].append(entry)
    for of_day in by_day.values():
        found += _of_day(sorted(of_day, key=lambda entry: (entry.for_rep(entry.begins), entry.line)))
    return sorted({*found, *_twice(entries)})


def _alone(entry: Entry, first: date, last: date) -> Iterator[Broken]:
    """Yield what is wrong with a visit by itself."""
    day = entry.begins.date()
    if not first <= day <= last:
        yield Broken(entry.line, "month", f"{day} is not within {first} to {last}")
    for what, is_known in (("rep", entry.rep), ("place", entry.place), ("template", entry.template)):
        if is_known is None:
            yield Broken(entry.line, "known", f"its {what} is not known")
    if entry.rep is not None:
        if entry.rep.region not in {None, entry.region}:
            yield Broken(entry.line, "region", f"{entry.rep_id} visits {entry.rep.region}, not {entry.region}")
        by_rep = (entry.for_rep(entry.begins), entry.for_rep(entry.ends))
        if not _inside(by_rep, entry.rep.works(by_rep[0].date())):
            yield Broken(entry.line, "working_hours", f"{entry.rep_id} does not work {_span(*by_rep)}")
        lacking = frozenset(entry.template.skills if entry.template else ()) - entry.rep.skills
        if lacking:
            yield Broken(entry.line, "skills", f"{entry.rep_id} lacks {', '.join(sorted(lacking))}")
    if entry.place is not None and not _inside((entry.begins, entry.ends), entry.place.hours[day.weekday()]):
        yield Broken(entry.line, "opening_hours", f"the place is not open {_span(entry.begins, entry.ends)}")
    length = int((entry.ends - entry.begins).total_seconds()) // 60
    if entry.template is not None and length < entry.template.duration:
        yield Broken(
            entry.line, "duration", f"{length} minutes, and {entry.template.id} takes {entry.template.duration}"
        )


def _of_day(entries: Sequence[Entry]) -> Iterator[Broken]:
    """Yield what is wrong with the visits of a rep on a day, which are in order of time."""
    rep = entries[0].rep
    for one, other in pairwise(entries):
        free = int((other.for_rep(other.begins) - one.for_rep(one.ends)).total_seconds()) // 60
        way = _way(one.place, other.place)
        if free < way:
            yield Broken(other.line, "way", f"{way} minutes from {one.member_id}, and {free} are left for it")
    if rep is None:
        return
    for extra in entries[rep.most :]:
        yield Broken(extra.line, "visits_a_day", f"{rep.rep_id} makes {rep.most} visits a day, and this is one more")
    spans = rep.works(entries[0].begins.date())
    if spans and rep.start is not None:
        yield from _from_home(entries, rep, spans)


def _from_home(entries: Sequence[Entry], rep: Rep, spans: Sequence[tuple[int, int]]) -> Iterator[Broken]:
    start = Place("", "", point=rep.start)
    first, last = entries[0], entries[-1]
    day = first.begins.date()
    out = _minute(first.for_rep(first.begins), day) - spans[0][0]
    back = spans[-1][1] - _minute(last.for_rep(last.ends), day)
    for entry, free, name in ((first, out, "from"), (last, back, "to")):
        way = _way(start, entry.place)
        if 0 <= free < way:
            says = f"{way} minutes {name} where the day of {rep.rep_id} begins, and {free} of its hours are left"
            yield Broken(entry.line, "way", says)


def _twice(entries: Iterable[Entry]) -> Iterator[Broken]:
    seen: set[str] = set()
    for entry in sorted(entries, key=lambda each: (each.begins, each.line)):
        if entry.member_id in seen:
            yield Broken(entry.line, "once", f"{entry.member_id} is visited already")
        seen.add(entry.member_id)


def _way(one: Place | None, other: Place | None) -> int:
    known = [place.point for place in (one, other) if place is not None and place.point is not None]
    return minutes(*known) if len(known) == len((one, other)) else 0


def _inside(times: tuple[datetime, datetime], spans: Iterable[tuple[int, int]]) -> bool:
    """Return whether a visit lies within one of the spans of minutes of its day."""
    begin, end = (_minute(each, times[0].date()) for each in times)
    return any(first <= begin and end <= last for first, last in spans)


def _minute(at: datetime, day: date) -> int:
    """Return how many minutes after the beginning of a day a time is."""
    return int((at - datetime.combine(day, time())).total_seconds()) // 60


def _span(begins: datetime, ends: datetime) -> str:
    return f"on {begins:%A} {begins:%H:%M}-{ends:%H:%M}"
