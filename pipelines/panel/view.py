"""The texts of a panel, made of its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.console.figures import in_sentence, in_unit
from pipelines.panel.frames import months_to
from reports.panel.panel import Open, Panel, Series, YearEnd
from schemas.types import ZERO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from pipelines.console.tables import Table

Row = dict[str, Any]
MOST = {"eligible": 20, "closed": 40, "payouts": 20, "visits": 6, "tasks": 6}
"""The most rows that people are shown; in JSON there are all."""

PROJECTED = (
    "Projected: what was bought so far, grown as last year's same days grew to the whole period; without such days, "
    "at the rate of the days gone; both rated by the rules as they stand."
)
BETWEEN = (
    "Between: the lower and the higher of the two; without last year, of the rate of the days gone and what is earned."
)
METHOD = (PROJECTED, BETWEEN)


def panel_view(tables: Mapping[str, Table]) -> Panel:
    """Return the panel that people are shown."""
    rows = {name: list(table.frame.iter_rows(named=True)) for name, table in tables.items()}
    [member] = rows["member"]
    return Panel(
        member_id=member["member_id"],
        name=member["name"] or member["member_id"],
        as_of=str(member["as_of"]),
        series=list(_series(rows["months"], months_to(member["as_of"]))),
        year=tables["year_end"].title,
        year_ends=[_year_end(row) for row in rows["year_end"]],
        method=[*(METHOD if rows["open"] else ()), *_not_begun(rows["not_begun"])],
        eligible=[_eligible(row, member["member_id"]) for row in rows["eligible"][: MOST["eligible"]]],
        open=[_open(row, member["member_id"]) for row in rows["open"]],
        closed=[_closed(row, member["member_id"]) for row in rows["closed"][: MOST["closed"]]],
        payouts=[_payout(row) for row in rows["payouts"][: MOST["payouts"]]],
        visits=[_visit(row) for row in rows["visits"][: MOST["visits"]]],
        tasks=[_task(row) for row in rows["tasks"][: MOST["tasks"]]],
    )


def _series(months: Sequence[Row], every: Sequence[str]) -> Iterator[Series]:
    for currency in sorted({row["currency"] for row in months}):
        bought = {row["month"]: row["amount"] for row in months if row["currency"] == currency}
        amounts = [bought.get(month, ZERO) for month in every]
        yield Series(
            currency,
            (every[0], every[-1]),
            _eighths(amounts),
            in_unit(sum(amounts, ZERO), currency, is_named=False),
            in_unit(amounts[-1], currency, is_named=False),
        )


def _eighths(amounts: Sequence[Decimal]) -> list[int]:
    """Return amounts in eighths of the largest, what is not zero at least one; what is below zero as nothing."""
    largest = max(amounts)
    return [0 if amount <= 0 else max(1, int(8 * amount / largest)) for amount in amounts]


def _year_end(row: Row) -> YearEnd:
    names = ("earned", "projected", "low", "high")
    return YearEnd(row["currency"], *(in_unit(row[name], row["currency"], is_named=False) for name in names))


def _not_begun(rows: Sequence[Row]) -> list[str]:
    named = [f"{row['title']}, {_when(row)}" for row in rows]
    return [f"Not begun yet, and not projected: {', '.join(named)}."] if named else []


def _open(row: Row, member_id: str) -> Open:
    money = _money(row)
    tier = f"tier {row['tier']}" if row["tier"] else "no tier yet"
    short = row["short_percent"]
    span = "" if row["low"] == row["high"] else f", between {money(row['low'])} and {money(row['high'])}"
    return Open(
        title=_whose(row, member_id),
        program=row["program_title"],
        period=row["period"],
        until=str(row["period_end"]),
        tier=tier,
        percent=None if short is None else _percent(short),
        way=_way(row),
        brings="" if row["brings"] is None else f"brings {money(row['brings'])}",
        earned=money(row["earned"]),
        projected=f"projected {money(row['projected'])}{span} ({row['method']})",
        explain=f"rebatch explain {row['member_id']} {row['program']} {row['period']}",
    )


def _way(row: Row) -> str:
    if row["next_tier"] is None:
        return "the last tier"
    unit = row["short_unit"] or ""
    # In money as it was rounded up, so that it suffices.
    is_money = unit == row["currency"] and row["short_amount"] is not None
    short = in_unit(row["short_amount"] if is_money else row["short"], unit, spare=0)
    way = "" if row["short_percent"] is None else f"{_percent(row['short_percent'])} % of the way, "
    return f"{way}{short} missing to tier {row['next_tier']}{_in_goods(row)}"


def _percent(short: Decimal) -> int:
    return max(0, min(100, int(100 - short)))


def _in_goods(row: Row) -> str:
    """Return the same distance in money and goods, where it is stated in something else."""
    others = []
    if row["short_amount"] is not None and row["short_unit"] != row["currency"]:
        others.append(in_unit(row["short_amount"], row["currency"]))
    if row["short_quantity"] is not None and row["sold_unit"] and row["short_unit"] != row["sold_unit"]:
        others.append(in_unit(row["short_quantity"], row["sold_unit"]))
    return f" (about {' or '.join(others)})" if others else ""


def _closed(row: Row, member_id: str) -> tuple[str, str, str, str]:
    reached = f"tier {row['tier']}" if row["tier"] else "no tier"
    note = f", {in_sentence(row['note'], row['currency'])}" if row["note"] else ""
    return (
        _whose(row, member_id),
        _when(row),
        f"{reached}{note}",
        _money(row)(row["earned"]),
    )


def _eligible(row: Row, member_id: str) -> tuple[str, str]:
    whose = "" if row["member_id"] == member_id else f" · {row['member_id']}"
    return f"{row['title']}{whose}", f"{_when(row)} until {row['period_end']}"


def _payout(row: Row) -> tuple[str, str, str, str]:
    when = f"{row['payout_period']}, due {row['due_on']}" if row["due_on"] else row["payout_period"]
    return row["payout_id"], when, row["status"].replace("_", " "), in_unit(row["amount"], row["currency"])


def _visit(row: Row) -> tuple[str, str, str]:
    who = f" by {row['rep_id']}" if row["rep_id"] else ""
    return (
        str(row["visited_on"] or "no day"),
        f"{row['status'].replace('_', ' ')}{who}",
        row["notes"] or row["visit_id"],
    )


def _task(row: Row) -> tuple[str, str, str]:
    return str(row["due_on"] or "no day"), row["name"], f"{row['visit_id']}{', required' if row['required'] else ''}"


def _when(row: Row) -> str:
    """Return the period, with the program where its title says more than that of the rebate."""
    return str(row["period"] if row["program_title"] == row["title"] else f"{row['program_title']}, {row['period']}")


def _whose(row: Row, member_id: str) -> str:
    return str(row["title"]) if row["member_id"] == member_id else f"{row['title']} · {row['member_id']}"


def _money(row: Row) -> Callable[[Decimal], str]:
    return lambda amount: in_unit(amount, row["currency"])
