"""The view of one statement: every text and figure as it is read, so that templates only place them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.page.language import is_spoken, name_of_language
from reports.statement.account import CORRECTIONS
from reports.statement.positions import programs_view
from reports.statement.summary import summed_lines

if TYPE_CHECKING:
    from reports.page.language import Language
    from reports.statement.account import Account
    from reports.statement.position import Row
    from reports.statement.statement_data import Issue


def statement_view(account: Account, issue: Issue) -> Row:
    """Return the whole page as nested dictionaries and lists of texts."""
    words = account.language.text
    return {
        "lang": account.language.tag,
        "title": words("Rebate statement"),
        "period": account.language.month(issue.payout_period),
        "as_of": words("As of {day}", day=account.language.day(issue.as_of)),
        "brand": {"name": issue.brand.name, "address": issue.brand.address, "contact": issue.brand.contact},
        "payee": {"name": account.payee["payee_name"] or account.payee["payee_id"], "id": account.payee["payee_id"]},
        "labels": _labels(account.language),
        "payouts": [_payout(payout, account.language) for payout in account.payouts],
        "lines": [_line(line, account, issue) for line in summed_lines(account.lines)],
        "programs": list(programs_view(account, issue)),
        "excluded": [_excluded(row, account) for row in account.excluded],
        "notes": [*_missing_language(account), *_notes(account.language)],
    }


def _labels(language: Language) -> dict[str, str]:
    words = language.text
    return {
        "payee": words("Payee"),
        "payable": words("Payable"),
        "nothing": words("Nothing is payable for this period."),
        "made_of": words("What this payout is made of"),
        "rebate": words("Rebate"),
        "period": words("Period"),
        "kind": words("Posting"),
        "amount": words("Amount"),
        "clause": words("Contract"),
        "corrections": words("Corrections"),
        "excluded": words("Transactions taken out"),
        "excluded_why": words("They are disputed, and count for no rebate until that is settled."),
        "transaction": words("Transaction"),
        "date": words("Date"),
        "reason": words("Reason"),
        "questions": words("Questions about this statement:"),
        "notes": words("How to read this statement"),
    }


def _payout(payout: Row, language: Language) -> Row:
    words = language.text
    if payout["amount"] > 0:
        when = words("due on {day}", day=language.day(payout["due_on"]))
    elif payout["amount"] < 0:
        when = words("Will be invoiced to you")
    else:
        when = words("Nothing to pay this time; the lines below say why")
    return {
        "amount": language.money(payout["amount"], payout["currency"]),
        "currency": payout["currency"],
        "when": when,
        "reference": words("Reference {reference}", reference=payout["reference"]),
        "id": payout["payout_id"],
    }


def _line(line: Row, account: Account, issue: Issue) -> Row:
    language = account.language
    kinds = {
        "rebate": language.text("Rebate"),
        "restatement": language.text("Correction of an earlier settlement"),
        "adjustment": language.text("Adjustment"),
        "carry_forward": language.text("Carried to the next period")
        if line["period"] == issue.payout_period
        else language.text("Brought forward"),
        "write_off": language.text("Written off"),
    }
    return {
        "title": _line_title(line, issue, language),
        "member": _other_member(line, account) if line["postings"] in {None, 1} else _many(line, language),
        "period": language.period(line["period"]),
        "kind": kinds.get(line["kind"], line["kind"]),
        "reason": line["reason"] if line["kind"] == "adjustment" else "",
        "is_correction": line["kind"] in CORRECTIONS,
        "amount": language.money(line["amount"], line["currency"]),
    }


def _many(line: Row, language: Language) -> str:
    return language.text("Postings: {count}", count=language.count(line["postings"]))


def _excluded(row: Row, account: Account) -> Row:
    return {
        "id": row["transaction_id"],
        "member": _other_member(row, account),
        "day": account.language.day(row["activity_date"]),
        "reason": ": ".join(text for text in (row["reason"], row["note"]) if text),
        "amount": f"{account.language.marked(row['figure'])} {row['currency']}",
    }


def _other_member(row: Row, account: Account) -> str:
    """Return the name of the member where it is not the payee."""
    return row["member_name"] or "" if row["member_id"] not in {"", account.payee["payee_id"]} else ""


def _line_title(line: Row, issue: Issue, language: Language) -> str:
    """Return the title of the rebate, or of the program where there is no rebate or it no longer exists."""
    of_program = [clause for clause in issue.clauses if clause.program == line["program"]]
    for clause in of_program:
        if clause.rebate == line["rebate"]:
            return language.choose(clause.titles, clause.rebate)
    return language.choose(of_program[0].program_titles if of_program else {}, line["rebate"] or line["program"])


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
