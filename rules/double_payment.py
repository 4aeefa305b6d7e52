"""What is said of double payment: which rebates pay on the same transactions, and where each of them stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.finding import finding_of
from rules.overlaps import may_meet, unspoken_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rules.finding import Finding
    from rules.model import Program
    from rules.overlaps import Payer
    from rules.yaml_text import Marked


@dataclass(frozen=True)
class Shared:
    """Transactions that two rebates both pay on: how many there are, and one of them."""

    transactions: int
    example: str


Found = dict[tuple[tuple[str, str], tuple[str, str]], Shared]
"""What the data shows for pairs of rebates, each (program, rebate); a pair without shared transactions is not in it."""

_APART = "narrow the filters of one, unless both are meant to pay"
_STACK = "say with `stack` how they go together: additive, best_of, first_of or cascade"


def double_payments(
    programs: Sequence[Program], marked: Mapping[str, Marked], shared: Found | None
) -> Iterator[Finding]:
    """Warn of rebates that pay on the same transactions with no `stack` between them; one finding a rebate and file.

    `shared`: what the data shows. Without it the filters are compared: they tell who cannot meet, not who does.
    """
    groups: dict[tuple[tuple[str, str], str], list[tuple[Payer, Payer, Shared | None]]] = {}
    for one, other in unspoken_pairs(programs):
        found = _of_pair(one, other, shared)
        if found is not None or (shared is None and may_meet(one, other)):
            groups.setdefault((one.key, other.program.id), []).append((one, other, found))
    for group in groups.values():
        one, other, _ = group[0]
        others = ", ".join(_described(other, marked, found) for _, other, found in group)
        verb = "may both pay" if shared is None else "both pay"
        said = f"{one.name!r} and {others} {verb} on the same transactions"
        todo = _STACK if other.program.id == one.program.id else _APART
        place = marked[one.program.id].problem_at(("rebates", one.name), said, todo, at_key=True)
        yield finding_of(place, kind="double-payment")


def _of_pair(one: Payer, other: Payer, shared: Found | None) -> Shared | None:
    pairs = shared or {}
    return pairs.get((one.key, other.key)) or pairs.get((other.key, one.key))


def _described(payer: Payer, marked: Mapping[str, Marked], shared: Shared | None) -> str:
    text = marked[payer.program.id]
    line, _ = text.keys.get(("rebates", payer.name), (0, 0))
    count = f", {shared.transactions:,} such as {shared.example}" if shared else ""
    return f"{payer.name!r} ({text.file}:{line}{count})"
