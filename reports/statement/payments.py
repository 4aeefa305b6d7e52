"""What is paid: the payouts with where each of them stands, and the payments since the last statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.statement.roll import left_to_pay

if TYPE_CHECKING:
    from reports.page.language import Language
    from reports.statement.account import Account
    from reports.statement.position import Row
    from reports.statement.statement_data import Issue


def payouts_view(account: Account, issue: Issue) -> list[Row]:
    """Return the payouts of the period, and earlier ones of which something is still to be paid."""
    named = [each for each in account.payouts if each["payout_period"] == issue.payout_period or left_to_pay(each)]
    return [_payout(payout, account.language, issue) for payout in named]


def _payout(payout: Row, language: Language, issue: Issue) -> Row:
    is_earlier = payout["payout_period"] != issue.payout_period
    shown = left_to_pay(payout) or payout["amount"]
    return {
        "amount": language.money(shown, payout["currency"]),
        "currency": payout["currency"],
        "when": _when(payout, language, issue),
        "reference": language.text("Reference {reference}", reference=payout["reference"]),
        "id": payout["payout_id"],
        "of": language.text("From {month}", month=language.month(payout["payout_period"])) if is_earlier else "",
    }


def _when(payout: Row, language: Language, issue: Issue) -> str:
    """Return when a payout is paid, or was, and how far it is."""
    words = language.text
    if payout["amount"] < 0:
        return words("Will be invoiced to you")
    if payout["amount"] == 0:
        return words("Nothing to pay this time; the lines below say why")
    if not left_to_pay(payout):
        return words("paid on {day}", day=language.day(payout["paid_on"])) if payout["paid_on"] else words("paid")
    return _when_due(payout, language, is_late=payout["due_on"] < issue.as_of)


def _when_due(payout: Row, language: Language, *, is_late: bool) -> str:
    words, day = language.text, language.day(payout["due_on"])
    if payout["paid"]:
        amounts = {name: language.money(payout[name], payout["currency"]) for name in ("paid", "amount")}
        return words("still to come of {amount}: {paid} is paid, due on {day}", day=day, **amounts)
    if payout["status"] == "refused":
        return words("The payment came back; it is made again")
    if payout["status"] == "exported":
        sent = words("handed over for payment, due on {day}", day=day)
        return words("handed over for payment, was due on {day}", day=day) if is_late else sent
    return words("was due on {day}", day=day) if is_late else words("due on {day}", day=day)


def payments_view(account: Account) -> list[Row]:
    """Return the payments since the last statement, the oldest first, each with what it pays and how it fits."""
    language = account.language
    last = {entry["payout_id"]: n for n, entry in enumerate(account.payments)}
    by_id = {payout["payout_id"]: payout for payout in account.payouts}
    return [
        {
            "day": language.day(entry["day"]) if entry["day"] else "",
            "of": language.month(entry["payout_period"]),
            "id": entry["payout_id"],
            "reference": entry["reference"] or "",
            "note": _fit(by_id.get(entry["payout_id"]), language) if last[entry["payout_id"]] == n else "",
            "amount": language.money(-entry["amount"], entry["currency"]),
        }
        for n, entry in enumerate(account.payments)
    ]


def _fit(payout: Row | None, language: Language) -> str:
    """Return how far the payments of a payout are from its amount."""
    if payout is None:
        return ""
    words, currency = language.text, payout["currency"]
    left = left_to_pay(payout)
    if left:
        return words("in part: {amount} still to come", amount=language.money(left, currency))
    over = payout["paid"] - payout["amount"]
    if over > 0:
        return words("{amount} more than the payout", amount=language.money(over, currency))
    return words("in full")
