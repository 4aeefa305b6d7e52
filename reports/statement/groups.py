"""A rebate that a group earns together: whose figures are shown, and which part is the payee's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reports.statement.position import is_shared

if TYPE_CHECKING:
    from reports.page.language import Language
    from reports.statement.ladder import Ladder
    from reports.statement.position import Row


def group_facts(position: Row, ladder: Ladder) -> list[tuple[str, str]]:
    """Return the group, the member's part of what it counts, and what the group earned; empty if nothing is shared."""
    if not is_shared(position):
        return []
    words = ladder.language.text
    # A part is an amount or quantity even where the group's figure is a percentage.
    counted = replace(ladder.measure, figure=replace(ladder.clause.measure, kind="plain"))
    return [
        (words("Group"), position["node_name"] or position["node_id"]),
        (words("Your part of it"), counted.value(position["part"])),
        (words("Rebate of the group"), ladder.language.money(position["node_amount"], ladder.clause.currency)),
    ]


def group_notes(position: Row, language: Language) -> list[str]:
    """Return notes on how to read the figures of a group."""
    words, notes = language.text, []
    if is_shared(position):
        notes.append(
            words(
                "Purchases, tier and what is missing are those of the whole group; its rebate is shared by each "
                "member's part."
            )
        )
    if position["nodes"] > 1:
        notes.append(
            words(
                "You changed your group in this period: the figures are those of the group you are in now, the amounts "
                "include what you earned in the other."
            )
        )
    return notes
