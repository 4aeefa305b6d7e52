"""Visits of field representatives in 2026: the plan, how each visit ended, tasks and measured indicators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from demo_maker.dice import roll
from demo_maker.partners import LEFT_IN_2025

if TYPE_CHECKING:
    from demo_maker.partners import Partner
    from demo_maker.records import Table
    from demo_maker.sales import Market

_FIRST = date(2026, 1, 5)
_TODAY = date(2026, 10, 31)
_EVERY_DAYS = 42
_ROUNDS = 8
_VISITED = 60
_REPS = {"NA": ("R-01", "R-02"), "EU": ("R-03",), "APAC": ("R-04", "R-05")}
_PLACES = {
    "US": ("41.8781", "-87.6298"), "CA": ("45.5019", "-73.5674"), "DE": ("50.9375", "6.9603"),
    "ES": ("40.4168", "-3.7038"), "SE": ("59.3293", "18.0686"), "JP": ("35.6762", "139.6503"),
    "SG": ("1.3521", "103.8198"),
}  # fmt: skip
_TASKS = (
    ("agree-plan", "Agree the quarter's plan", "true"),
    ("stock-audit", "Count the stock of fast movers", "true"),
    ("display-check", "Check shelf and display", "true"),
    ("training", "Train counter staff on new goods", "false"),
)
_NOTES = (
    "", "", "Wants a second delivery a week.", "Asked about the growth scale.", "Shelf moved to the back; photo taken.",
    "「冬タイヤ前に」フィルターの在庫を増やす。", "Competitor offers 4 % on oil.",
)  # fmt: skip


@dataclass(frozen=True)
class _Visit:
    visit_id: str
    partner: Partner
    number: int
    planned: datetime
    status: str
    late: timedelta
    parent_visit_id: str

    @property
    def is_over(self) -> bool:
        return self.status in {"completed", "unscheduled"}


def visit_extracts(market: Market) -> dict[str, Table]:
    """Return the extracts visits, visit_tasks and visit_kpis, by name."""
    made = _visits(market)
    return {"visits": _visit_rows(made, market), "visit_tasks": _tasks(made, market), "visit_kpis": _kpis(made, market)}


def _visits(market: Market) -> list[_Visit]:
    made: list[_Visit] = []
    for p in market.partners[:_VISITED]:
        if p.type == "supplier" or p.member_id in LEFT_IN_2025:
            continue
        before = ""
        for turn in range(_ROUNDS):
            number = len(made) + 1
            visit_id = f"V-{number:05}"
            day = _FIRST + timedelta(days=turn * _EVERY_DAYS + p.number % 40 // 7 * 7 + p.number % 5)
            planned = datetime.combine(day, time(9 + number % 7, 30 * (number % 2)))
            late = timedelta(minutes=roll(60, number, stream="visit late", seed=market.seed) - 20)
            follows_up = before if roll(4, number, stream="visit follow-up", seed=market.seed) == 0 else ""
            made.append(_Visit(visit_id, p, number, planned, _status(number, day, market), late, follows_up))
            before = visit_id
    return made


def _status(number: int, day: date, market: Market) -> str:
    if day > _TODAY:
        return "planned"
    at = roll(20, number, stream="visit status", seed=market.seed)
    return {0: "abandoned", 1: "unscheduled", 2: "planned"}.get(at, "completed")


def _visit_rows(made: list[_Visit], market: Market) -> Table:
    header = (
        "visit_id", "member_id", "rep_id", "planned_start", "planned_end", "actual_start", "actual_end", "status",
        "priority", "program", "parent_visit_id", "latitude", "longitude", "notes",
    )  # fmt: skip
    rows = []
    for v in made:
        reps = _REPS[v.partner.region]
        began = v.planned + v.late
        planned = v.status != "unscheduled"
        rows.append(
            (
                v.visit_id,
                v.partner.member_id,
                reps[v.partner.number % len(reps)],
                _instant(v.planned) if planned else "",
                _instant(v.planned + timedelta(hours=1)) if planned else "",
                _instant(began) if v.is_over else "",
                _instant(began + timedelta(minutes=35 + v.number % 50)) if v.is_over else "",
                v.status,
                str(1 + v.number % 3),
                "dealer-growth-2026" if v.partner.type == "dealer" and v.partner.currency == "USD" else "",
                v.parent_visit_id,
                *_PLACES[v.partner.country],
                _NOTES[roll(len(_NOTES), v.number, stream="notes", seed=market.seed)] if v.is_over else "",
            )
        )
    return header, rows


def _tasks(made: list[_Visit], market: Market) -> Table:
    header = ("visit_id", "task_id", "name", "required", "sequence", "status", "due_on", "completed_on")
    rows = []
    for v in made:
        for n, (task_id, name, required) in enumerate(_TASKS, start=1):
            done = v.is_over and roll(10, v.number * 8 + n, stream="task", seed=market.seed) > 1
            day = v.planned.date().isoformat()
            rows.append(
                (v.visit_id, task_id, name, required, str(n), "done" if done else "open", day, day if done else "")
            )
    return header, rows


def _kpis(made: list[_Visit], market: Market) -> Table:
    header = ("visit_id", "kpi", "product_id", "kind", "target", "actual")
    rows = []
    for v in made:
        if not v.is_over:
            continue
        shelf, stock, fresh = (roll(n, v.number, stream=f"kpi {n}", seed=market.seed) for n in (45, 60, 5))
        product = market.goods[16 + v.number % 16].product_id
        counted = (v.planned.date() - timedelta(days=fresh * 9)).isoformat()
        rows += [
            (v.visit_id, "shelf_compliance", "", "percent", "90", str(60 + shelf)),
            (v.visit_id, "stock_on_hand", product, "number", "40", str(stock)),
            (v.visit_id, "display_in_place", "", "boolean", "true", "true" if fresh else "false"),
            (v.visit_id, "last_count", "", "date", "", counted),
        ]
    return header, rows


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
