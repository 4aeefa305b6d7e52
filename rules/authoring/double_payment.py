"""Double payment: which rebates pay on the same transactions, and where each of them is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.authoring.overlaps import may_meet, unspoken_pairs
from rules.language.finding import finding_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rules.authoring.overlaps import Payer
    from rules.language.finding import Finding
    from rules.language.model import Program
    from rules.language.yaml_text import Marked


@dataclass(frozen=True)
class Shared:
    """Transactions on which two rebates both pay: their number, and one of them."""

    transactions: int
    example: str


Found = dict[tuple[tuple[str, str], tuple[str, str]], Shared]
"""What the data shows for pairs of rebates, each (program, rebate); pairs that share no transactions are left out."""

Pair = tuple["Payer", "Payer", Shared | None]

_APART = "narrow the filters of one, unless both are meant to pay"
_STACK = "say with `stack` how they go together: additive, best_of, first_of or cascade"


def double_payments(
    programs: Sequence[Program], marked: Mapping[str, Marked], shared: Found | None
) -> Iterator[Finding]:
    """Yield warnings about rebates that pay on the same transactions without a `stack` between them.

    One finding per rebate, with the others of its file, and one per program, with the programs of other files: there
    the count is that of the two rebates that share most. `shared`: what the data shows. Without it the filters are
    compared: they show which rebates cannot overlap, not which do.
    """
    inside: dict[tuple[str, str], list[Pair]] = {}
    across: dict[str, dict[str, list[Pair]]] = {}
    for one, other in unspoken_pairs(programs):
        found = _of_pair(one, other, shared)
        if found is None and (shared is not None or not may_meet(one, other)):
            continue
        if one.program.id == other.program.id:
            inside.setdefault(one.key, []).append((one, other, found))
        else:
            across.setdefault(one.program.id, {}).setdefault(other.program.id, []).append((one, other, found))
    verb = "may both pay" if shared is None else "both pay"
    for pairs in inside.values():
        one = pairs[0][0]
        others = ", ".join(_rebate(other, marked, found) for _, other, found in pairs)
        said = f"{one.name!r} and {others} {verb} on the same transactions"
        place = marked[one.program.id].problem_at(("rebates", one.name), said, _STACK, at_key=True)
        yield finding_of(place, kind="double-payment")
    for program, met in across.items():
        said = f"{program!r} and {', '.join(map(_program, met.values()))} {verb} on the same transactions"
        place = marked[program].problem_at(("program",), said, _APART, at_key=True)
        yield finding_of(place, kind="double-payment")


def _of_pair(one: Payer, other: Payer, shared: Found | None) -> Shared | None:
    """Return what the data shows for a pair, in either order."""
    pairs = shared or {}
    return pairs.get((one.key, other.key)) or pairs.get((other.key, one.key))


def _rebate(payer: Payer, marked: Mapping[str, Marked], shared: Shared | None) -> str:
    """Return a rebate with the place where it is written and the number of shared transactions."""
    text = marked[payer.program.id]
    line, _ = text.keys.get(("rebates", payer.name), (0, 0))
    return f"{payer.name!r} ({text.file}:{line}{_counted(shared)})"


def _program(pairs: Sequence[Pair]) -> str:
    """Return a program with its file and the largest number of shared transactions."""
    program = pairs[0][1].program
    most = max((found for _, _, found in pairs if found), key=lambda found: found.transactions, default=None)
    return f"{program.id!r} ({program.file}{_counted(most)})"


def _counted(shared: Shared | None) -> str:
    """Return the number of shared transactions and an example, for a message."""
    return f", {shared.transactions:,} such as {shared.example}" if shared else ""
