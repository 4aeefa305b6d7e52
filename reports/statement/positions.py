"""The view of what a payee has earned: program by program, rebate by rebate, period by period."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reports.statement.account import place_of
from reports.statement.buyers import buyers_view
from reports.statement.corrections import corrections_view
from reports.statement.groups import group_facts, group_notes
from reports.statement.ladder import ladder_of
from reports.statement.left_out import left_out_notes
from reports.statement.listing import Listing, listing_view
from reports.statement.position import FULL, is_open
from reports.statement.provision_notes import provision_notes
from reports.statement.summary import Rest, summary_view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.page.language import Language
    from reports.statement.account import Account
    from reports.statement.ladder import Ladder
    from reports.statement.position import Row
    from reports.statement.statement_data import Clause, Figure, Issue


def programs_view(account: Account, issue: Issue) -> Iterable[Row]:
    """Yield what was earned by program and rebate, in the order of the contract; within those positions come sorted."""
    rebates = _by_rebate(account)
    of_program: dict[str, list[tuple[Clause, Parts]]] = {}
    for clause in issue.clauses:
        if (clause.program, clause.rebate) in rebates:
            of_program.setdefault(clause.program, []).append((clause, rebates[clause.program, clause.rebate]))
    for found in of_program.values():
        first = found[0][0]
        yield {
            "title": account.language.choose(first.program_titles, first.program),
            "reference": first.program_reference,
            "rebates": [_rebate(clause, parts, account, issue) for clause, parts in found],
        }


@dataclass
class Parts:
    """The positions of a rebate, each with the name of its place if it has one, and the rest."""

    placed: list[tuple[Row, str]] = field(default_factory=list)
    rest: Rest = field(default_factory=Rest)


def _by_rebate(account: Account) -> dict[tuple[str, str], Parts]:
    """Return what there is of each rebate, by program and rebate."""
    rebates: dict[tuple[str, str], Parts] = defaultdict(Parts)
    for position, anchor in zip(account.positions, account.anchors, strict=True):
        parts = rebates[position["program"], position["rebate"]]
        if position["form"] == FULL:
            parts.placed.append((position, anchor))
        else:
            parts.rest.positions.append(position)
    for settled in account.settled:
        rebates[settled["program"], settled["rebate"]].rest.settled.append(settled)
    return rebates


def _rebate(clause: Clause, parts: Parts, account: Account, issue: Issue) -> Row:
    ladder, rest = ladder_of(clause, account.language, issue), parts.rest
    return {
        "title": account.language.choose(clause.titles, clause.rebate),
        "reference": clause.reference,
        "positions": [
            {**_position(position, ladder, account, issue), "anchor": anchor} for position, anchor in parts.placed
        ],
        "summary": summary_view(rest, ladder, account, issue) if rest.positions or rest.settled else None,
    }


def _position(position: Row, ladder: Ladder, account: Account, issue: Issue) -> Row:
    ladder, language, is_running = ladder.of(position), account.language, is_open(position, issue.as_of)
    key = place_of(position)
    return {
        "member": position["member_name"] if position["member_id"] != account.payee["payee_id"] else "",
        "period": language.period(position["period"]),
        "dates": language.text(
            "{first} to {last}", first=language.day(position["period_start"]), last=language.day(position["period_end"])
        ),
        "state": language.text("running") if is_running else language.text("closed"),
        "is_open": is_running,
        "facts": _facts(position, ladder, is_open=is_running),
        "ladder": ladder.view(position, is_open=is_running),
        "distance": ladder.distance(position) if is_running else None,
        "corrections": corrections_view(account.corrections_of(position), language),
        "notes": [
            *_notes(position, ladder.clause, language, is_open=is_running),
            *left_out_notes(position["unconverted"], account.left_out.get(key, ()), language),
        ],
        "buyers": buyers_view(account.buyers.get(key, ()), language),
        "transactions": listing_view(
            account.transactions.get(key, Listing()), language, account.transactions_file, is_open=is_running
        ),
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
