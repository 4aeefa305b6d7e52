"""The best opportunities of a payee: the next tiers that pay most for what is missing."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from reports.statement.ladder import ladder_of
from reports.statement.position import is_open, is_shared, standing_amount
from schemas.types import ZERO

if TYPE_CHECKING:
    from decimal import Decimal

    from reports.statement.account import Account
    from reports.statement.position import Row
    from reports.statement.statement_data import Issue

MOST = 2
"""The most opportunities that a page names first; every other one stands with its rebate."""


def opportunities_view(account: Account, issue: Issue) -> list[Row]:
    """Return the open periods whose next tier pays most for each unit of money that is missing, the best first.

    A tier that more than doubles what was bought so far is none. What is not missing in money comes last.
    """
    found: dict[tuple[object, ...], tuple[Row, str]] = {}
    for position, anchor in zip(account.positions, account.anchors, strict=True):
        if position["form"] == "full" and is_open(position, issue.as_of) and _gain(position) > 0 and _is_near(position):
            # Members of one group share its figures: they are told of it once.
            key = tuple(position[name] for name in ("program", "rebate", "node_id", "period"))
            found.setdefault(key, (position, anchor))
    best = sorted(found.values(), key=lambda each: _rank(each[0]))[:MOST]
    return [_opportunity(position, anchor, account, issue) for position, anchor in best]


def _opportunity(position: Row, anchor: str, account: Account, issue: Issue) -> Row:
    language = account.language
    clause = issue.clause(position["program"], position["rebate"])
    distance = ladder_of(clause, language, issue).of(position).distance(position)
    gain = language.money(_gain(position), clause.currency)
    brings = language.text("It brings {amount} more.", amount=gain)
    of_group = language.text("It brings your group {amount} more.", amount=gain)
    return {
        **(distance or {}),
        "title": language.choose(clause.titles, clause.rebate),
        "program": language.choose(clause.program_titles, clause.program),
        "member": position["member_name"] or "" if position["member_id"] != account.payee["payee_id"] else "",
        "period": language.period(position["period"]),
        "brings": of_group if is_shared(position) else brings,
        "anchor": anchor,
    }


def _gain(position: Row) -> Decimal:
    """Return what the next tier pays more than today; zero where something else decides the amount."""
    is_last = position["next_tier"] is None or position["next_amount"] is None
    if is_last or position["rated"] != position["unrounded"]:
        return ZERO
    gain: Decimal = position["next_amount"] - standing_amount(position)
    return gain


def _is_near(position: Row) -> bool:
    missing, bought = position["missing_measure"], position["measure"]
    return missing is None or bought is None or missing <= bought


def _rank(position: Row) -> tuple[object, ...]:
    gain, missing = _gain(position), position["missing_amount"]
    name = tuple(position[part] for part in ("period_end", "program", "rebate", "member_id", "period"))
    # Amounts of different currencies cannot be compared, what one unit of each brings can.
    return (0, -Fraction(gain) / Fraction(missing), *name) if missing else (1, -Fraction(gain), *name)
