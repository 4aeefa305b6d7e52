"""The account of a payee in each currency: what it stood at, every kind of entry, and what it stands at."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from schemas.types import ZERO

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from reports.page.language import Language
    from reports.statement.account import Account
    from reports.statement.position import Row
    from reports.statement.statement_data import Issue

STAYS = ("opening", "earned", "paid")
"""The lines that are there even where nothing moved."""

PLACES = {
    "opening": "payable", "earned": "made-of", "restated": "made-of", "adjusted": "made-of", "write_off": "made-of",
    "paid": "payments", "overpaid": "payments", "invoiced": "payable",
}  # fmt: skip
"""The kinds of entry in the order of the account, each with the section of the page that it leads to."""


def rolls_view(account: Account, issue: Issue) -> list[Row]:
    """Return the account in each currency: its lines, what the balance consists of, and what is not payable yet."""
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for entry in account.entries:
        sums[entry["currency"]][entry["entry"]] += entry["amount"]
    waiting = _waiting(account, issue)
    currencies = sorted({*sums, *waiting, *(payout["currency"] for payout in account.payouts)})
    return [_roll(currency, sums[currency], waiting.get(currency, []), account) for currency in currencies]


def _roll(currency: str, sums: dict[str, Decimal], waiting: list[Row], account: Account) -> Row:
    language, names = account.language, _names(account.language)
    closing = sum(sums.values(), ZERO)
    lines = [
        {
            "name": names[entry],
            "amount": language.money(sums[entry], currency),
            "section": place if _is_shown(place, account) and sums[entry] else "",
        }
        for entry, place in PLACES.items()
        if entry in STAYS or sums[entry]
    ]
    return {
        "currency": currency,
        "title": language.name_of_currency(currency),
        "lines": lines,
        "closing": {"name": _closing_name(closing, language), "amount": language.money(closing, currency)},
        "parts": _parts(currency, account),
        "waiting_title": language.text("Earned, not yet payable"),
        "waiting": waiting,
    }


def _names(language: Language) -> dict[str, str]:
    words = language.text
    return {
        "opening": words("Balance at the last statement"),
        "earned": words("Earned"),
        "restated": words("Corrections of earlier settlements"),
        "adjusted": words("Adjustments"),
        "write_off": words("Written off"),
        "paid": words("Paid to you"),
        "overpaid": words("Paid above what was due"),
        "invoiced": words("Invoiced to you"),
    }


def _closing_name(closing: Decimal, language: Language) -> str:
    words = language.text
    return words("You owe us") if closing < 0 else words("We owe you") if closing > 0 else words("Balance")


def _is_shown(place: str, account: Account) -> bool:
    """Return whether the page has such a section."""
    return {"made-of": bool(account.lines), "payments": bool(account.payments)}.get(place, True)


def _parts(currency: str, account: Account) -> list[Row]:
    """Return what the balance consists of: payouts that are still to be paid, and what is carried on."""
    language, words = account.language, account.language.text
    due = sum((left_to_pay(payout) for payout in account.payouts if payout["currency"] == currency), ZERO)
    carried = -sum((line["amount"] for line in account.carried if line["currency"] == currency), ZERO)
    parts = [(words("To be paid, as above"), due)]
    if carried > 0:
        parts.append((words("Carried to the next payout, since it is too little to be paid by itself"), carried))
    if carried < 0:
        parts.append((words("You owe this; it is set off against your next payout"), carried))
    return [{"name": name, "amount": language.money(amount, currency)} for name, amount in parts if amount]


def left_to_pay(payout: Row) -> Decimal:
    """Return what of a payout is still to be paid: nothing of an invoice."""
    left: Decimal = payout["amount"] - payout["paid"]
    return max(left, ZERO) if payout["amount"] > 0 else ZERO


def _waiting(account: Account, issue: Issue) -> dict[str, list[Row]]:
    """Return by currency what was earned and is not settled, and what was paid ahead, added up by the reason why."""
    sums: dict[tuple[str, date, bool], Decimal] = defaultdict(lambda: ZERO)
    for position in account.positions:
        left: Decimal = position["open_amount"]
        if left:
            sums[position["currency"], position["period_end"], left < 0] += left
    waiting = defaultdict(list)
    for (currency, end, is_ahead), amount in sorted(sums.items()):
        reason = _reason(account.language, account.language.day(end), is_ahead=is_ahead, is_over=end < issue.as_of)
        waiting[currency].append({"name": reason, "amount": account.language.money(amount, currency)})
    return waiting


def _reason(language: Language, day: str, *, is_ahead: bool, is_over: bool) -> str:
    words = language.text
    if is_ahead:
        return words("Paid ahead of what is earned so far: as it stands, it comes off at the end on {day}", day=day)
    if is_over:
        return words("The period ended on {day} and is settled in one of the next runs", day=day)
    return words("The period runs until {day}", day=day)
