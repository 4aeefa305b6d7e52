"""Payment checks: what a tier may pay by each method and measure, refused before anything is paid by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.language.figures import ONE_OF, PERCENTAGES
from rules.language.reading import known, plain
from rules.loading.figure_checks import expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.language.fields import Rate
    from rules.language.model import Measure, Rebate, Tier
    from rules.language.yaml_text import Marked, Path
    from schemas.errors import Problem

_REFUSED = {
    ("fixed", "rate"): ("method fixed pays amounts, not rates", "write 'pays', or use all_units"),
    ("per_multiple", "rate"): ("per_multiple pays amounts, not rates", "write 'pays' and 'every', or use all_units"),
    ("sliding", "pays"): ("sliding pays rates, not amounts", "write 'rate', or use fixed or all_units"),
}
_NEEDED = {
    ("fixed", "pays"): ("the tier says no amount", "add 'pays'; 0 if it pays nothing"),
    ("per_multiple", "pays"): ("the tier says no amount", "add 'pays': what is paid for every full multiple"),
    ("per_multiple", "every"): ("the tier does not say for how many it pays", "add 'every', such as every: 100"),
    ("sliding", "rate"): ("the tier says no rate", "add 'rate', such as 3%; 0% if it pays nothing"),
}
_ONLY = {
    "every": ("per_multiple", "only per_multiple pays for full multiples"),
    "measure_cap": ("all_units", "only all_units can be capped in a tier"),
}


def check_payment(tier: Tier, rebate: Rebate, marked: Marked, path: Path) -> Iterator[Problem]:
    """Yield what is wrong with the way in which `tier`, at `path`, pays; tier and rebate may be drafts."""
    method = known(rebate.method)
    keys = ("rate", "pays", "every", "measure_cap")
    given = [key for key in keys if (*path, key) in marked.keys]
    if method is not None:
        yield from _check_keys(method, given, marked, path)
    if "rate" not in given and "pays" not in given and method not in {"fixed", "per_multiple", "sliding"}:
        yield marked.problem_at(path, "the tier pays nothing", "add 'rate' or 'pays'; rate: 0% if nothing is meant")
    if tier.rate is not None:
        yield from _check_rate(tier.rate, rebate, marked, (*path, "rate"))


def _check_keys(method: str, given: list[str], marked: Marked, path: Path) -> Iterator[Problem]:
    for key in given:
        if (method, key) in _REFUSED:
            yield marked.problem_at((*path, key), *_REFUSED[method, key])
        if key in _ONLY and method != _ONLY[key][0]:
            only, found = _ONLY[key]
            yield marked.problem_at((*path, key), found, f"remove it, or use {only}", at_key=True)
    for (needing, key), problem in _NEEDED.items():
        # The problem of a refused key states what to write; a second one for the missing key would only repeat it.
        is_refused = any((method, other) in _REFUSED for other in given)
        if needing == method and key not in given and not is_refused:
            yield marked.problem_at(path, *problem)


def _check_rate(rate: Rate, rebate: Rebate, marked: Marked, path: Path) -> Iterator[Problem]:
    measure = known(rebate.measure)
    if measure is None or expression(measure) is None:
        return
    what, unit = _described(measure), _unit_of(measure, rebate)
    if measure.is_money:
        if rate.unit is not None:
            found = f"the rate is money per {rate.unit}, but the measure is {what}"
            yield marked.problem_at(path, found, "write a share of money, such as 3%, or measure: quantity")
    elif measure.constant is not None:
        yield marked.problem_at(path, "a constant is no figure to rate", "write 'pays': the fee itself")
    elif rate.unit is None:
        found = f"the rate is {plain(rate.amount * 100)}%, a share of money, but the measure is {what}"
        todo = f"write money per unit, such as 0.25 per {unit or 'case'}, or measure: revenue"
        yield marked.problem_at(path, found, todo)
    elif unit is not None and rate.unit != unit:
        found = f"the rate is per {rate.unit}, but {_counted(measure)} counted in {unit!r}"
        yield marked.problem_at(path, found, f"write an amount per {unit}, or change 'unit'")


def _unit_of(measure: Measure, rebate: Rebate) -> str | None:
    """Return the name of one unit of the measure."""
    if measure.kind in PERCENTAGES:
        return "point"
    return (measure.unit or rebate.unit) if measure.counted == "quantity" else ONE_OF.get(measure.counted)


def _described(measure: Measure) -> str:
    """Return the measure in words, for a message."""
    if measure.kind in PERCENTAGES:
        return "a percentage"
    return "a quantity" if measure.counted == "quantity" else f"{measure.counted}"


def _counted(measure: Measure) -> str:
    """Return what is counted, as the subject of a message."""
    return "quantities are" if measure.counted == "quantity" else f"{measure.counted.replace('_', ' ')} is"
