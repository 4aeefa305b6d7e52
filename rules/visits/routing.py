"""Routes: the days of one rep, each a round from where it starts, found by PyVRP's local search.

The search takes a fixed number of steps from a fixed seed: the same calls give the same routes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pyvrp import Client, ClientGroup, Depot, Location, ProblemData, VehicleType, solve
from pyvrp.stop import MaxIterations

from rules.visits.field import Call, Field, Fixed, Rep, Stop, ahead
from rules.visits.geography import minutes
from rules.visits.openings import Opening, Shift, appointment, kept, opening_of, shifts_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from pyvrp import Route

Minutes: TypeAlias = NDArray[np.int64]

STEPS = 300
SEED = 2026
AT_ONCE = 40
"""Calls that are routed at once: more are split by weight, since the search takes longer than they are worth."""

_NEVER = 1_000_000
"""Minutes of a way that is not to be taken."""
_WORTH = 10_000
"""What leaving out a call costs, in minutes: more than any detour; its weight comes on top."""
_APPOINTED = 10_000_000
"""What leaving out an appointment costs."""


@dataclass(frozen=True)
class _Rounds:
    """What the search is about: clients are the spans of openings, by number; ways lead between where they are."""

    rep: Rep
    openings: Sequence[Opening]
    clients: Sequence[tuple[int, tuple[int, int]]]
    shifts: Sequence[Shift]
    ways: Minutes


def route(rep: Rep, calls: Sequence[Call], field: Field) -> list[Stop]:
    """Return the stops of a rep in a month, by time: as many of `calls`, the weightiest first, as its days hold.

    Where not all fit, weight counts against minutes on the way. What is planned already keeps its time. A call that no
    stop is of found no room.
    """
    if rep.start is None:
        return []
    zone, shifts = rep.time_zone, shifts_of(rep, field)
    fixed = [each for each in field.fixed if each.rep_id == rep.rep_id]
    stops: list[Stop] = []
    for start in range(0, len(calls), AT_ONCE):
        part = [opening_of(call, shifts, zone) for call in calls[start : start + AT_ONCE]]
        taken = [appointment(each, rep.start, zone) for each in (*fixed, *map(kept, stops))]
        openings = [each for each in (*part, *taken) if each.spans]
        if openings and shifts:
            points = [rep.start, *(opening.point for opening in openings)]
            ways = np.array([[minutes(one, other) for other in points] for one in points], dtype=np.int64)
            clients = [(number, span) for number, opening in enumerate(openings) for span in opening.spans]
            stops += _solved(_Rounds(rep, openings, clients, shifts, ways))
    return sorted(stops, key=lambda stop: (stop.begins, stop.call.rank))


def _solved(rounds: _Rounds) -> list[Stop]:
    """Return the stops of the rounds that the search finds, without appointments."""
    clients, groups = _clients(rounds.openings)
    matrices = [_ways_on(rounds, shift.day) for shift in rounds.shifts]
    vehicles = [
        VehicleType(
            1, [shift.most], tw_early=shift.begin, tw_late=shift.end, profile=place, unit_distance_cost=0,
            unit_duration_cost=1, fixed_cost=place,  # a minute a day: of rounds as long, the earlier
        )
        for place, shift in enumerate(rounds.shifts)
    ]  # fmt: skip
    locations = [Location(0, 0) for _ in range(len(clients) + 1)]
    # Its stubs give the shape of a matrix as a number, which no matrix has.
    data = ProblemData(locations, clients, [Depot(0)], vehicles, matrices, matrices, groups)  # type: ignore[arg-type]
    found = solve(data, MaxIterations(STEPS), seed=SEED, collect_stats=False, display=False).best
    return [stop for each in found.routes() if each.is_feasible() for stop in _stops(each, rounds)]


def _clients(openings: Sequence[Opening]) -> tuple[list[Client], list[ClientGroup]]:
    """Return a client for each span of each opening, and which of them exclude one another."""
    clients: list[Client] = []
    groups: list[ClientGroup] = []
    for opening in openings:
        worth = _APPOINTED if isinstance(opening.what, Fixed) else _WORTH + opening.what.weight
        group = len(groups) if len(opening.spans) > 1 else None
        members = range(len(clients), len(clients) + len(opening.spans))
        clients += [
            Client(
                location=number + 1, delivery=[1], service_duration=opening.duration, tw_early=first, tw_late=last,
                prize=worth, required=False, group=group,
            )
            for number, (first, last) in zip(members, opening.spans, strict=True)
        ]  # fmt: skip
        if group is not None:
            groups.append(ClientGroup(list(members), required=False))
    return clients, groups


def _ways_on(rounds: _Rounds, day: date) -> Minutes:
    """Return the ways between the clients on a day: none leads to a place in a span that it does not have on it."""
    index = np.array([0, *(number + 1 for number, _ in rounds.clients)])
    matrix: Minutes = rounds.ways[np.ix_(index, index)]
    closed = [place for place, (n, span) in enumerate(rounds.clients, 1) if day not in rounds.openings[n].spans[span]]
    matrix[closed, :] = _NEVER
    matrix[:, closed] = _NEVER
    np.fill_diagonal(matrix, 0)
    return matrix


def _stops(route: Route, rounds: _Rounds) -> list[Stop]:
    """Return the stops of one round, without appointments, in its order."""
    stops, before, day = [], 0, rounds.shifts[route.vehicle_type()].day
    for each in route.schedule():
        if not each.is_client():
            continue
        number, _ = rounds.clients[each.idx]
        opening = rounds.openings[number]
        if isinstance(opening.what, Call):
            place = opening.what.place.time_zone if opening.what.place else None
            begin = each.start_time + ahead(place, rounds.rep.time_zone, day)
            begins = datetime.combine(day, time()) + timedelta(minutes=begin)
            ends = begins + timedelta(minutes=opening.duration)
            stops.append(Stop(opening.what, rounds.rep.rep_id, begins, ends, int(rounds.ways[before, number + 1])))
        before = number + 1
    return stops
