"""Planning: the calls of a month become stops of reps, or are left out with the reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rules.visits.assignment import assign, candidates
from rules.visits.field import Obstacle, Unplaced
from rules.visits.openings import is_open_for, kept
from rules.visits.routing import route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.visits.field import Call, Field, Rep, Stop


@dataclass(frozen=True)
class Planned:
    """The plan of a month: its stops by rep and time, and the calls that are not in it."""

    stops: tuple[Stop, ...]
    unplaced: tuple[Unplaced, ...]


def plan_month(calls: Sequence[Call], field: Field) -> Planned:
    """Return the plan: the same calls, reps and month give the same plan, whatever their order.

    What finds no room in the days of its rep is offered to the nearest other that can make it, once.
    """
    given, left = assign(calls, field)
    reps = {rep.rep_id: rep for rep in field.reps}
    stops = {rep_id: route(reps[rep_id], own, field) for rep_id, own in given.items()}
    offered: dict[str, list[Call]] = {rep_id: [] for rep_id in given}
    homeless = [(call, rep_id) for rep_id, own in given.items() for call in _without(own, stops[rep_id])]
    for call, rep_id in sorted(homeless, key=lambda each: each[0].rank):
        others = [rep for rep in candidates(call, field.reps)[0] if rep.rep_id != rep_id]
        if able := next((rep for rep in others if is_open_for(call, rep, field)), None):
            offered[able.rep_id].append(call)
    for rep_id, more in offered.items():
        if more:
            taken = replace(field, fixed=(*field.fixed, *map(kept, stops[rep_id])))
            stops[rep_id] = sorted([*stops[rep_id], *route(reps[rep_id], more, taken)], key=lambda each: each.begins)
    placed = {stop.call.rank for own in stops.values() for stop in own}
    left += [Unplaced(call, _why(call, reps[rep_id], field)) for call, rep_id in homeless if call.rank not in placed]
    return Planned(
        tuple(stop for rep_id in sorted(stops) for stop in stops[rep_id]),
        tuple(sorted(left, key=lambda each: each.call.rank)),
    )


def _without(calls: Sequence[Call], stops: Sequence[Stop]) -> list[Call]:
    placed = {stop.call.rank for stop in stops}
    return [call for call in calls if call.rank not in placed]


def _why(call: Call, rep: Rep, field: Field) -> Obstacle:
    """Return why a call found no room in the days of its rep."""
    able, _ = candidates(call, field.reps)
    if not any(is_open_for(call, each, field) for each in able):
        return Obstacle("closed", {})
    return Obstacle("no_room" if is_open_for(call, rep, field) else "closed_for", {"rep": rep.rep_id})
