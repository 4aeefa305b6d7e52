"""An open period on a panel: where the member stands, how far the next tier is, and what is projected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.page.steps import missing_figure
from reports.panel.panel import Open
from reports.panel.words import methods

if TYPE_CHECKING:
    from decimal import Decimal

    from reports.page.language import Language
    from reports.panel.titles import Row, Titles


def open_period(row: Row, titles: Titles) -> Open:
    """Return the texts of a rebate of an open period."""
    language, currency = titles.language, row["currency"]
    words = language.text
    brings = "" if row["brings"] is None else words("brings {amount}", amount=language.coded(row["brings"], currency))
    return Open(
        title=titles.whose(row),
        program=titles.program(row),
        period=language.period(row["period"]),
        until=words("until {day}", day=language.day(row["period_end"])),
        tier=words("tier {n}", n=str(row["tier"])) if row["tier"] else words("no tier yet"),
        percent=None if row["short_percent"] is None else _percent(row["short_percent"]),
        way=_way(row, language),
        brings=brings,
        earned=words("earned {amount}", amount=language.coded(row["earned"], currency)),
        projected=_projected(row, language),
        explain=f"rebatch explain {row['member_id']} {row['program']} {row['period']}",
    )


def _projected(row: Row, language: Language) -> str:
    projected, low, high = (language.coded(row[name], row["currency"]) for name in ("projected", "low", "high"))
    method = methods(language).get(row["method"], row["method"])
    if low == high:
        return language.text("projected {amount} ({method})", amount=projected, method=method)
    amounts = {"amount": projected, "low": low, "high": high}
    return language.text("projected {amount}, between {low} and {high} ({method})", **amounts, method=method)


def _way(row: Row, language: Language) -> str:
    """Return what is missing to the next tier, never too little, and how much of the way is gone."""
    if row["next_tier"] is None:
        return language.text("the last tier")
    unit = row["short_unit"] or ""
    # In money as it was rounded up, so that it suffices.
    is_money = unit == row["currency"] and row["short_amount"] is not None
    short = language.coded(row["short_amount"], unit) if is_money else missing_figure(row["short"], unit, language)
    missing = language.text("{missing} missing to tier {n}", missing=short, n=str(row["next_tier"]))
    if row["short_percent"] is not None:
        gone = language.text("{n} % of the way", n=str(_percent(row["short_percent"])))
        missing = f"{gone}, {missing}"
    return f"{missing}{_in_goods(row, language)}"


def _percent(short: Decimal) -> int:
    return max(0, min(100, int(100 - short)))


def _in_goods(row: Row, language: Language) -> str:
    """Return the same distance in money and goods, where it is stated in something else."""
    others = []
    if row["short_amount"] is not None and row["short_unit"] != row["currency"]:
        others.append(language.coded(row["short_amount"], row["currency"]))
    if row["short_quantity"] is not None and row["sold_unit"] and row["short_unit"] != row["sold_unit"]:
        others.append(missing_figure(row["short_quantity"], row["sold_unit"], language))
    if not others:
        return ""
    money_or_goods = language.text(" or ").join(others)
    return language.text(" (about {figures})", figures=money_or_goods)
