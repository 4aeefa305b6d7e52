"""Plans: whatever is asked, no rule is broken, nothing is lost, and the order of what is asked does not matter."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.visits.words import PLAIN
from rules.visits.assignment import assign
from rules.visits.field import Call, Field, Fixed, Place, Reason, Rep, Stop
from rules.visits.geography import Point, kilometres, minutes
from rules.visits.judge import Entry, broken_rules
from rules.visits.planning import plan_month
from rules.visits.reading import read_templates
from schemas.opening_hours import week_of
from tests.laws.examples import examples

# ruff: noqa: DTZ001  # times of visits are those of the clock of their place

TEXT = """\
template: {name}
title: Visit
effective: {{from: 2026-01-01, to: 2026-12-31}}
members: {{}}
duration: {duration}
skills: [{skills}]
frequency: [{{every: 42}}]
"""
SHORT, LONG = read_templates(
    {
        "a": TEXT.format(name="a-short", duration=45, skills=""),
        "b": TEXT.format(name="b-long", duration=150, skills="audit"),
    }
)
HOURS = ("mon-fri 09:00-12:00, 13:00-17:00", "wed 10:00-16:00", "sat-sun 10:00-18:00", "mon 22:00-23:00", None)
FIRST, LAST = date(2026, 10, 19), date(2026, 11, 6)
# Around Chicago, whose clocks are put back on 1 November, and Berlin, whose are a week before.
AREAS = ((Point(41.88, -87.63), "America/Chicago"), (Point(52.52, 13.4), "Europe/Berlin"), (Point(52.4, 13.0), None))
reps = st.builds(
    lambda number, area, hours, most, skills, region, zone: Rep(
        f"R{number}",
        start=AREAS[area][0],
        hours=week_of(hours),
        most=most,
        skills=skills,
        region=region,
        time_zone=AREAS[zone][1],
    ),
    st.integers(1, 3),
    st.integers(0, 1),
    st.sampled_from(["mon-fri 08:00-17:00", "mon-thu 09:00-12:00, 13:00-18:00", "sat 09:00-13:00"]),
    st.integers(0, 3),
    st.sampled_from([frozenset(), frozenset({"audit"})]),
    st.sampled_from(["N", None]),
    st.integers(0, 2),
)


def _call(number: int, area: int, off: tuple[int, int], hours: str | None, weight: int, *, is_long: bool) -> Call:
    (centre, zone), member = AREAS[area], f"M{number}"
    point = Point(centre.latitude + off[0] / 100, centre.longitude + off[1] / 100)
    place = Place(f"L{number}", member, "", point, zone, week_of(hours))
    return Call(member, LONG if is_long else SHORT, "N", place, (Reason("due", weight),), f"R{number % 4}")


calls = st.builds(
    _call,
    st.integers(1, 99),
    st.integers(0, 2),
    st.tuples(st.integers(-40, 40), st.integers(-40, 40)),
    st.sampled_from(HOURS),
    st.integers(1, 5000),
    is_long=st.booleans(),
)


def entry(stop: Stop, line: int, field: Field) -> Entry:
    call = stop.call
    rep = next(rep for rep in field.reps if rep.rep_id == stop.rep_id)
    return Entry(line, call.member_id, stop.rep_id, stop.begins, stop.ends, "N", rep, call.place, call.template)


@examples(12)
@given(
    st.lists(reps, max_size=3, unique_by=lambda rep: rep.rep_id),
    st.lists(calls, max_size=12, unique_by=lambda call: call.member_id),
)
def test_a_plan_breaks_no_rule_and_loses_nothing(asked_reps: list[Rep], asked: list[Call]) -> None:
    field = Field(FIRST, LAST, tuple(asked_reps))
    plan = plan_month(asked, field)
    placed = [stop.call.member_id for stop in plan.stops]
    left = [each.call.member_id for each in plan.unplaced]
    assert sorted(placed + left) == sorted(call.member_id for call in asked)
    assert all(each.why for each in plan.unplaced)
    entries = [entry(stop, line, field) for line, stop in enumerate(plan.stops)]
    assert broken_rules(entries, FIRST, LAST) == []
    assert plan_month(asked[::-1], field) == plan


def test_what_is_planned_already_keeps_its_time() -> None:
    rep = Rep("R1", start=AREAS[0][0], hours=week_of("mon 09:00-13:00"), most=3)
    asked = [_call(number, 0, (1, number), None, 10 * number, is_long=False) for number in (1, 2, 3)]
    begins = datetime(2026, 10, 19, 10, 30)
    fixed = Fixed("V", "M9", "R1", begins, begins + timedelta(hours=1), asked[0].place)
    field = Field(date(2026, 10, 19), date(2026, 10, 25), (rep,), (fixed,))
    plan = plan_month(asked, field)
    # Three visits a day at most, one of which is the appointment: the lightest call is left out.
    assert [each.call.member_id for each in plan.unplaced] == ["M1"]
    assert PLAIN.obstacle(plan.unplaced[0].why) == "R1 has no room left in its days: calls of more weight came first"
    assert len(plan.stops) == 2
    assert all(stop.ends <= begins or stop.begins >= fixed.ends for stop in plan.stops)


def test_many_calls_are_split_and_those_of_more_weight_come_first() -> None:
    rep = Rep("R1", start=AREAS[0][0], hours=week_of("mon-fri 08:00-18:00"), most=3)
    asked = [_call(n, 0, (n % 7, n % 5), None, 1_000 * n, is_long=False) for n in range(1, 56)]
    field = Field(date(2026, 10, 19), date(2026, 11, 6), (rep,))
    plan = plan_month(asked, field)
    assert len(plan.stops) == 45
    assert {each.call.member_id for each in plan.unplaced} == {f"M{n}" for n in range(1, 11)}
    entries = [entry(stop, line, field) for line, stop in enumerate(plan.stops)]
    assert broken_rules(entries, field.first, field.last) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"place": None}, "no place of it is known"),
        ({"place": Place("L", "M1")}, "its place has no latitude and longitude"),
        ({"region": "S"}, "no rep visits the region S"),
        ({"template": LONG}, "no rep of the region has the skills audit"),
        ({"place": Place("L", "M1", point=AREAS[1][0])}, "it is too far for a day: 9208 km from the nearest rep"),
        (
            {"place": Place("L", "M1", point=AREAS[0][0], hours=week_of("sun 09:00-10:00"))},
            "its place is not open, for as long as a visit takes, when a rep works",
        ),
    ],
)
def test_what_finds_no_room_says_why(change: dict[str, object], why: str) -> None:
    whole = _call(1, 0, (1, 1), None, 1, is_long=False)
    call = Call(**{**{name: getattr(whole, name) for name in whole.__dataclass_fields__}, **change})
    rep = Rep("R1", start=AREAS[0][0], region="N")
    [left] = plan_month([call], Field(FIRST, LAST, (rep,))).unplaced
    assert PLAIN.obstacle(left.why) == why


def test_calls_are_shared_among_those_as_near_and_stay_with_whom_they_know() -> None:
    two = tuple(Rep(f"R{number}", start=AREAS[0][0]) for number in (1, 2))
    asked = [_call(4 * number + 3, 0, (1, number), None, 1, is_long=False) for number in range(6)]
    given, left = assign(asked, Field(FIRST, LAST, two))
    assert ([len(own) for own in given.values()], left) == ([3, 3], [])
    known = [_call(4 * number + 2, 0, (1, number), None, 1, is_long=False) for number in range(6)]
    assert {name: len(own) for name, own in assign(known, Field(FIRST, LAST, two))[0].items()} == {"R1": 0, "R2": 6}


def test_what_finds_no_room_is_offered_to_another() -> None:
    busy = Rep("R1", start=AREAS[0][0], hours=week_of("mon 09:00-11:00"), most=1)
    free = Rep("R2", start=AREAS[0][0], hours=week_of("mon 09:00-18:00"), most=5)
    day = date(2026, 10, 19)
    only = [_call(4 * number + 1, 0, (1, number), "mon 09:00-10:00", number, is_long=False) for number in (1, 2)]
    plan = plan_month(only, Field(day, day, (busy, free)))
    assert [(stop.rep_id, stop.call.member_id) for stop in plan.stops] == [("R1", "M9"), ("R2", "M5")]


def test_a_rep_works_by_its_own_clock_where_places_have_another() -> None:
    rep = Rep("R1", start=AREAS[0][0], hours=week_of("mon-fri 09:00-10:00"), time_zone="America/New_York")
    call = _call(1, 0, (0, 0), None, 1, is_long=False)
    field = Field(date(2026, 10, 19), date(2026, 10, 19), (rep,))
    [stop] = plan_month([call], field).stops
    assert (stop.begins.hour, stop.ends.hour) == (8, 8)  # Chicago is an hour behind New York
    assert broken_rules([entry(stop, 1, field)], field.first, field.last) == []


def test_ways_are_those_of_the_globe() -> None:
    tokyo, osaka = Point(35.6762, 139.6503), Point(34.6937, 135.5023)
    assert round(kilometres(tokyo, osaka)) == 510  # 392 km as the crow flies
    assert minutes(tokyo, tokyo) == 0
    assert minutes(Point(0, 179.9), Point(0, -179.9)) == 35  # over the line of the date


PLACE = Place("L1", "M1", "", AREAS[0][0], "America/Chicago", week_of("mon-fri 09:00-17:00"))
FAR = Place("L2", "M2", "", Point(42.3, -87.63), "America/Chicago", week_of("mon-fri 09:00-17:00"))
BY_HAND = Rep("R1", region="N", start=AREAS[0][0], hours=week_of("mon-fri 09:00-16:00"), most=2)


def visit(line: int, begins: str, place: Place = PLACE, minutes: int = 60, **changed: object) -> Entry:
    begin = datetime.fromisoformat(f"2026-10-{begins}")
    known = {"region": "N", "rep": BY_HAND, "place": place, "template": SHORT} | changed
    end = begin + timedelta(minutes=minutes)
    return Entry(line, f"{place.member_id}-{line}", "R1", begin, end, **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entries", "rules"),
    [
        ([visit(2, "20T10:00"), visit(3, "20T11:00")], []),
        ([visit(2, "18T10:00")], [(2, "month"), (2, "opening_hours"), (2, "working_hours")]),
        ([visit(2, "20T16:00")], [(2, "working_hours")]),
        ([visit(2, "20T08:30")], [(2, "opening_hours"), (2, "working_hours")]),
        ([visit(2, "20T10:00", minutes=30)], [(2, "duration")]),
        ([visit(2, "20T10:00", region="S")], [(2, "region")]),
        ([visit(2, "20T10:00", minutes=150, template=LONG)], [(2, "skills")]),
        ([visit(2, "20T10:00", rep=None)], [(2, "known")]),
        ([visit(2, "20T09:30", FAR)], [(2, "way")]),
        ([visit(2, "20T10:00"), visit(3, "20T11:30", FAR)], [(3, "way")]),
        ([visit(n, f"20T{8 + n}:00") for n in (2, 3, 4)], [(4, "visits_a_day")]),
        ([visit(2, "20T10:00"), visit(3, "20T10:30")], [(3, "way")]),
    ],
)
def test_a_plan_made_by_hand_is_judged(entries: list[Entry], rules: list[tuple[int, str]]) -> None:
    assert [(each.line, each.rule) for each in broken_rules(entries, FIRST, LAST)] == rules


def test_a_member_is_visited_once() -> None:
    twice = [
        Entry(line, "M1", "R1", datetime(2026, 10, day, 10), datetime(2026, 10, day, 11))
        for line, day in ((2, 21), (3, 20))
    ]
    assert [each.line for each in broken_rules(twice, FIRST, LAST) if each.rule == "once"] == [2]
