"""Thousands: figures with a point and three decimals, as thousands are written in some countries."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from rules.language.finding import finding_at
from rules.language.reading import plain
from rules.language.yaml_text import written
from rules.money import MINOR_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.language.finding import Finding
    from rules.language.model import Program
    from rules.language.yaml_text import Marked, Path

DECIMALS = 3
"""How many digits stand behind the mark of thousands."""

_NOT_AMOUNTS = ("fx", "tests")
"""Where such figures are nothing strange: rates of exchange; and the tests, which follow what they test."""


def thousands(program: Program, marked: Marked) -> Iterator[Finding]:
    """Yield a warning for every bound and amount that is 1 where 1.000 may have been meant to be a thousand."""
    if MINOR_UNITS.get(program.currency) == DECIMALS:  # its amounts are written like that
        return
    for path in marked.values:
        value = marked.at(path)
        if isinstance(value, Decimal) and _may_be_thousands(value) and not _is_usual(program, path):
            name, meant = path[-1], str(value).replace(".", "")
            found = (
                f"{name} is {written(value)}, which is {plain(value)}: in some countries that is how {meant} is written"
            )
            todo = f"write {meant} if that is meant, and {plain(value)} if not"
            yield finding_at(marked, path, found, todo, kind="thousands")


def _may_be_thousands(value: Decimal) -> bool:
    return value.as_tuple().exponent == -DECIMALS and 1 <= abs(value) < 10**DECIMALS


def _is_usual(program: Program, path: Path) -> bool:
    """Return whether three decimals are usual there: percentages have them too."""
    if path[0] in _NOT_AMOUNTS:
        return True
    match path:
        case ("rebates", str(name), "tiers", _, "from" | "above" | "to"):
            return program.rebates[name].qualifier.kind.endswith("_percent")
    return False
