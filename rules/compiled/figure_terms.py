"""Figures as terms: what each figure of a rebate needs added up, counted, or looked up among agreed figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from decimal import Decimal

    from rules.language.figures import Baseline, FigureName, Measure
    from rules.language.model import Filter, Program, Rebate

TermKind: TypeAlias = "FigureName | Literal['target', 'baseline']"

SUMMED = ("revenue", "quantity", "transactions")
"""The kinds of term that are added up from the sums of the one scan."""

DISTINCT = ("orders", "products")
"""The kinds that count each order, or product, once."""

VISITED = ("visits", "visit_score")
"""The kinds that are taken from visits."""

AGREED = ("target", "baseline")
"""The kinds that are looked up in the data set of that name, by program, rebate, member and period."""

TRANSACTED = SUMMED + DISTINCT
"""The kinds that rest on transactions."""


class Term(NamedTuple):
    """Something to be added up, counted or looked up per member and period.

    `target` is the currency, unit or visit indicator. The filters are named by `filter_key`. `baseline` says which
    earlier windows are looked at; None for the period itself.
    """

    kind: TermKind
    target: str = ""
    products: str = ""
    transactions: str = ""
    constant: Decimal | None = None
    baseline: Baseline | None = None


def filter_key(condition: Filter | None) -> str:
    """Give filters that say the same the same name; the name of no filter is empty."""
    return "" if condition is None else condition.model_dump_json(include={"include", "exclude"})


def product_filters(rebate: Rebate) -> list[Filter | None]:
    """List the product filters that the figures of `rebate` look through."""
    figures = (rebate.measure, rebate.qualifier)
    return [condition for figure in figures for condition in (figure.products or rebate.products, figure.within)]


def figure_terms(program: Program, name: str, rebate: Rebate) -> dict[str, tuple[str, Term]]:
    """Give the terms of `rebate`, each with its name, by the part they play.

    The parts are measure, measure_base, qualifier and qualifier_base, as far as there are such: a base is what the
    figure is compared with. Terms that are alike are one, named after the part that comes first.
    """
    parts = {}
    for role, figure in (("measure", rebate.measure), ("qualifier", rebate.qualifier)):
        parts[role] = _counted(figure, program, rebate)
        base = _base(figure, program, rebate)
        if base is not None:
            parts[f"{role}_base"] = base
    names: dict[Term, str] = {}
    for part, term in parts.items():
        names.setdefault(term, f"{program.id}/{name}/{part.replace('_', ' ')}")
    return {part: (names[term], term) for part, term in parts.items()}


def _counted(figure: Measure, program: Program, rebate: Rebate) -> Term:
    kind = figure.counted
    if kind not in TRANSACTED:
        return Term(kind, target=figure.visit_score or "", constant=figure.constant)
    return Term(
        kind,
        target=_target(figure, program, rebate),
        products=filter_key(figure.products or rebate.products),
        transactions=filter_key(rebate.transactions),
    )


def _base(figure: Measure, program: Program, rebate: Rebate) -> Term | None:
    if figure.kind == "target_percent":
        return Term("target")
    if figure.baseline is not None and figure.baseline.kind == "dataset":
        return Term("baseline")
    counted = _counted(figure, program, rebate)
    if figure.kind == "share_percent":
        return counted._replace(products=filter_key(figure.within))
    return None if figure.baseline is None else counted._replace(baseline=figure.baseline)


def _target(figure: Measure, program: Program, rebate: Rebate) -> str:
    if figure.counted == "revenue":
        return program.currency
    return (figure.unit or rebate.unit or "") if figure.counted == "quantity" else ""
