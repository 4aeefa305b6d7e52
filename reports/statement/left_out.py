"""The transactions that a figure lacks, because no exchange rate or conversion of units was there for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.page.language import Language
    from reports.statement.position import Row

LISTED_MOST = 20
"""The most transactions that are named; of the others their number is told."""


def left_out_notes(count: int, rows: Sequence[Row], language: Language) -> list[str]:
    """Return how many transactions are left out, and each of `rows`, the payee's own among them, with what it lacks."""
    if not count:
        return []
    words = language.text
    named = rows[:LISTED_MOST]
    notes = [words("Transactions left out for want of a rate or unit: {count}", count=str(count))]
    notes += [_named(row, language) for row in named]
    if named and count > len(named):
        notes.append(words("Further transactions left out: {count}", count=str(count - len(named))))
    return notes


def _named(row: Row, language: Language) -> str:
    words = language.text
    place = {"day": language.day(row["activity_date"]), "transaction": row["transaction_id"]}
    if row["reason"] == "no_rate":
        amount = f"{language.marked(row['figure'])} {row['currency']}"
        return words("{day}, {transaction}: there is no exchange rate for {amount}.", amount=amount, **place)
    goods = language.quantity(row["quantity"], row["unit"])
    return words("{day}, {transaction}: there is no conversion for {goods}.", goods=goods, **place)
