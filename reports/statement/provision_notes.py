"""Notes on a statement where an amount is not what the tiers alone give: days, limits, guarantees and budgets."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reports.page.language import Language
    from reports.statement.statement_data import Clause

    Row = dict[str, Any]


def provision_notes(position: Row, clause: Clause, language: Language) -> list[str]:
    """Return for how many days the payee takes part, where that counts, and how the amount of the tiers changed."""
    notes = []
    if position["prorate"] is not None and position["days"] < position["period_days"]:
        notes.append(_for_days(position, language))
    step = Decimal(1).scaleb(-language.digits[clause.currency])
    is_changed = position["rated"] != position["unrounded"]
    # A difference below one minor unit is rounding, and no provision.
    if is_changed or abs(position["unrounded"] - position["node_amount"]) >= step:
        notes.append(
            language.text(
                "The tiers alone give {rated}; with all that is agreed beside them it is {amount}.",
                rated=language.worth(position["rated"], clause.currency),
                amount=language.money(position["node_amount"], clause.currency),
            )
        )
    return notes


def _for_days(position: Row, language: Language) -> str:
    days = {"days": str(position["days"]), "all_days": str(position["period_days"])}
    if position["prorate"] == "thresholds":
        return language.text(
            "Of the {all_days} days of this period {days} are yours: what there is to reach and what is paid count for "
            "these days.",
            **days,
        )
    return language.text(
        "Of the {all_days} days of this period {days} are yours: the rebate is paid for these.", **days
    )
