"""Who goes: each call is given to a rep that may and can make it, so that nobody has more than a month holds."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from rules.visits.field import Call, Field, Obstacle, Rep, Unplaced
from rules.visits.geography import Point, kilometres, minutes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AS_NEAR = 50
"""Kilometres within which reps are taken to be as near as one another."""


def assign(calls: Sequence[Call], field: Field) -> tuple[dict[str, list[Call]], list[Unplaced]]:
    """Return the calls of each rep, the weightiest first, and those that nobody can make.

    A call stays with the rep of the last visit if that one can make it and has room left; else it goes to one of the
    nearest who have, to the one with the largest share of its month left.
    """
    given: dict[str, list[Call]] = {rep.rep_id: [] for rep in field.reps}
    whole = {rep.rep_id: _room(rep, field) for rep in field.reps}
    room = dict(whole)
    left = []
    for call in sorted(calls, key=lambda each: each.rank):
        able, why = candidates(call, field.reps)
        if why is not None:
            left.append(Unplaced(call, why))
            continue
        chosen = _choose(call, able, room, whole)
        given[chosen.rep_id].append(call)
        room[chosen.rep_id] -= 1
    return given, left


def candidates(call: Call, reps: Sequence[Rep]) -> tuple[list[Rep], Obstacle | None]:
    """Return who may and can make a call, the nearest first; or nobody, and why."""
    point = call.place.point if call.place else None
    if call.place is None or point is None:
        return [], Obstacle("no_place" if call.place is None else "no_point", {})
    of_region = [rep for rep in reps if rep.region in {None, call.region} and rep.start is not None]
    if not of_region:
        return [], Obstacle("no_rep", {"region": call.region})
    wanted = frozenset(call.template.skills)
    able = [rep for rep in of_region if wanted <= rep.skills]
    if not able:
        return [], Obstacle("no_skills", {"skills": ", ".join(sorted(wanted))})
    near = [rep for rep in able if _is_reachable(call, rep, point)]
    if not near:
        return [], Obstacle("too_far", {"kilometres": min(_way(rep, point) for rep in able)})
    return sorted(near, key=lambda rep: (_way(rep, point), rep.rep_id)), None


def _choose(call: Call, able: Sequence[Rep], room: Mapping[str, int], whole: Mapping[str, int]) -> Rep:
    """Return who has room: the rep of the last visit, else whose share of room is largest among those as near."""
    point = call.place.point if call.place else None

    def order(rep: Rep) -> tuple[bool, bool, int, Fraction, str]:
        way = _way(rep, point) // AS_NEAR if point else 0
        left = Fraction(room[rep.rep_id], max(whole[rep.rep_id], 1))
        return room[rep.rep_id] <= 0, rep.rep_id != call.last_rep, way, -left, rep.rep_id

    return min(able, key=order)


def _room(rep: Rep, field: Field) -> int:
    """Return how many visits the rep can make in the month, without those that are planned already."""
    days = sum(bool(rep.works(day)) for day in field.days())
    return days * rep.most - sum(fixed.rep_id == rep.rep_id for fixed in field.fixed)


def _is_reachable(call: Call, rep: Rep, point: Point) -> bool:
    longest = max((end - begin for day in rep.hours for begin, end in day), default=0)
    return rep.start is not None and 2 * minutes(rep.start, point) + call.template.duration <= longest


def _way(rep: Rep, point: Point) -> int:
    return round(kilometres(rep.start, point)) if rep.start is not None else 0
