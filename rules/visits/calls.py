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

    due: member_id, template, due_on, last_on, last_rep. near: columns of rules.rating.near, and money (in the
    currency of the workspace). missed: member_id, kpi, actual, target, unit, day. follow_ups: member_id, name,
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
    yield Reason("due", DUE + OVERDUE_A_DAY * late, facts={"day": due_on, "last": last_on})


def _near(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Reason]]:
    """Yield a reason for each figure that is near a tier: what brings most weighs most."""
    ordered = sorted(rows, key=lambda row: (_money(row), row["member_id"], row["program"], row["rebate"]))
    for place, row in enumerate(ordered, 1):
        facts = {"share": row["short_percent"], "tier": row["next_tier"]}
        facts |= {name: row[name] for name in ("program", "rebate", "until", "brings", "currency")}
        yield row["member_id"], Reason("near", NEAR + NEAR * place // len(ordered), _money(row), facts)


def _missed(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Reason]]:
    for row in rows:
        facts = {"indicator": row["kpi"], "product": row["product_id"]}
        facts |= {name: row[name] for name in ("actual", "target", "unit", "day")}
        yield row["member_id"], Reason("missed", MISSED, facts=facts)


def _follow_ups(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Reason]]:
    for row in rows:
        yield row["member_id"], Reason("follow_up", FOLLOW_UP, facts={"task": row["name"], "day": row["due_on"]})


def _money(row: Mapping[str, Any]) -> Decimal:
    return row["money"] or ZERO
