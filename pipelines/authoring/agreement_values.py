"""The agreement of a program as plain values, which reports put into words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.agreement.agreement import (
    Agreement,
    Figure,
    RebateTerms,
    Selection,
    Stacking,
    Step,
    Vocabulary,
    WorkedExample,
)
from rules.authoring.examples import worked_examples
from rules.compiled.figure_terms import TRANSACTED
from rules.loading.figure_checks import is_same_figure

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

    from pipelines.workspace.configuration import Workspace
    from rules.authoring.examples import Example
    from rules.language.model import Effective, Filter, Limits, Measure, Program, Qualifier, Rebate, Tier, Title
    from schemas.workspace import Language

# Enough of the SHA-256 to tell versions apart in print.
VERSION_DIGITS = 12


def agreement_of(program: Program) -> Agreement:
    """Return all that `program` says, with defaults filled in and worked examples from the engine itself."""
    examples = worked_examples(program)
    minimum, members = program.minimum_payout, program.members
    return Agreement(
        name=program.id,
        titles=titles_of(program.title, program.id),
        reference=program.reference,
        version=program.version[:VERSION_DIGITS],
        currency=program.currency,
        effective=(program.effective.start, program.effective.end),
        calendar=program.calendar,
        members=_selection(members),
        is_enrolled=members.enrolled,
        accumulate_at=program.accumulate_at,
        pay_to=program.pay_to,
        conversion=program.fx.policy,
        fixed_rates=program.fx.rates,
        negative=program.negative,
        limit=_limit(program.limits),
        budget=program.budget,
        minimum=(minimum.amount, minimum.below) if minimum else None,
        grace_days=program.grace_days,
        rebates=[
            _rebate(program, name, [example for example in examples if example.rebate == name])
            for name in program.rebates
        ],
    )


def vocabulary_of(workspace: Workspace) -> Vocabulary:
    """Return what a workspace calls the columns of its filters, and their values."""
    words = workspace.config.words
    return Vocabulary(
        {column: _by_tag(each.title) for column, each in words.items()},
        {column: {value: _by_tag(said) for value, said in each.values.items()} for column, each in words.items()},
    )


def _by_tag(titles: Mapping[Language, str]) -> dict[str, str]:
    return {str(tag): title for tag, title in titles.items()}


def titles_of(title: Title | None, name: str) -> dict[str, str]:
    """Return a title by language; the name where there is none."""
    return ({} if title is None else title.by_language) or {"en": name}


def _rebate(program: Program, name: str, examples: list[Example]) -> RebateTerms:
    rebate = program.rebates[name]
    follows = is_same_figure(rebate.qualifier, rebate.measure)
    guarantee = rebate.guarantee
    qualifier = _figure(rebate.qualifier, rebate, rounding=rebate.qualifier.round)
    return RebateTerms(
        name=name,
        titles=titles_of(rebate.title, name),
        reference=rebate.reference or "",
        effective=_days(rebate.effective),
        members=_selection(rebate.members),
        products=_selection(rebate.products),
        transactions=_selection(rebate.transactions),
        returns=(rebate.returns or "own_day") if rebate.measure.counted in TRANSACTED else "",
        below_zero=(rebate.below_zero or "forget") if _may_be_negative(rebate) else "",
        period=rebate.period,
        settle=rebate.settle,
        measure=qualifier if follows else _figure(rebate.measure, rebate),
        qualifier=None if follows else qualifier,
        method=rebate.method,
        steps=[_step(tier) for tier in rebate.tiers],
        prorate=rebate.prorate or program.prorate,
        guarantee=(guarantee.amount, guarantee.unconditional) if guarantee else None,
        limit=_limit(rebate.limits),
        stacking=_stacking(program.rebates, name),
        examples=[WorkedExample(*example[1:]) for example in examples],
    )


def _figure(figure: Measure | Qualifier, rebate: Rebate, rounding: int | None = None) -> Figure:
    baseline = figure.baseline
    return Figure(
        counted=figure.counted,
        kind=figure.kind,
        unit=(figure.unit or rebate.unit or "") if figure.counted == "quantity" else "",
        indicator=figure.visit_score or "",
        constant=figure.constant,
        products=_selection(figure.products) if figure.products else None,
        within=_selection(figure.within) if figure.within else None,
        baseline=(baseline.kind, baseline.periods) if baseline else None,
        compare=(rebate.compare or "") if baseline and baseline.kind != "dataset" else "",
        missing=figure.missing_value if figure.missing_policy == "value" else figure.missing_policy,
        decimals=rounding,
    )


def _may_be_negative(rebate: Rebate) -> bool:
    """Return whether what the rebate measures is a sum that returns may bring below zero."""
    return rebate.measure.kind == "plain" and rebate.measure.counted in {"revenue", "quantity"}


def _step(tier: Tier) -> Step:
    rate = tier.rate
    return Step(
        bound=tier.bound,
        is_strict=tier.is_strict,
        rate=rate.amount if rate else None,
        unit=(rate.unit or "") if rate else "",
        fixed=tier.pays,
        every=tier.every,
        cap=tier.measure_cap,
    )


def _stacking(rebates: Mapping[str, Rebate], name: str) -> Stacking | None:
    """Return how a rebate stacks with others of its group, by those listed before and after it; None if it does not."""
    stack = rebates[name].stack
    if stack is None:
        return None
    names = list(rebates)
    group = [other for other, rebate in rebates.items() if rebate.stack and rebate.stack.group == stack.group]
    before, after = (
        # The order in the file is the order of the stack.
        [titles_of(rebates[other].title, other) for other in group if is_there(names.index(other), names.index(name))]
        for is_there in (int.__lt__, int.__gt__)
    )
    return Stacking(stack.group, stack.policy, stack.reduced, before, after)


def _selection(condition: Filter | None) -> Selection:
    return Selection(condition.include, condition.exclude or ()) if condition else Selection()


def _days(effective: Effective | None) -> tuple[date, date] | None:
    return (effective.start, effective.end) if effective else None


def _limit(limits: Limits | None) -> Decimal | None:
    return limits.per_member if limits else None
