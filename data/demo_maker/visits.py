"""Visits of field representatives in 2026: the plan, how each visit ended, tasks and measured indicators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from demo_maker.dice import roll
from demo_maker.field_force import location_id, locations, place_of, rep_of, reps
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
TASKS = (
    ("agree-plan", "Agree the quarter's plan", "true", "plan"),
    ("stock-audit", "Count the stock of fast movers", "true", "product"),
    ("display-check", "Check shelf and display", "true", "asset"),
    ("training", "Train counter staff on new goods", "false", "account"),
)
_NOTES = (
    "", "", "Wants a second delivery a week.", "Asked about the growth scale.", "Shelf moved to the back; photo taken.",
    "「冬タイヤ前に」フィルターの在庫を増やす。", "Competitor offers 4 % on oil.",
)  # fmt: skip
_INSTRUCTIONS = (
    "",
    "",
    "Ring at the rear gate.",
    "Ask for the parts desk.",
    "Deliveries until 11:00: park in the street.",
)
_REMARKS = ("Closed for stocktaking.", "Nobody there who could decide.", "Road closed; called instead.")


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
    def product(self) -> int:
        """Return which of the goods is counted there."""
        return 16 + self.number % 16

    @property
    def is_over(self) -> bool:
        return self.status in {"completed", "unscheduled"}


def visit_extracts(market: Market) -> dict[str, Table]:
    """Return the extracts reps, locations, visits, visit_tasks, visit_kpis and visit_evidence, by name."""
    made = _visits(market)
    tasks = _tasks(made, market)
    return {
        "reps": reps(),
        "locations": locations(visited(market), seed=market.seed),
        "visits": _visit_rows(made, market),
        "visit_tasks": tasks,
        "visit_kpis": _kpis(made, market),
        "visit_evidence": _evidence(tasks),
    }


def visited(market: Market) -> list[Partner]:
    """Return the partners that are visited."""
    return [p for p in market.partners[:_VISITED] if p.type != "supplier" and p.member_id not in LEFT_IN_2025]


def _visits(market: Market) -> list[_Visit]:
    made: list[_Visit] = []
    for p in visited(market):
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
        "priority", "program", "parent_visit_id", "latitude", "longitude", "notes", "contact", "location_id",
        "visit_type", "instructions", "status_remarks",
    )  # fmt: skip
    rows = []
    for v in made:
        began = v.planned + v.late
        planned = v.status != "unscheduled"
        rows.append(
            (
                v.visit_id,
                v.partner.member_id,
                rep_of(v.partner),
                _instant(v.planned) if planned else "",
                _instant(v.planned + timedelta(hours=1)) if planned else "",
                _instant(began) if v.is_over else "",
                _instant(began + timedelta(minutes=35 + v.number % 50)) if v.is_over else "",
                v.status,
                str(1 + v.number % 3),
                "dealer-growth-2026" if v.partner.type == "dealer" and v.partner.currency == "USD" else "",
                v.parent_visit_id,
                *place_of(v.partner, seed=market.seed),
                _NOTES[roll(len(_NOTES), v.number, stream="notes", seed=market.seed)] if v.is_over else "",
                f"Parts desk, {v.partner.name}",
                location_id(v.partner),
                "dealer-review" if v.partner.type == "dealer" else "wholesale-review",
                _INSTRUCTIONS[v.partner.number % len(_INSTRUCTIONS)],
                _REMARKS[v.number % len(_REMARKS)] if v.status == "abandoned" else "",
            )
        )
    return header, rows


def _tasks(made: list[_Visit], market: Market) -> Table:
    header = (
        "visit_id",
        "task_id",
        "name",
        "required",
        "sequence",
        "status",
        "due_on",
        "completed_on",
        "context_type",
        "context_id",
    )
    rows = []
    for v in made:
        about = {
            "plan": v.partner.member_id, "product": market.goods[v.product].product_id,
            "asset": f"display-{v.partner.number}", "account": v.partner.member_id,
        }  # fmt: skip
        for n, (task_id, name, required, context) in enumerate(TASKS, start=1):
            done = v.is_over and roll(10, v.number * 8 + n, stream="task", seed=market.seed) > 1
            day = v.planned.date().isoformat()
            status, done_on = ("done", day) if done else ("open", "")
            rows.append((v.visit_id, task_id, name, required, str(n), status, day, done_on, context, about[context]))
    return header, rows


def _evidence(tasks: Table) -> Table:
    """Return a photo of every shelf and display that was checked."""
    rows = []
    for visit_id, task_id, *_, status, _day, _done_on, _context, about in tasks[1]:
        if task_id == "display-check" and status == "done":
            file = f"{visit_id}/{about}.jpg"
            rows.append((visit_id, task_id, file, sha256(file.encode()).hexdigest()))
    return ("visit_id", "task_id", "file", "sha256"), rows


def _kpis(made: list[_Visit], market: Market) -> Table:
    header = ("visit_id", "kpi", "product_id", "kind", "target", "actual", "sequence", "unit")
    rows = []
    for v in made:
        if not v.is_over:
            continue
        shelf, stock, fresh = (roll(n, v.number, stream=f"kpi {n}", seed=market.seed) for n in (45, 60, 5))
        product = market.goods[v.product]
        counted = (v.planned.date() - timedelta(days=fresh * 9)).isoformat()
        rows += [
            (v.visit_id, "shelf_compliance", "", "percent", "90", str(60 + shelf), "1", "%"),
            (v.visit_id, "stock_on_hand", product.product_id, "number", "40", str(stock), "2", product.unit),
            (v.visit_id, "display_in_place", "", "boolean", "true", "true" if fresh else "false", "3", ""),
            (v.visit_id, "last_count", "", "date", "", counted, "4", ""),
        ]
    return header, rows


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
