"""The sheet of a rep's day: what to know before each visit, what to do there, and what is saved as extracts."""

# Names are quoted and come from code: nothing in an extract can reach the SQL.

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.publish.presentation import brand_of
from pipelines.visits.field_data import field_of, places_of_members
from pipelines.visits.reasons import near_rows
from pipelines.visits.sheet_rows import SAVED, Row, blank_visit, columns_of, visit_rows, with_titles
from pipelines.visits.targets import bought_by
from pipelines.visits.visit_data import rows_of, visit_data
from pipelines.visits.words import rebate_titles, words_of
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.workspace.files import refuse_other_kind, write_whole
from pipelines.workspace.normal_text import named
from reports.visits.sheet import day_sheet, rebate_line
from rules.visits.wanted import template_on
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from pipelines.visits.targets import Bought
    from pipelines.visits.visit_data import VisitData
    from pipelines.workspace.configuration import Workspace
    from reports.visits.words import Words
    from rules.visits.field import Place, Rep

MOST = 5
"""Earlier visits, orders and rebates that are shown of each."""
_ALL = Decimal(100)
_MINUTES = "%H:%M"


def write_sheet(workspace: Workspace, rep_id: str, day: date, target: Path) -> int:
    """Write the sheet of a rep's day to the HTML file `target`; returns how many visits are on it.

    Raises:
        BooksError: nothing was computed yet, or there is no such rep.
        RuleError: a template has mistakes, or there is none.
        TerminalError: there is a file of another kind.
    """
    refuse_other_kind(target, ".html", ".htm")
    data = visit_data(workspace)
    field, places = field_of(workspace, data, day, day)
    known = {rep.rep_id: rep for rep in field.reps}
    rep = known.get(named(rep_id, known, workspace.config.ids))
    if rep is None:
        todo = f"name one of {', '.join(sorted(known))}" if known else "load the data set reps first"
        raise BooksError(Problem(f"there is no rep {rep_id!r} on {day}", todo))
    words = words_of(data.templates, rep.language, rebate_titles(workspace, data.run, rep.language))
    content = _sheet_data(workspace, data, rep, day, places, words)
    write_whole(target, day_sheet(rep.name or rep.rep_id, content, brand_of(workspace), words.language))
    return len(content["visits"])


def _sheet_data(
    workspace: Workspace, data: VisitData, rep: Rep, day: date, places: Mapping[str, Place], words: Words
) -> Row:
    starts = pl.col("planned_start").cast(pl.Date) == day
    mine = data.details.filter(pl.col("rep_id") == rep.rep_id, starts).sort("planned_start", "visit_id")
    homes = places_of_members(places, data)
    of_region = data.members.unique("member_id", keep="last", maintain_order=True)
    if rep.region is not None:
        of_region = of_region.filter(region=rep.region)
    with connect(workspace, read_only=True) as connection:
        rows = {
            name: read(connection, f"{rows_of(connection, data.run, name)} ORDER BY load_seq, line") for name in SAVED
        }
        bought = bought_by(connection, data, mine["member_id"].unique().to_list())
    near = near_rows(workspace, data, _ALL)
    visits = [
        visit_rows(detail, data, day, rows, bought)
        | _known(detail, data, homes, bought, words)
        | {"rebates": list(_rebates(near, detail["member_id"], words))[:MOST]}
        for detail in mine.iter_rows(named=True)
    ]
    members = list(_members(of_region, data, day, homes))
    wanted = {member["template"] for member in members if member["template"]}
    return {
        "workspace": workspace.config.name,
        "rep": rep.rep_id,
        "date": day.isoformat(),
        "visits": [with_titles(visit, words) for visit in visits],
        "members": members,
        "templates": {name: blank_visit(template_on(data.templates, name, day), day, words) for name in sorted(wanted)},
        "taken": [each for each in data.details["visit_id"] if each.startswith(f"U-{rep.rep_id}-{day}-")],
        "columns": {name: columns_of(name, rows[name]) for name in SAVED},
    }


def _known(detail: Row, data: VisitData, homes: Mapping[str, Place], bought: Bought, words: Words) -> Row:
    """Return what to know before a visit: where it is, earlier visits, and last orders."""
    member_id, place = detail["member_id"], homes.get(detail["member_id"])
    before = data.details.join(data.facts.select("visit", "day", "is_made"), on="visit").filter(
        pl.col("is_made"), member_id=member_id
    )
    earlier = before.sort("day", "visit", descending=True).head(MOST).iter_rows(named=True)
    orders = (
        bought.rows.filter(member_id=member_id)
        .group_by("day", "order_id", "currency")
        .agg(pl.col("amount").sum())
        .filter(pl.col("amount") > 0)
        .sort("day", "order_id", descending=True, nulls_last=True)
        .head(MOST)
    )
    times = [detail[name].strftime(_MINUTES) for name in ("planned_start", "planned_end") if detail[name]]
    point = place.point if place else None
    return {
        "title": f"{detail['member_name'] or member_id} ({member_id})",
        "when": "-".join(times),
        "address": place.address if place else "",
        "route": f"https://www.openstreetmap.org/directions?route=;{point.latitude},{point.longitude}" if point else "",
        "earlier": [": ".join(filter(None, (words.day(row["day"]), row["notes"]))) for row in earlier],
        "orders": [
            " · ".join(filter(None, (words.day(day), order_id, words.money(amount, currency))))
            for day, order_id, currency, amount in orders.iter_rows()
        ],
    }


def _rebates(near: list[Mapping[str, Any]], member_id: str, words: Words) -> Iterator[str]:
    for row in near:
        if row["member_id"] == member_id and row["brings"]:
            yield rebate_line(
                words.title(f"{row['program']}/{row['rebate']}"),
                words.missing(row["short"], row["short_unit"] or ""),
                words.money(row["brings"], row["currency"]),
                words.day(row["until"]),
                words.language,
            )


def _members(members: pl.DataFrame, data: VisitData, day: date, homes: Mapping[str, Place]) -> Iterator[Row]:
    """Yield whom the rep may visit without a plan, with the template that is for each."""
    wanted = data.wanted.filter(pl.col("first") <= day, pl.col("last") >= day)
    templates = dict(wanted.select("member_id", "template").iter_rows())
    for row in members.sort("member_id").iter_rows(named=True):
        place = homes.get(row["member_id"])
        yield {
            "member_id": row["member_id"],
            "name": row["name"] or row["member_id"],
            "template": templates.get(row["member_id"]),
            "location_id": place.location_id if place else "",
            "address": place.address if place else "",
        }
