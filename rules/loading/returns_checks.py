"""Return checks: where goods that come back count, and what becomes of a measure below zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.language.reading import known
from rules.loading.figure_checks import counts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.language.model import Rebate
    from rules.language.yaml_text import Marked, Path
    from schemas.errors import Problem

_NO_GOODS = ("visits", "visit_score", "constant")


def check_returns(rebate: Rebate, marked: Marked, path: Path) -> Iterator[Problem]:
    """Yield what contradicts itself in `returns` and `below_zero` of `rebate`, which may be a draft."""
    measure = known(rebate.measure)
    counted = counts(measure)
    if measure is None or counted is None:
        return
    figures = {counted, counts(rebate.qualifier_written)}
    if rebate.returns is not None and figures <= {*_NO_GOODS, None}:
        found = f"{counted} is not about goods, which could be returned"
        yield marked.problem_at((*path, "returns"), found, "remove it", at_key=True)
    if rebate.below_zero != "carry":
        return
    if counted not in {"revenue", "quantity"} or measure.kind != "plain":
        found = "only a sum of revenue or quantity is carried below zero, but this rebate measures something else"
        yield marked.problem_at((*path, "below_zero"), found, "remove it, or write below_zero: forget", at_key=True)
    elif known(rebate.period) == "program":
        found = "a rebate that is measured over the whole program has no next period"
        yield marked.problem_at((*path, "below_zero"), found, "remove it, or measure shorter periods", at_key=True)
