"""What a payout is made of: its postings, program by program, and what each member of a family has of them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from reports.page.postings import kinds_of_postings
from reports.statement.account import CORRECTIONS, other_member
from reports.statement.summary import summed_lines
from schemas.types import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from reports.page.language import Language
    from reports.statement.account import Account
    from reports.statement.position import Row
    from reports.statement.statement_data import Issue


def line_groups(account: Account, issue: Issue) -> list[Row]:
    """Return the postings by currency and program, each group with its total."""
    groups = []
    shown = summed_lines(account.lines)
    for (currency, program), rows in groupby(shown, key=lambda row: (row["currency"], row["program"])):
        lines = list(rows)
        groups.append(
            {
                "title": _program_title(program, issue, account.language),
                "currency": currency,
                "lines": [_line(line, account, issue) for line in lines],
                "total": account.language.money(_total(lines), currency),
            }
        )
    return groups


def members_view(account: Account) -> list[Row]:
    """Return what each member of a family has of the postings; nothing where there is only one member."""
    sums: dict[tuple[str, str], list[Row]] = {}
    for line in account.lines:
        if line["member_id"]:
            sums.setdefault((line["currency"], line["member_id"]), []).append(line)
    if len({member for _, member in sums}) < 2:  # noqa: PLR2004 - one member is no family
        return []
    return [
        {
            "name": lines[0]["member_name"] or member,
            "id": member,
            "postings": account.language.count(len(lines)),
            "amount": account.language.money(_total(lines), currency),
        }
        for (currency, member), lines in sorted(sums.items())
    ]


def _total(lines: Iterable[Row]) -> Decimal:
    return sum((line["amount"] for line in lines), ZERO)


def _line(line: Row, account: Account, issue: Issue) -> Row:
    language = account.language
    return {
        "title": _line_title(line, issue, language),
        "member": other_member(line, account) if line["postings"] in {None, 1} else _many(line, language),
        "period": language.period(line["period"]),
        "kind": _kind(line, language, issue),
        "is_rebate": line["kind"] == "rebate",
        "reason": line["reason"] if line["kind"] == "adjustment" else "",
        "is_correction": line["kind"] in CORRECTIONS,
        "amount": language.money(line["amount"], line["currency"]),
    }


def _kind(line: Row, language: Language, issue: Issue) -> str:
    if line["kind"] == "carry_forward":
        return _carried(line, language, is_on=line["period"] == issue.payout_period)
    return kinds_of_postings(language)[line["kind"]]


def _carried(line: Row, language: Language, *, is_on: bool) -> str:
    """Return what is carried, as the payee sees it: what leaves this payout below zero is paid with the next."""
    words = language.text
    if is_on:
        owed = words("You owe this; it is taken off the next payout")
        return words("Paid with the next payout") if line["amount"] < 0 else owed
    return words("Brought forward") if line["amount"] > 0 else words("You owed this from before")


def _many(line: Row, language: Language) -> str:
    return language.text("Postings: {count}", count=language.count(line["postings"]))


def _program_title(program: str, issue: Issue, language: Language) -> str:
    """Return the title of a program, or its id where it no longer exists."""
    return language.choose(issue.program_titles.get(program, {}), program)


def _line_title(line: Row, issue: Issue, language: Language) -> str:
    """Return the title of the rebate, or of the program where there is no rebate or it no longer exists."""
    clause = issue.find_clause(line["program"], line["rebate"])
    if clause is not None:
        return language.choose(clause.titles, clause.rebate)
    return _program_title(line["program"], issue, language) if not line["rebate"] else line["rebate"]
