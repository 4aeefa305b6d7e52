"""What a file leaves open: when a return counts, and what becomes of a period that ends below zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.compiled.figure_terms import TRANSACTED
from rules.language.finding import finding_at
from schemas.transactions import NEGATIVE_TYPES, POSITIVE_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.language.finding import Finding
    from rules.language.model import Program, Rebate
    from rules.language.yaml_text import Marked

_OPEN = {
    "returns": "a return counts on its own day, not in the period of its sale",
    "below_zero": "what is below zero at a period's end is forgotten, not carried into the next",
}
_SAY = {"returns": "returns: own_day or with_sale", "below_zero": "below_zero: forget or carry"}


def left_open(program: Program, marked: Marked) -> Iterator[Finding]:
    """Yield what the rebates of a program do not say of returns, as one info with what holds then."""
    rebates = program.rebates.items()
    silent = {key: [name for name, rebate in rebates if _is_silent(rebate, key)] for key in _OPEN}
    said = {key: names for key, names in silent.items() if names}
    if said:
        names = list(dict.fromkeys(name for each in said.values() for name in each))
        found = f"left open in {', '.join(names)}: {'; '.join(_OPEN[key] for key in said)}"
        todo = f"if that is agreed, say so: {', '.join(_SAY[key] for key in said)}"
        yield finding_at(marked, ("rebates", names[0]), found, todo, kind="left-open", severity="info")


def _is_silent(rebate: Rebate, key: str) -> bool:
    """Return whether a rebate says nothing of `key`, where it would matter."""
    if getattr(rebate, key) is not None or not _takes_returns(rebate):
        return False
    if key == "below_zero":
        is_sum = rebate.measure.kind == "plain" and rebate.measure.counted in {"revenue", "quantity"}
        return is_sum and rebate.period != "program"
    return bool({rebate.measure.counted, rebate.qualifier.counted} & {*TRANSACTED})


def _takes_returns(rebate: Rebate) -> bool:
    """Return whether the filter of transactions may let returns through, in whatever words they are written."""
    condition = rebate.transactions
    if condition is None:
        return True
    excluded = {
        kind.casefold() for entry in condition.exclude or () if list(entry) == ["type"] for kind in entry["type"]
    }
    kinds = [{kind.casefold() for kind in entry.get("type", NEGATIVE_TYPES)} for entry in condition.include or ({},)]
    return any(kind - excluded - {*POSITIVE_TYPES} for kind in kinds)
