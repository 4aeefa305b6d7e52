"""Provisions as one frame, so that they are applied to all rebates at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.compiled.figure_terms import filter_key
from schemas.types import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rules.language.model import Program

PROVISIONS = pl.Schema(
    {
        "program": pl.String(),
        "rebate": pl.String(),
        "position": pl.Int32(),
        "member_filter": pl.String(),
        "is_carried": pl.Boolean(),
        "prorate": pl.String(),
        "guarantee": EXACT,
        "is_unconditional": pl.Boolean(),
        "cap": EXACT,
        "stack_group": pl.String(),
        "stack_policy": pl.String(),
        "stack_rank": pl.Int32(),
        "is_reduced": pl.Boolean(),
        "program_prorate": pl.String(),
        "program_cap": EXACT,
        "budget": EXACT,
    }
)
"""What is agreed besides the scale, one row per rebate; null where nothing is agreed.

position: the rebate's place in the file, from 0. member_filter: whom it is for, of the program's members (empty: all).
is_carried: whether a measure below zero is carried into the next period. prorate: thresholds | payout | none.
guarantee, is_unconditional: the least that is paid, and whether also without a tier. cap: the most per member and
period. stack_group, stack_policy (additive | best_of | first_of | cascade), stack_rank: its place in its group, from 0;
is_reduced: whether a cascade deducts from its measure. program_prorate, program_cap, budget: the program's own, the
same for all its rebates.
"""


def compile_provisions(programs: Iterable[Program]) -> pl.DataFrame:
    """Return the provisions of `programs` besides their scales: PROVISIONS, sorted by program and position."""
    rows = [row for program in sorted(programs, key=lambda program: program.id) for row in _provisions(program)]
    return pl.DataFrame(rows, schema=PROVISIONS, orient="row")


def _provisions(program: Program) -> Iterator[tuple[object, ...]]:
    """Yield one row of PROVISIONS for each rebate of a program."""
    ranks: dict[str, int] = {}
    most = program.limits.per_member if program.limits else None
    for position, (name, rebate) in enumerate(program.rebates.items()):
        guarantee, stack = rebate.guarantee, rebate.stack
        rank = ranks.get(stack.group, 0) if stack else None
        if stack and rank is not None:
            ranks[stack.group] = rank + 1
        yield (
            program.id,
            name,
            position,
            filter_key(rebate.members),
            rebate.below_zero == "carry",
            rebate.prorate or program.prorate,
            guarantee.amount if guarantee else None,
            guarantee.unconditional if guarantee else False,
            rebate.limits.per_member if rebate.limits else None,
            stack.group if stack else None,
            stack.policy if stack else None,
            rank,
            stack.reduced if stack else True,
            program.prorate,
            most,
            program.budget,
        )
