"""The payouts of a payee as they are read, period by period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reports.page.language import Language


AMOUNTS = ("calculated", "adjusted", "amount", "paid")


def payout_rows(payouts: Iterable[Mapping[str, Any]], language: Language) -> list[dict[str, Any]]:
    """Return the payouts with what was calculated, adjusted, is to be paid and was paid.

    A payout: kind, currency, payout_period, amount, status, due_on, reference, calculated, adjusted, paid, paid_on.
    """
    return [
        {
            "period": language.month(row["payout_period"]),
            "reference": row["reference"] or "",
            "id": row["payout_id"],
            "state": _state(row, language),
            "currency": row["currency"],
            "amounts": [language.money(row[name], row["currency"]) for name in AMOUNTS],
        }
        for row in payouts
    ]


def _state(row: Mapping[str, Any], language: Language) -> str:
    """Return how far a payout is, as it concerns its payee: who approved it is nobody's business but ours."""
    words = language.text
    if row["kind"] == "invoice":
        return words("Will be invoiced to you")
    if row["status"] == "paid" and row["paid_on"]:
        return words("paid on {day}", day=language.day(row["paid_on"]))
    known = {
        "paid": words("paid"),
        "short_paid": words("Paid in part"),
        "exported": words("Handed over for payment"),
        "refused": words("The payment came back; it is made again"),
        "carried_forward": words("Carried to the next payout"),
        "rejected": words("Held back"),
    }
    return known.get(row["status"]) or words("due on {day}", day=language.day(row["due_on"]))
