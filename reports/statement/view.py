"""The view of one statement: every text and figure as it is read, so that templates only place them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.page.language import is_spoken, name_of_language
from reports.statement.account import other_member
from reports.statement.lines import line_groups, members_view
from reports.statement.opportunities import opportunities_view
from reports.statement.payments import payments_view, payouts_view
from reports.statement.positions import programs_view
from reports.statement.roll import rolls_view
from reports.statement.visits import visits_view

if TYPE_CHECKING:
    from reports.page.language import Language
    from reports.statement.account import Account
    from reports.statement.position import Row
    from reports.statement.statement_data import Issue


def statement_view(account: Account, issue: Issue) -> Row:
    """Return the whole page as nested dictionaries and lists of texts."""
    words, groups = account.language.text, line_groups(account, issue)
    return {
        "lang": account.language.tag,
        "title": words("Rebate statement"),
        "period": account.language.month(issue.payout_period),
        "as_of": words("As of {day}", day=account.language.day(issue.as_of)),
        "brand": {
            "name": issue.brand.name,
            "address": issue.brand.address,
            "contact": issue.brand.contact,
            "logo": issue.brand.logo,
        },
        "payee": {"name": account.payee["payee_name"] or account.payee["payee_id"], "id": account.payee["payee_id"]},
        "labels": _labels(account.language),
        "payouts": payouts_view(account, issue),
        "accounts": rolls_view(account, issue),
        "account_file": account.entries_file if account.entries else "",
        "opportunities": opportunities_view(account, issue),
        "line_groups": groups,
        "lines": [line for group in groups for line in group["lines"]],
        "members": members_view(account),
        "payments": payments_view(account),
        "programs": list(programs_view(account, issue)),
        "visits": visits_view(account, issue),
        "excluded": [_excluded(row, account) for row in account.excluded],
        "transactions_file": _transactions_file(account),
        "notes": [*_missing_language(account), *_notes(account.language)],
    }


def _labels(language: Language) -> dict[str, str]:
    words = language.text
    return {
        "page": words("Page {page} of {pages}", page="{page}", pages="{pages}"),
        "payee": words("Payee"),
        "payable": words("Payable"),
        "nothing": words("Nothing is payable for this period."),
        "account": words("Your account"),
        "account_file": words("Every entry is in the file"),
        "opportunities": words("What is worth most to you now"),
        "made_of": words("What this payout is made of"),
        "total": words("Total"),
        "by_member": words("By partner"),
        "member": words("Partner"),
        "postings": words("Postings"),
        "payments": words("Payments since the last statement"),
        "payout": words("Payout"),
        "reference": words("Reference"),
        "rebate": words("Rebate"),
        "period": words("Period"),
        "kind": words("Posting"),
        "amount": words("Amount"),
        "clause": words("Contract"),
        "corrections": words("Corrections"),
        "visits": words("Visits and what we agreed"),
        "done": words("Done"),
        "excluded": words("Transactions taken out"),
        "excluded_why": words("They are disputed, and count for no rebate until that is settled."),
        "transaction": words("Transaction"),
        "date": words("Date"),
        "reason": words("Reason"),
        "counted": words("Transactions that count"),
        "counts_for": words("Counts for"),
        "annex": words("Each stands here once, with the numbers in brackets of the periods above in which it counts."),
        "questions": words("Questions about this statement:"),
        "notes": words("How to read this statement"),
    }


def _transactions_file(account: Account) -> str:
    """Return where all transactions are; empty where the page has them all."""
    if not account.has_transactions_file:
        return ""
    return account.language.text(
        "Every transaction that counts is in the file {file}, a line each, with the rebates and periods in which it "
        "counts. Ask us for the file if it did not come with this statement.",
        file=account.transactions_file,
    )


def _excluded(row: Row, account: Account) -> Row:
    return {
        "id": row["transaction_id"],
        "member": other_member(row, account),
        "day": account.language.day(row["activity_date"]),
        "reason": ": ".join(text for text in (row["reason"], row["note"]) if text),
        "amount": f"{account.language.marked(row['figure'])} {row['currency']}",
    }


def _missing_language(account: Account) -> list[str]:
    """Return that a payee's language has no catalogue, where that is so."""
    wanted, spoken = account.payee["language"], account.language
    if is_spoken(wanted):
        return []
    return [
        spoken.text(
            "There are no words for your language ({wanted}) yet, so this statement is in {language}.",
            wanted=name_of_language(wanted, spoken),
            language=name_of_language(spoken.tag, spoken),
        )
    ]


def _notes(language: Language) -> list[str]:
    words = language.text
    return [
        words("Amounts are rounded once per line, to the smallest unit of the currency, halves away from zero."),
        words(
            "Purchases and growth are shown cut off, never rounded up: you never see a tier before you have reached it."
        ),
        words(
            "What changes in a settled period is corrected in the next payout, which names the period it belongs to."
        ),
    ]
