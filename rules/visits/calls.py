"""Calls: who should be visited in a month, and why: due, near a tier, a missed indicator, an open follow-up."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rules.visits.field import Call, Place, Reason
from rules.visits.wanted import template_on
from schemas.types import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from rules.visits.template import Template

DUE, OVERDUE_A_DAY, NEAR, FOLLOW_UP, MISSED = 3000, 10, 1000, 600, 200
"""The weights of reasons; what is overdue gains with every day, what is near a tier with its place among all."""
_LONGEST = 180


@dataclass(frozen=True)
class Known:
    """What is known of members, as rows by name.

    due: member_id, template, due_on, last_on, last_rep. near: member_id, program, rebate, until, money (in the
    currency of the workspace), says. missed: member_id, kpi, actual, target, unit, day. follow_ups: member_id, name,
    due_on. regions and places by member. planned: members whose visit is planned already.
    """

    due: Sequence[Mapping[str, Any]]
    near: Sequence[Mapping[str, Any]]
    missed: Sequence[Mapping[str, Any]]
    follow_ups: Sequence[Mapping[str, Any]]
    regions: Mapping[str, str | None]
    places: Mapping[str, Place]
    planned: frozenset[str]


def calls_of(
    known: Known, templates: Sequence[Template], first: date, last: date, *, with_planned: bool = False
) -> list[Call]:
    """Return the calls from `first` to `last`, the weightiest first.

    One for each member and template that has a reason; without those that are planned already, unless asked for.
    """
    others: defaultdict[str, list[Reason]] = defaultdict(list)
    for member_id, reason in (*_near(known.near), *_missed(known.missed), *_follow_ups(known.follow_ups)):
        others[member_id].append(reason)
    calls = []
    for row in known.due:
        member_id = row["member_id"]
        template = template_on(templates, row["template"], last) or template_on(templates, row["template"], first)
        if template is None or (member_id in known.planned and not with_planned):
            continue
        # What is true of the member is a reason for the first of its visits only: one is enough for it.
        reasons = [*_due(row, first, last), *others.pop(member_id, [])]
        if not reasons:
            continue
        place = known.places.get(member_id)
        calls.append(
            Call(
                member_id, template, known.regions.get(member_id), place, tuple(reasons), row["last_rep"], row["due_on"]
            )
        )
    return sorted(calls, key=lambda call: call.rank)


def _due(row: Mapping[str, Any], first: date, last: date) -> Iterator[Reason]:
    due_on, last_on = row["due_on"], row["last_on"]
    if due_on > last:
        return
    late = min(max((first - due_on).days, 0), _LONGEST)
    since = f"last visited on {last_on}" if last_on else "never visited"
    yield Reason("due", f"due on {due_on}, {since}", DUE + OVERDUE_A_DAY * late)


def _near(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Reason]]:
    """Yield a reason for each figure that is near a tier: what brings most weighs most."""
    ordered = sorted(rows, key=lambda row: (_money(row), row["member_id"], row["program"], row["rebate"]))
    for place, row in enumerate(ordered, 1):
        yield row["member_id"], Reason("near", row["says"], NEAR + NEAR * place // len(ordered), _money(row))


def _missed(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Reason]]:
    for row in rows:
        unit = f" {row['unit']}" if row["unit"] else ""
        product = f" of {row['product_id']}" if row["product_id"] else ""
        says = f"{row['kpi']}{product} was {row['actual']}{unit} on {row['day']}, target {row['target']}{unit}"
        yield row["member_id"], Reason("missed", says, MISSED)


def _follow_ups(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Reason]]:
    for row in rows:
        due = f" since {row['due_on']}" if row["due_on"] else ""
        yield row["member_id"], Reason("follow_up", f"{row['name']} is open{due}", FOLLOW_UP)


def _money(row: Mapping[str, Any]) -> Decimal:
    return row["money"] or ZERO
