"""What each member of a group or family adds to a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.page.paper import MOST_MEMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.page.language import Language
    from reports.statement.position import Row

MOST = 50
"""The most members that are named under a figure; the others are added up in its total."""


def buyers_view(rows: Sequence[Row], language: Language) -> Row | None:
    """Return how much each member bought of what counts, those with most first; None where there is one alone."""
    if not rows:
        return None
    words = language.text
    return {
        "title": words("By partner"),
        "columns": [words("Partner"), words("Transactions"), words("Amount")],
        "rows": [
            {
                "name": row["buyer_name"] or row["buyer"],
                "transactions": language.count(row["transactions"]),
                "amount": language.coded(row["amount"], row["currency"]),
            }
            for row in rows[:MOST]
        ],
        "more": _more(rows, MOST, language),
        "more_on_paper": _more(rows, MOST_MEMBERS, language),
    }


def _more(rows: Sequence[Row], most: int, language: Language) -> str:
    """Return how many members none of the first rows names: each has a row in every currency."""
    named, others = ({row["buyer"] for row in part} for part in (rows[:most], rows[most:]))
    count = len(others - named)
    return language.text("Further partners: {count}", count=language.count(count)) if count > 0 else ""
