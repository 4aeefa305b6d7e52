"""One position of a statement: the standing of a rebate for a member and period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

Row = dict[str, Any]
"""One row of a frame, by column."""


FULL, LINE, SUMMED = "full", "line", "summed"
"""The forms of a position on a page: with all there is to say, as one line, or added up with those of other members."""


def is_open(position: Row, as_of: date) -> bool:
    """Return whether the period is still running."""
    end: date = position["period_end"]
    return end >= as_of


def is_shared(position: Row) -> bool:
    """Return whether what is earned here is a part of what a group earned."""
    return position["part"] is not None


def standing_amount(position: Row) -> Decimal:
    """Return what the figures of a position earn; if they are a group's figures, what the whole group earns."""
    amount: Decimal = position["node_amount"] if is_shared(position) else position["earned"]
    return amount
