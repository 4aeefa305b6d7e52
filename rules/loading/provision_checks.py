"""Provision checks: limits and guarantees, stacked rebates, proration and fixed exchange rates fit together."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from rules.compiled.scales import LONGEST_RUN, slope
from rules.language.reading import known, plain
from rules.loading.figure_checks import counts, expression, is_percent
from rules.loading.returns_checks import check_returns
from rules.loading.tier_checks import has_bound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rules.language.model import Program, Rebate
    from rules.language.yaml_text import Marked, Path
    from schemas.errors import Problem

_LONGEST_YEAR = 371  # 53 weeks


def check_provisions(program: Program, rebates: Mapping[str, Rebate], marked: Marked) -> Iterator[Problem]:
    """Yield what contradicts itself in the provisions of `program`, which may be a draft, and of its `rebates`."""
    yield from _check_program_limits(program, rebates, marked)
    yield from _check_fixed_rates(program, marked)
    for name, rebate in rebates.items():
        path = ("rebates", name)
        yield from _check_limits(rebate, marked, path)
        yield from _check_prorate(program, rebate, marked, path)
        yield from check_returns(rebate, marked, path)
    yield from _check_groups(rebates, marked)


def _check_program_limits(program: Program, rebates: Mapping[str, Rebate], marked: Marked) -> Iterator[Problem]:
    if program.limits is None:
        return
    if ("limits", "per_member") not in marked.keys:
        yield marked.problem_at(("limits",), "limits says nothing", "add per_member: 10000, or remove it", at_key=True)
    periods = {rebate.period for rebate in rebates.values() if known(rebate.period) is not None}
    if len(periods) > 1:
        found = f"the limit holds for one period of all rebates, but theirs are {', '.join(sorted(periods))}"
        todo = "give each rebate limits of its own, or all of them the same period"
        yield marked.problem_at(("limits",), found, todo, at_key=True)


def _check_fixed_rates(program: Program, marked: Marked) -> Iterator[Problem]:
    fx = known(program.fx)
    for currency, _ in fx.rates if fx else ():
        if currency == known(program.currency):
            found = f"{currency} is the program's own currency: it needs no rate"
            yield marked.problem_at(("fx", "fixed", currency), found, "remove the line", at_key=True)


def _check_limits(rebate: Rebate, marked: Marked, path: Path) -> Iterator[Problem]:
    limits = rebate.limits
    if limits is None:
        return
    if (*path, "limits", "per_member") not in marked.keys:
        found, todo = "limits says nothing", "add per_member: 10000, or remove it"
        yield marked.problem_at((*path, "limits"), found, todo, at_key=True)
    least = known(rebate.guarantee.amount) if rebate.guarantee else None
    if least is not None and limits.per_member is not None and least > limits.per_member:
        found = f"{plain(least)} is guaranteed, but at most {plain(limits.per_member)} is paid"
        yield marked.problem_at((*path, "guarantee"), found, "write a limit above the guarantee")


def _check_prorate(program: Program, rebate: Rebate, marked: Marked, path: Path) -> Iterator[Problem]:
    if (rebate.prorate or known(program.prorate)) != "thresholds":
        return
    where = (*path, "prorate") if rebate.prorate else path
    todo = "write prorate: payout or prorate: none for this rebate"
    figure = rebate.qualifier_written or known(rebate.measure)
    if figure is not None and expression(figure) and is_percent(figure):
        found = "thresholds are prorated by days, but the qualifier is a percentage"
        yield marked.problem_at(where, found, todo)
    tiers = known(rebate.tiers) or ()
    if known(rebate.method) != "sliding" or not all(map(has_bound, tiers)):
        return
    # Proration multiplies the divisor of the slope by days; the product must stay within 128 bits.
    most = LONGEST_RUN // _most_days(program, rebate)
    for tier, following in pairwise(tiers):
        if tier.bound < following.bound and most < slope(tier, following).denominator <= LONGEST_RUN:
            between = f"between {plain(tier.bound)} and {plain(following.bound)}"
            found = f"a part of the rate {between} cannot be reckoned exactly"
            yield marked.problem_at(where, found, f"write bounds and rates that have fewer decimals, or {todo[6:]}")


def _most_days(program: Program, rebate: Rebate) -> int:
    """Return the most days that a period of the rebate can have."""
    effective = known(program.effective)
    if known(rebate.period) == "program" and effective and known(effective.start) and known(effective.end):
        return max((effective.end - effective.start).days + 1, 1)
    return _LONGEST_YEAR


def _check_groups(rebates: Mapping[str, Rebate], marked: Marked) -> Iterator[Problem]:
    groups: dict[str, list[str]] = {}
    for name, rebate in rebates.items():
        if rebate.stack is not None and known(rebate.stack.group) is not None:
            groups.setdefault(rebate.stack.group, []).append(name)
        if (
            rebate.stack is not None
            and known(rebate.stack.policy) not in {"cascade", None}
            and not rebate.stack.reduced
        ):
            found = "only a cascade reduces measures"
            yield marked.problem_at(("rebates", name, "stack", "reduced"), found, "remove 'reduced'", at_key=True)
    for group, names in groups.items():
        yield from _check_group(group, {name: rebates[name] for name in names}, marked)


def _check_group(group: str, rebates: Mapping[str, Rebate], marked: Marked) -> Iterator[Problem]:
    (first, leader), *others = rebates.items()
    path = ("rebates", first, "stack", "group")
    if not others:
        yield marked.problem_at(path, f"no other rebate is in the group {group!r}", "add one, or remove 'stack'")
    for name, rebate in others:
        for key in ("policy", "period", "settle", "effective"):
            ours, theirs = _value(rebate, key), _value(leader, key)
            if ours != theirs:
                found = f"{key} differs from that of {first!r}, which is in the group {group!r} too"
                todo = "give both the same: a group is settled together"
                yield marked.problem_at(("rebates", name, "stack"), found, todo, at_key=True)
    if leader.stack and known(leader.stack.policy) == "cascade":
        yield from _check_cascade(rebates, marked)


def _value(rebate: Rebate, key: str) -> object:
    """Return what a rebate states for a key that a whole group must share."""
    if key == "policy":
        return rebate.stack.policy if rebate.stack else None
    return (rebate.settle_written or known(rebate.period)) if key == "settle" else getattr(rebate, key)


def _check_cascade(rebates: Mapping[str, Rebate], marked: Marked) -> Iterator[Problem]:
    (first, leader), *others = rebates.items()
    for name, rebate in rebates.items():
        measure = known(rebate.measure)
        if measure is not None and expression(measure) and (counts(measure) != "revenue" or measure.kind != "plain"):
            found = "a cascade takes what was paid from the revenue, but this rebate measures something else"
            yield marked.problem_at(("rebates", name, "measure"), found, "write measure: revenue, or another policy")
    for name, rebate in others:
        own, theirs = _selection(rebate), _selection(leader)
        if own != theirs:
            found = f"the filters differ from those of {first!r}: what was paid on other sales cannot be taken off"
            yield marked.problem_at(("rebates", name, "stack"), found, "give all of a cascade the same filters")


def _selection(rebate: Rebate) -> tuple[object, ...]:
    """Return the filters that select the sales of a rebate."""
    measure = known(rebate.measure)
    day = rebate.returns or "own_day"
    return day, rebate.members, rebate.products, rebate.transactions, measure.products if measure else None
