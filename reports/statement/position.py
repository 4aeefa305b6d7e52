"""One position of a statement: the standing of a rebate for a member and period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decimal import Decimal

Row = dict[str, Any]
"""One row of a frame, by column."""


def is_shared(position: Row) -> bool:
    """Return whether what is earned here is a part of what a group earned."""
    return position["part"] is not None


def standing_amount(position: Row) -> Decimal:
    """Return what the figures of a position earn; if they are a group's figures, what the whole group earns."""
    amount: Decimal = position["node_amount"] if is_shared(position) else position["earned"]
    return amount
