"""The view of what a payee has earned: program by program, rebate by rebate, period by period."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from reports.ladder import Ladder
from reports.listing import transactions_view

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.account import Account
    from reports.books import Clause, Issue
    from reports.ladder import Row
    from reports.language import Language

CORRECTIONS = ("restatement", "adjustment")
"""The kinds of posting that change what an earlier settlement paid."""


def programs_view(account: Account, issue: Issue) -> Iterable[Row]:
    """Group the positions by program and rebate, in the order of the contract; they come sorted within those."""
    places = {(clause.program, clause.rebate): n for n, clause in enumerate(issue.clauses)}
    ordered = sorted(account.positions, key=lambda row: places[row["program"], row["rebate"]])
    for _, of_program in groupby(ordered, key=lambda row: str(row["program"])):
        rebates = [
            (issue.clauses[place], list(rows))
            for place, rows in groupby(of_program, key=lambda row: places[row["program"], row["rebate"]])
        ]
        first = rebates[0][0]
        yield {
            "title": account.language.choose(first.program_titles, first.program),
            "reference": first.program_reference,
            "rebates": [_rebate(clause, rows, account, issue) for clause, rows in rebates],
        }


def _rebate(clause: Clause, positions: Sequence[Row], account: Account, issue: Issue) -> Row:
    ladder = Ladder(clause, issue.scales[clause.program, clause.rebate], account.language)
    return {
        "title": account.language.choose(clause.titles, clause.rebate),
        "reference": clause.reference,
        "positions": [_position(position, ladder, account, issue) for position in positions],
    }


def _position(position: Row, ladder: Ladder, account: Account, issue: Issue) -> Row:
    language, is_open = account.language, position["period_end"] >= issue.as_of
    key = tuple(position[name] for name in ("program", "rebate", "member_id", "period"))
    return {
        "member": position["member_name"] if position["member_id"] != account.payee["payee_id"] else "",
        "period": language.period(position["period"]),
        "dates": language.text(
            "{first} to {last}", first=language.day(position["period_start"]), last=language.day(position["period_end"])
        ),
        "state": language.text("running") if is_open else language.text("closed"),
        "is_open": is_open,
        "facts": _facts(position, ladder, is_open=is_open),
        "ladder": ladder.view(position, is_open=is_open),
        "distance": ladder.distance(position) if is_open else None,
        "corrections": [_correction(line, language) for line in account.lines if _is_correction_of(line, key)],
        "notes": _notes(position, ladder.clause, language, is_open=is_open),
        "transactions": transactions_view(account.transactions.get(key, ()), language),
    }


def _facts(position: Row, ladder: Ladder, *, is_open: bool) -> list[Row]:
    words, currency = ladder.language.text, ladder.clause.currency
    facts = [(words("Purchases that count"), ladder.measured(position["measure"]))]
    if ladder.clause.qualifier != "plain":
        known = position["qualifier"] is not None
        growth = words("Growth so far") if is_open else words("Growth")
        facts.append((growth, ladder.qualified(position["qualifier"]) if known else words("no comparison")))
    facts.append((words("Tier reached"), ladder.standing(position)))
    amounts = (
        ("earned", words("Earned so far")),
        ("posted_before", words("In earlier payouts")),
        ("posted_now", words("In this payout")),
        ("open_amount", words("Not settled yet")),
    )
    facts += [(name, ladder.language.money(position[column], currency)) for column, name in amounts]
    now = amounts[2][1]
    return [{"name": name, "value": value, "is_now": name == now} for name, value in facts]


def _is_correction_of(line: Row, key: tuple[object, ...]) -> bool:
    place = tuple(line[name] for name in ("program", "rebate", "member_id", "period"))
    return line["kind"] in CORRECTIONS and place == key


def _correction(line: Row, language: Language) -> str:
    amount, period = language.money(line["amount"], line["currency"]), language.period(line["period"])
    if line["kind"] == "adjustment":
        return language.text(
            "{period}: {amount}, adjustment: {reason}", period=period, amount=amount, reason=line["reason"]
        )
    return language.text(
        "{period}: {amount}, because transactions or terms of that period changed after it was settled through {day}",
        period=period,
        amount=amount,
        day=language.day(line["settled_through"]),
    )


def _notes(position: Row, clause: Clause, language: Language, *, is_open: bool) -> list[str]:
    words, notes = language.text, []
    if position["qualifier"] is None:
        notes.append(words("There is no earlier period to compare with, so this rebate pays nothing here."))
    elif clause.qualifier != "plain" and is_open:
        notes.append(
            words("Growth so far compares with the whole of the earlier period: what you still buy adds to it.")
        )
    if position["is_converted"] and "revenue" in {clause.measure, clause.qualifier_measure}:
        notes.append(
            words(
                "Amounts in other currencies are converted to {currency} at the rate of their day.",
                currency=clause.currency,
            )
        )
    if position["unconverted"]:
        count = str(position["unconverted"])
        notes.append(words("Transactions left out for want of a rate or unit: {count}", count=count))
    return notes
