"""The texts of a panel, made of its figures, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.panel.open_periods import open_period
from reports.panel.panel import Panel, Series, YearEnd
from reports.panel.remarks import Remarks
from reports.panel.titles import Titles
from reports.panel.words import payout_states, visit_states, words_of
from schemas.types import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal

    from reports.page.language import Language
    from reports.panel.titles import Row, TitlesByPlace

MOST = {"eligible": 20, "closed": 40, "payouts": 20, "visits": 6, "tasks": 6}
"""The most rows that people are shown; in JSON there are all."""


@dataclass(frozen=True)
class PanelData:
    """The figures of a panel: `rows` by the name of their table (see pipelines.panel.tables).

    titles: of programs and rebates, see reports.panel.titles. months: those that are drawn, 2026-11, oldest first.
    """

    rows: Mapping[str, Sequence[Row]]
    titles: TitlesByPlace
    months: Sequence[str]


def panel_view(data: PanelData, language: Language) -> Panel:
    """Return the panel that people are shown."""
    [member], rows = data.rows["member"], {name: data.rows[name][:most] for name, most in MOST.items()}
    titles = Titles(data.titles, language, member["member_id"])
    words = words_of(language)
    not_begun = [_not_begun(data.rows["not_begun"], titles)] if data.rows["not_begun"] else []
    return Panel(
        lang=language.tag,
        words=words,
        member_id=member["member_id"],
        name=member["name"] or member["member_id"],
        as_of=language.text("as of {day}", day=language.day(member["as_of"])),
        series=list(_series(data, language)),
        year=language.text("Projected for {year}", year=str(member["as_of"].year)),
        year_ends=[_year_end(row, language) for row in data.rows["year_end"]],
        method=[*((words["projected"], words["between"]) if data.rows["open"] else ()), *not_begun],
        eligible=[_eligible(row, titles) for row in rows["eligible"]],
        open=[open_period(row, titles) for row in data.rows["open"]],
        closed=[_closed(row, titles) for row in rows["closed"]],
        payouts=[_payout(row, language) for row in rows["payouts"]],
        visits=[_visit(row, language) for row in rows["visits"]],
        tasks=[_task(row, language) for row in rows["tasks"]],
    )


def _series(data: PanelData, language: Language) -> Iterator[Series]:
    months, (first, *_, last) = data.rows["months"], data.months
    for currency in sorted({row["currency"] for row in months}):
        bought = {row["month"]: row["amount"] for row in months if row["currency"] == currency}
        amounts = [bought.get(month, ZERO) for month in data.months]
        amount = language.coded(amounts[-1], currency)
        yield Series(
            currency,
            language.text("{first} to {last}", first=language.month(first), last=language.month(last)),
            _eighths(amounts),
            language.coded(sum(amounts, ZERO), currency),
            language.text("of which {month}: {amount}", month=language.month(last), amount=amount),
        )


def _eighths(amounts: Sequence[Decimal]) -> list[int]:
    """Return amounts in eighths of the largest, what is not zero at least one; what is below zero as nothing."""
    largest = max(amounts)
    return [0 if amount <= 0 else max(1, int(8 * amount / largest)) for amount in amounts]


def _year_end(row: Row, language: Language) -> YearEnd:
    names = ("earned", "projected", "low", "high")
    earned, projected, low, high = (language.coded(row[name], row["currency"]) for name in names)
    return YearEnd(
        language.text("earned {amount}", amount=earned),
        projected,
        language.text("between {low} and {high}", low=low, high=high) if low != high else "",
    )


def _not_begun(rows: Sequence[Row], titles: Titles) -> str:
    named = "; ".join(f"{titles.of(row)}, {titles.when(row)}" for row in rows)
    return titles.language.text("Not begun yet, and not projected: {named}.", named=named)


def _closed(row: Row, titles: Titles) -> tuple[str, str, str, str]:
    language = titles.language
    reached = language.text("tier {n}", n=str(row["tier"])) if row["tier"] else language.text("no tier")
    remarks = Remarks(language, row["currency"], lambda rebate: titles.named(row["program"], rebate))
    note = f", {remarks.text(row['note'])}" if row["note"] else ""
    return titles.whose(row), titles.when(row), f"{reached}{note}", language.coded(row["earned"], row["currency"])


def _eligible(row: Row, titles: Titles) -> tuple[str, str]:
    until = titles.language.text("until {day}", day=titles.language.day(row["period_end"]))
    return titles.whose(row), f"{titles.when(row)} {until}"


def _payout(row: Row, language: Language) -> tuple[str, str, str, str]:
    due = row["due_on"] and language.text("due on {day}", day=language.day(row["due_on"]))
    when = ", ".join(filter(None, (language.month(row["payout_period"]), due)))
    state = payout_states(language).get(row["status"], row["status"])
    return row["payout_id"], when, state, language.coded(row["amount"], row["currency"])


def _visit(row: Row, language: Language) -> tuple[str, str, str]:
    day = language.day(row["visited_on"]) if row["visited_on"] else language.text("no day")
    state = visit_states(language).get(row["status"], row["status"])
    who = language.text("{state} by {rep}", state=state, rep=row["rep_id"]) if row["rep_id"] else state
    return day, who, row["notes"] or row["visit_id"]


def _task(row: Row, language: Language) -> tuple[str, str, str]:
    day = language.day(row["due_on"]) if row["due_on"] else language.text("no day")
    required = language.text("required") if row["required"] else ""
    return day, row["name"], ", ".join(filter(None, (row["visit_id"], required)))
