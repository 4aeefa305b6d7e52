"""The view of what a payee has earned: program by program, rebate by rebate, period by period."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from reports.statement.groups import group_facts, group_notes
from reports.statement.ladder import Ladder
from reports.statement.left_out import left_out_notes
from reports.statement.listing import Listing, listing_view
from reports.statement.provision_notes import provision_notes
from reports.statement.summary import summary_view

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.page.language import Language
    from reports.statement.account import Account
    from reports.statement.position import Row
    from reports.statement.statement_data import Clause, Figure, Issue


def programs_view(account: Account, issue: Issue) -> Iterable[Row]:
    """Yield the positions by program and rebate, in the order of the contract; within those they come sorted."""
    places = {(clause.program, clause.rebate): n for n, clause in enumerate(issue.clauses)}
    # sorted is stable, so the order within a rebate stays; groupby needs its groups side by side.
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
    ladder = _ladder(clause, account.language, issue)
    summed = [position for position in positions if position["is_summed"]]
    return {
        "title": account.language.choose(clause.titles, clause.rebate),
        "reference": clause.reference,
        "positions": [_position(row, ladder, account, issue) for row in positions if not row["is_summed"]],
        "summary": summary_view(summed, clause, account.language, account.rebates_file) if summed else None,
    }


def _ladder(clause: Clause, language: Language, issue: Issue) -> Ladder:
    """Return the tiers of a rebate in a language; it keeps its texts for all pages."""
    key = clause.program, clause.rebate, language.tag
    if key not in issue.ladders:
        issue.ladders[key] = Ladder(clause, issue.scales[clause.program, clause.rebate], language)
    return issue.ladders[key]


def _position(position: Row, ladder: Ladder, account: Account, issue: Issue) -> Row:
    ladder, language, is_open = ladder.of(position), account.language, position["period_end"] >= issue.as_of
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
        "corrections": [_correction(line, language) for line in account.corrections.get(key, ())],
        "notes": [
            *_notes(position, ladder.clause, language, is_open=is_open),
            *left_out_notes(position["unconverted"], account.left_out.get(key, ()), language),
        ],
        "transactions": listing_view(account.transactions.get(key, Listing()), language, account.rest_file),
    }


def _facts(position: Row, ladder: Ladder, *, is_open: bool) -> list[tuple[str, str, bool]]:
    """Return the name and value of each fact, and whether it is what this payout pays."""
    words, currency = ladder.language.text, ladder.clause.currency
    group = group_facts(position, ladder)
    facts = [*group[:1], *_figures(position, ladder, is_open=is_open), *group[1:]]
    facts.append((words("Tier reached"), ladder.standing(position)))
    amounts = (
        ("earned", words("Earned so far")),
        ("posted_before", words("In earlier payouts")),
        ("posted_now", words("In this payout")),
        ("open_amount", words("Not settled yet")),
    )
    facts += [(name, ladder.language.money(position[column], currency)) for column, name in amounts]
    now = amounts[2][1]
    return [(name, value, name == now) for name, value in facts]


def _figures(position: Row, ladder: Ladder, *, is_open: bool) -> list[tuple[str, str]]:
    """Return the name and text of what was counted, and of what it is compared with."""
    words, texts = ladder.language.text, {"measure": ladder.measure}
    if ladder.clause.has_own_qualifier:
        texts["qualifier"] = ladder.qualifier
    facts = []
    for role, text in texts.items():
        value = position[role]
        nothing = words("no score") if text.figure.counted == "visit_score" else words("no comparison")
        shown = nothing if value is None else text.value(value)
        if text.figure.counted != "constant":
            facts.append((text.name(is_open=is_open), shown))
    compared = ladder.qualifier if ladder.clause.qualifier.kind != "plain" else ladder.measure
    if position["baseline"] is not None and compared.base_name():
        facts.append((compared.base_name(), compared.base(position["baseline"])))
    return facts


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
    words = language.text
    notes = [*group_notes(position, language), *provision_notes(position, clause, language)]
    if position["qualifier"] is None:
        notes.append(_why_nothing(clause.measure if position["measure"] is None else clause.qualifier, language))
    elif clause.qualifier.kind.startswith("growth") and clause.qualifier.baseline != "dataset" and is_open:
        notes.append(
            words("Growth so far compares with the whole of the earlier period: what you still buy adds to it.")
        )
    if position["is_converted"] and "revenue" in {clause.measure.counted, clause.qualifier.counted}:
        notes.append(_converted(clause, language))
    return notes


def _why_nothing(figure: Figure, language: Language) -> str:
    """Return why a figure without anything to compare with pays nothing."""
    words = language.text
    if figure.counted == "visit_score":
        return words("No completed visit has a score in this period, so this rebate pays nothing here.")
    if figure.kind == "target_percent":
        return words("There is no target agreed with you for this period, so this rebate pays nothing here.")
    if figure.kind == "share_percent":
        return words("There are no purchases to take the share of, so this rebate pays nothing here.")
    if figure.baseline == "dataset":
        return words("There is no figure agreed with you to compare with, so this rebate pays nothing here.")
    return words("There is no earlier period to compare with, so this rebate pays nothing here.")


def _converted(clause: Clause, language: Language) -> str:
    words, currency = language.text, clause.currency
    if clause.priced_by == "period_end":
        return words(
            "Amounts in other currencies are converted to {currency} at the rate of the period's last day.",
            currency=currency,
        )
    if clause.priced_by == "fixed":
        return words(
            "Amounts in other currencies are converted to {currency} at the rates fixed in the contract.",
            currency=currency,
        )
    return words("Amounts in other currencies are converted to {currency} at the rate of their day.", currency=currency)
