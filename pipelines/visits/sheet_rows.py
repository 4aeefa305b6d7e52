"""The rows that a day sheet fills in and saves: a visit's own, its tasks and indicators, or those of its template."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.visits.targets import aims_of
from rules.visits.wanted import template_on
from schemas.catalogue import BOOKKEEPING, DATA_SETS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from pipelines.visits.targets import Bought
    from pipelines.visits.visit_data import VisitData
    from reports.visits.words import Words
    from rules.visits.template import Template

SAVED = ("visits", "visit_tasks", "visit_kpis")
"""The data sets that a sheet saves."""

Row = dict[str, Any]


def columns_of(name: str, rows: pl.DataFrame) -> list[str]:
    """Return the columns of a data set that an extract has: its own, and those that came beside them."""
    own = [column.name for column in DATA_SETS[name].columns]
    return own + [column for column in rows.columns if column not in {*own, *BOOKKEEPING}]


def visit_rows(detail: Row, data: VisitData, day: date, rows: Mapping[str, pl.DataFrame], bought: Bought) -> Row:
    """Return a visit with its tasks and indicators: those it came with, else those of its template."""
    own = {name: _of_visit(name, frame, detail) for name, frame in rows.items()}
    template = template_on(data.templates, detail["visit_type"] or "", day)
    tasks, kpis = own["visit_tasks"], own["visit_kpis"]
    if not tasks and template:
        tasks = _tasks(template, detail["visit_id"], detail["member_id"], day)
    if not kpis and template:
        aims = aims_of(template, detail["member_id"], bought, data.measured)
        kpis = [
            {
                "visit_id": detail["visit_id"], "kpi": aim.indicator.id, "product_id": aim.product_id,
                "kind": aim.indicator.kind, "target": aim.target, "actual": "", "sequence": str(place),
                "unit": aim.unit,
            }
            for place, aim in enumerate(aims, 1)
        ]  # fmt: skip
    return {"row": own["visits"][0], "template": template, "tasks": tasks, "kpis": kpis}


def blank_visit(template: Template | None, day: date, words: Words) -> Row:
    """Return the tasks and indicators of a visit that nobody planned; targets that are formulas are left out."""
    if template is None:
        return {"tasks": [], "kpis": []}
    kpis = [
        {"visit_id": "", "kpi": each.id, "product_id": "", "kind": each.kind, "actual": "", "sequence": str(place),
         "target": None if each.formula is not None and each.formula.names else each.target, "unit": each.unit}
        for place, each in enumerate(template.indicators, 1)
        if each.top_products is None
    ]  # fmt: skip
    tasks = _tasks(template, "", "", day)
    blank = {"template": template, "tasks": tasks, "kpis": kpis}
    return with_titles(blank, words)


def _of_visit(name: str, frame: pl.DataFrame, detail: Row) -> list[Row]:
    """Return the rows in force of a visit, each value as an extract writes it."""
    found = frame.filter(visit_id=detail["visit_id"])
    if name == "visits":
        found = found.filter(source=detail["source"])
    if "sequence" in found.columns:
        found = found.sort("sequence", nulls_last=True, maintain_order=True)
    columns = columns_of(name, frame)
    return [{column: _text(row[column]) for column in columns} for row in found.iter_rows(named=True)]


def _tasks(template: Template, visit_id: str, member_id: str, day: date) -> list[Row]:
    """Return the tasks of a template as rows of a visit, in order."""
    return [
        {
            "visit_id": visit_id, "task_id": task.id, "name": task.title.text("en"),
            "required": "true" if task.required else "false", "sequence": str(place), "status": "open",
            "due_on": day.isoformat(), "completed_on": "", "context_type": task.context,
            "context_id": member_id if task.context in {"account", "plan"} else "",
        }
        for place, task in enumerate(template.tasks, 1)
    ]  # fmt: skip


def with_titles(visit: Row, words: Words) -> Row:
    """Return a visit with titles and targets in the rep's language, as the page reads it."""
    template: Template | None = visit.pop("template")
    plans = {each.id: each for each in template.indicators} if template else {}
    # By the name: the ids of extracts may be written in other letters than those of the template.
    visit["tasks"] = [{"row": row, "title": words.title(row["name"])} for row in visit["tasks"]]
    visit["kpis"] = [
        {
            "row": row,
            "title": words.title(row["kpi"]),
            "direction": plans[row["kpi"]].direction if row["kpi"] in plans else "at_least",
            "aim": words.found(row["target"], row["unit"]) if row["target"] else "",
        }
        for row in visit["kpis"]
    ]
    return visit


def _text(value: object) -> str | None:
    """Return a value as an extract writes it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
