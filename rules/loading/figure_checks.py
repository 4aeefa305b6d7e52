"""Figure checks: a figure counts exactly one thing, and states what growth, targets and shares require."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.compiled.scales import FOLLOWS_MEASURE
from rules.language.figures import EXPRESSIONS, GROWTH, PERCENTAGES, Measure
from rules.language.reading import known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.language.model import Qualifier, Rebate
    from rules.language.yaml_text import Marked, Path
    from schemas.errors import Problem

_BASELINES = "previous_year, previous_period, dataset or {average: {periods: 3}}"
_POLICIES = "skip, zero or {value: 1000}; there is no silent default"
_NEEDS = {
    "growth_amount": {"baseline": _BASELINES, "when_missing": _POLICIES},
    "growth_percent": {"baseline": _BASELINES, "when_missing": _POLICIES},
    "target_percent": {"when_missing": _POLICIES},
    "share_percent": {
        "when_missing": _POLICIES, "within": "the products the share is taken of, such as {include: [{brand: Pro}]}",
    },
    "visit_score": {"when_missing": "skip, zero or {value: 80}; there is no silent default"},
}  # fmt: skip
_BELONGS = {
    "baseline": "growth_percent or growth_amount",
    "when_missing": "growth, target_percent, share_percent or visit_score",
    "within": "share_percent",
}
_NO_GOODS = ("visits", "visit_score", "constant")


def check_figures(rebate: Rebate, marked: Marked, path: Path) -> Iterator[Problem]:
    """Yield what contradicts itself in the measure and qualifier of `rebate`, which may be a draft."""
    for key, figure in (("measure", known(rebate.measure)), ("qualifier", rebate.qualifier_written)):
        if figure is not None:
            yield from _check_figure(figure, rebate, marked, (*path, key))
    yield from _check_unit(rebate, marked, path)
    yield from _check_compare(rebate, marked, path)
    yield from _check_follows(rebate, marked, path)


def expression(figure: Measure) -> str | None:
    """Return the key that states what is counted; None in a draft without one."""
    return next((key for key in EXPRESSIONS if getattr(figure, key) is not None), None)


def counts(figure: Measure | None) -> str | None:
    """Return what is counted, as far as a draft states it."""
    return figure.counted if figure is not None and expression(figure) else None


def _check_figure(figure: Measure, rebate: Rebate, marked: Marked, path: Path) -> Iterator[Problem]:
    written = [key for key in EXPRESSIONS if (*path, key) in marked.keys]
    if isinstance(marked.at(path), dict) and len(written) != 1:
        name = path[-1]
        found = f"the {name} has {' and '.join(written)}" if written else f"the {name} does not say what is counted"
        yield marked.problem_at(path, found, f"give exactly one of: {', '.join(EXPRESSIONS)}")
    for kind in written:
        yield from _check_needs(kind, marked, path)
    for key, owners in _BELONGS.items():
        fits = any(key in _NEEDS.get(kind, {}) for kind in written)
        if (*path, key) in marked.keys and written and not fits:
            yield marked.problem_at(
                (*path, key), f"{key} belongs to {owners}", "remove it, or write what it belongs to", at_key=True
            )
    if figure.products is not None and counts(figure) in _NO_GOODS:
        found = f"{counts(figure)} is not about products"
        yield marked.problem_at((*path, "products"), found, "remove products", at_key=True)
    yield from _check_previous(figure, rebate, marked, path)


def _check_needs(kind: str, marked: Marked, path: Path) -> Iterator[Problem]:
    for key, options in _NEEDS.get(kind, {}).items():
        if (*path, key) not in marked.keys:
            what = "growth" if kind in GROWTH else kind
            yield marked.problem_at(path, f"{what} has no {key!r}", f"add {key!r}: {options}")


def _check_previous(figure: Measure, rebate: Rebate, marked: Marked, path: Path) -> Iterator[Problem]:
    baseline = figure.baseline
    if known(rebate.period) == "program" and baseline and baseline.kind in {"previous_period", "average"}:
        found = "a program has no previous period"
        yield marked.problem_at((*path, "baseline"), found, "write previous_year or dataset")


def _check_unit(rebate: Rebate, marked: Marked, path: Path) -> Iterator[Problem]:
    figures = {"measure": known(rebate.measure), "qualifier": rebate.qualifier_written}
    counting = [key for key, figure in figures.items() if figure is not None and counts(figure) == "quantity"]
    given = (*path, "unit") in marked.keys
    without = [key for key in counting if (*path, key, "unit") not in marked.keys]
    if without and not given:
        yield marked.problem_at(path, "quantities are counted, but in no unit", "add 'unit': such as case")
    for key, figure in figures.items():
        if (*path, key, "unit") in marked.keys and counts(figure) not in {"quantity", None}:
            found = f"a unit is given, but {counts(figure)} is counted"
            yield marked.problem_at((*path, key, "unit"), found, "remove it, or count quantity", at_key=True)
    if given and not counting and known(rebate.measure) is not None:
        found = "a unit is given, but no quantity is counted"
        yield marked.problem_at((*path, "unit"), found, "remove it, or write measure: quantity", at_key=True)


def _check_compare(rebate: Rebate, marked: Marked, path: Path) -> Iterator[Problem]:
    if rebate.compare is None:
        return
    figures = [figure for figure in (known(rebate.measure), rebate.qualifier_written) if figure is not None]
    baselines = [figure.baseline for figure in figures if figure.baseline is not None]
    if known(rebate.measure) is not None and not baselines:
        found = "compare is about growth, but no figure of this rebate has a baseline"
        yield marked.problem_at((*path, "compare"), found, "remove it, or measure growth", at_key=True)
    elif baselines and all(baseline.kind == "dataset" for baseline in baselines):
        found = "an agreed baseline is a figure without days: it is compared as it stands"
        yield marked.problem_at((*path, "compare"), found, "remove it, or write another baseline", at_key=True)


def _check_follows(rebate: Rebate, marked: Marked, path: Path) -> Iterator[Problem]:
    qualifier, method = rebate.qualifier_written, known(rebate.method)
    if method is None or method not in FOLLOWS_MEASURE or qualifier is None or expression(qualifier) is None:
        return
    if known(rebate.measure) is not None and not is_same_figure(qualifier, rebate.measure):
        found = f"{FOLLOWS_MEASURE[method]}, but another figure selects the tier"
        yield marked.problem_at((*path, "qualifier"), found, "remove the qualifier, or use all_units or fixed")
    elif qualifier.round is not None:
        found = f"{FOLLOWS_MEASURE[method]} itself, which is not rounded"
        yield marked.problem_at((*path, "qualifier", "round"), found, "remove round", at_key=True)


def is_same_figure(qualifier: Qualifier, measure: Measure) -> bool:
    """Return whether the qualifier is the measure itself, apart from its rounding."""
    return all(getattr(qualifier, name) == getattr(measure, name) for name in Measure.model_fields)


def is_percent(figure: Measure) -> bool:
    """Return whether the figure is a percentage, which cannot be prorated by days."""
    return figure.kind in PERCENTAGES or figure.visit_score is not None
