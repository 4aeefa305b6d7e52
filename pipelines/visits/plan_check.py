"""The check of a plan that somebody made by hand: the rules that it breaks, and what it leaves out."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from pipelines.console.tables import Table
from pipelines.visits.words import PLAIN
from pipelines.workspace.normal_text import normal_id
from pipelines.workspace.regular_files import read_regular
from rules.visits.judge import Broken, Entry, broken_rules
from rules.visits.wanted import template_on
from schemas.errors import ExtractError, Place, Problem
from schemas.types import MONEY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pipelines.visits.plan import VisitPlan
    from pipelines.workspace.configuration import Workspace

NEEDED = ("member_id", "rep_id", "planned_start", "planned_end")
"""Columns that a plan must have; location_id and visit_type may be left out where a member has one of each."""

_BROKEN = pl.Schema({"line": pl.Int64(), "member_id": pl.String(), "rule": pl.String(), "what": pl.String()})
_LEFT = pl.Schema({"member_id": pl.String(), "reasons": pl.String(), "at_stake": MONEY, "currency": pl.String()})


def check_plan(workspace: Workspace, plan: VisitPlan, path: Path) -> list[Table]:
    """Return what is wrong with the plan in the CSV file `path`, and the calls of the month that it leaves out.

    `plan`: that of the same month, made by Rebatch: the calls that there are, and the field they are made in.

    Raises:
        ExtractError: the file cannot be read, or lacks a column, a value or a time.
    """
    rows = _read(path)
    entries = [_entry(workspace, plan, line, row) for line, row in rows]
    found = broken_rules(entries, plan.field.first, plan.field.last)
    by_line = {entry.line: entry.member_id for entry in entries}
    broken = [(each.line, by_line[each.line], each.rule, each.says) for each in (*found, *_planned(plan, entries))]
    visited = {entry.member_id for entry in entries}
    left = [
        (call.member_id, PLAIN.all_of(call.reasons), call.money, workspace.config.currency)
        for call in plan.calls
        if call.member_id not in visited
    ]
    return [
        Table("broken", f"Rules that {path.name} breaks", pl.DataFrame(sorted(broken), _BROKEN, orient="row")),
        Table("left_out", "Calls that it leaves out", pl.DataFrame(left, _LEFT, orient="row")),
    ]


def _planned(plan: VisitPlan, entries: Sequence[Entry]) -> list[Broken]:
    """Return the visits of members that are planned already."""
    planned = {fixed.member_id: fixed for fixed in plan.field.fixed}
    return [
        Broken(entry.line, "once", f"{planned[entry.member_id].visit_id} is planned there already")
        for entry in entries
        if entry.member_id in planned
    ]


def _read(path: Path) -> Sequence[tuple[int, Mapping[str, str]]]:
    try:
        text = read_regular(path).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        todo = "name a CSV file in UTF-8 that you may read"
        raise ExtractError(Problem(f"the file cannot be read ({error})", todo, at=Place(str(path)))) from error
    reader = csv.DictReader(io.StringIO(text))
    if lacking := [name for name in NEEDED if name not in (reader.fieldnames or ())]:
        found = f"there is no column {', '.join(lacking)}"
        raise ExtractError(Problem(found, f"write the columns {', '.join(NEEDED)}", at=Place(str(path), 1)))
    rows = [(reader.line_num, row) for row in reader]
    problems = [
        Problem(f"{name} is {row[name]!r}", "write a time, such as 2026-12-01T10:30", at=Place(str(path), line))
        for line, row in rows
        for name in ("planned_start", "planned_end")
        if not _is_time(row[name])
    ]
    if problems:
        raise ExtractError(*problems)
    return rows


def _is_time(text: str | None) -> bool:
    try:
        return datetime.fromisoformat(text or "").tzinfo is None
    except ValueError:
        return False


def _entry(workspace: Workspace, plan: VisitPlan, line: int, row: Mapping[str, str]) -> Entry:
    ids = workspace.config.ids
    member_id, rep_id, named = (normal_id(row.get(name) or "", ids) for name in ("member_id", "rep_id", "location_id"))
    begins, ends = (datetime.fromisoformat(row[name]) for name in ("planned_start", "planned_end"))
    own = next((call for call in plan.calls if call.member_id == member_id), None)
    kind = (row.get("visit_type") or "").strip().lower() or (own.template.id if own else "")
    known = plan.places.get(named) if named else plan.home.get(member_id)
    return Entry(
        line,
        member_id,
        rep_id,
        begins,
        ends,
        region=plan.regions.get(member_id),
        rep=next((rep for rep in plan.field.reps if rep.rep_id == rep_id), None),
        place=known if known is not None and known.member_id == member_id else None,
        template=template_on(plan.data.templates, kind, begins.date()),
    )
