"""Why an earlier settlement was corrected: the cause, and the transactions behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.page.language import Language
    from reports.statement.position import Row

MOST_NAMED = 5
"""The most corrections of a period that are named; of the others their number is told."""


def corrections_view(lines: Sequence[Row], language: Language) -> list[str]:
    """Return each correction of a period as a sentence, with what caused it."""
    named = [_correction(line, language) for line in lines[:MOST_NAMED]]
    more = len(lines) - len(named)
    return [*named, language.text("Further corrections: {count}", count=language.count(more))] if more else named


def _correction(line: Row, language: Language) -> str:
    amount, period = language.money(line["amount"], line["currency"]), language.period(line["period"])
    if line["kind"] == "adjustment":
        return language.text(
            "{period}: {amount}, adjustment: {reason}", period=period, amount=amount, reason=line["reason"]
        )
    causes = [_cause(cause, language) for cause in line["causes"] or ()]
    if causes:
        because = "; ".join(dict.fromkeys(causes))
        return language.text("{period}: {amount}, because {causes}", period=period, amount=amount, causes=because)
    return language.text(
        "{period}: {amount}, because transactions or terms of that period changed after it was settled through {day}",
        period=period,
        amount=amount,
        day=language.day(line["settled_through"]),
    )


def _cause(cause: Row, language: Language) -> str:
    """Return one cause in words; of rows the first transaction is named, and how many there are."""
    words = language.text
    if not cause["transaction_id"]:
        return _cause_alone(cause["cause"], language)
    day = words("{transaction} of {day}", transaction=cause["transaction_id"], day=language.day(cause["day"]))
    found = {
        "late": words("{transaction} came late", transaction=day),
        "corrected": words("{transaction} was corrected", transaction=day),
        "withdrawn": words("{transaction} was withdrawn", transaction=day),
        "excluded": words("{transaction} was taken out", transaction=day),
        "included": words("{transaction} counts again", transaction=day),
        "moved": words("what was returned of {transaction} moved with it", transaction=day),
    }.get(cause["cause"], words("{transaction} changed", transaction=day))
    others = (cause["rows"] or 1) - 1
    return words("{cause}, and {count} more", cause=found, count=language.count(others)) if others else found


def _cause_alone(cause: str, language: Language) -> str:
    """Return a cause of which no single transaction is known."""
    words = language.text
    return {
        "late": words("transactions came late"),
        "corrected": words("transactions were corrected"),
        "withdrawn": words("transactions were withdrawn"),
        "excluded": words("transactions were taken out"),
        "included": words("transactions count again"),
        "moved": words("returns moved with their sales"),
        "rule_change": words("the terms were changed"),
        "data": words("other data of the agreement changed"),
        "budget": words("the budget is shared by all partners, and what others earned changed"),
        "limit": words("the limit of the programme is shared by its rebates, and another one changed"),
        "stacking": words("a rebate that it depends on changed"),
    }.get(cause, words("it was computed anew"))
