"""Figures as terms: what each figure of a rebate needs summed, counted, or looked up among agreed figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from decimal import Decimal

    from rules.language.figures import Baseline, FigureName, Measure
    from rules.language.model import Filter, Program, Rebate

TermKind: TypeAlias = "FigureName | Literal['target', 'baseline']"

SUMMED = ("revenue", "quantity", "transactions")
"""The kinds of term that are computed from the sums of the one scan."""

DISTINCT = ("orders", "products")
"""The kinds that count each order, or product, once."""

VISITED = ("visits", "visit_score")
"""The kinds that are computed from visits."""

AGREED = ("target", "baseline")
"""The kinds that are looked up in the data set of that name, by program, rebate, member and period."""

TRANSACTED = SUMMED + DISTINCT
"""The kinds that are computed from transactions."""


class Term(NamedTuple):
    """What is summed, counted or looked up per member and period.

    `target` is the currency, unit or visit indicator. The filters are named by `filter_key`. `baseline` says which
    earlier windows are used; None for the period itself.
    """

    kind: TermKind
    target: str = ""
    products: str = ""
    transactions: str = ""
    constant: Decimal | None = None
    baseline: Baseline | None = None


def filter_key(condition: Filter | None) -> str:
    """Return a name of a filter, the same for filters with the same content; empty for no filter."""
    return "" if condition is None else condition.model_dump_json(include={"include", "exclude"})


COUNTED_BY = "counted_by"
"""The attribute of a transaction that counts on two days: by its own (own_day) and by its sale's (with_sale).

Null for all others, which count on one day whatever a rebate says.
"""


def transaction_key(rebate: Rebate) -> str:
    """Return a name of the transactions that count for `rebate`: its filter, and by which day they count."""
    return filter_key(rebate.transactions) + ("with_sale" if rebate.returns == "with_sale" else "")


def product_filters(rebate: Rebate) -> list[Filter | None]:
    """Return the product filters that the figures of `rebate` use, None for a figure without one."""
    figures = (rebate.measure, rebate.qualifier)
    return [condition for figure in figures for condition in (figure.products or rebate.products, figure.within)]


def figure_terms(program: Program, name: str, rebate: Rebate) -> dict[str, tuple[str, Term]]:
    """Return the terms of `rebate`, each with its name, by their role.

    The roles are measure, measure_base, qualifier and qualifier_base, as far as there are such: a base is what the
    figure is compared with. Equal terms are one, named after the role that comes first.
    """
    parts = {}
    for role, figure in (("measure", rebate.measure), ("qualifier", rebate.qualifier)):
        parts[role] = _counted(figure, program, rebate)
        base = _base(figure, program, rebate)
        if base is not None:
            parts[f"{role}_base"] = base
    names: dict[Term, str] = {}
    for part, term in parts.items():
        # Equal terms share a name, so that the scan adds them up only once.
        names.setdefault(term, f"{program.id}/{name}/{part.replace('_', ' ')}")
    return {part: (names[term], term) for part, term in parts.items()}


def _counted(figure: Measure, program: Program, rebate: Rebate) -> Term:
    """Return the term that a figure counts."""
    kind = figure.counted
    if kind not in TRANSACTED:
        return Term(kind, target=figure.visit_score or "", constant=figure.constant)
    return Term(
        kind,
        target=_target(figure, program, rebate),
        products=filter_key(figure.products or rebate.products),
        transactions=transaction_key(rebate),
    )


def _base(figure: Measure, program: Program, rebate: Rebate) -> Term | None:
    """Return the term with which a figure is compared; None where it stands alone."""
    if figure.kind == "target_percent":
        return Term("target")
    if figure.baseline is not None and figure.baseline.kind == "dataset":
        return Term("baseline")
    counted = _counted(figure, program, rebate)
    if figure.kind == "share_percent":
        return counted._replace(products=filter_key(figure.within))
    return None if figure.baseline is None else counted._replace(baseline=figure.baseline)


def _target(figure: Measure, program: Program, rebate: Rebate) -> str:
    """Return the currency or unit of a figure; empty where it has none."""
    if figure.counted == "revenue":
        return program.currency
    return (figure.unit or rebate.unit or "") if figure.counted == "quantity" else ""
