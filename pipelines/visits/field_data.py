"""Reps, places and appointments as they stand for a month, from the rows in force."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.books.runs import current_run
from pipelines.visits.visit_data import rows_of
from pipelines.visits.words import full_names
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from rules.visits.field import MOST_A_DAY, OFFICE_HOURS, Field, Fixed, Place, Rep
from rules.visits.geography import Point, kilometres
from schemas.opening_hours import week_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipelines.visits.visit_data import VisitData
    from pipelines.workspace.configuration import Workspace

OPEN = ("planned", "in_progress")


def month_of(text: str) -> tuple[date, date]:
    """Return the first and the last day of a month, written 2026-12.

    Raises:
        ValueError: it is none.
    """
    first = date.fromisoformat(f"{text}-01")
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def field_of(workspace: Workspace, data: VisitData, first: date, last: date) -> tuple[Field, dict[str, Place]]:
    """Return the field of a month, and each place by its id. Days up to that of the books are past."""
    with connect(workspace, read_only=True) as connection:
        run = current_run(connection)
        reps = read(connection, f"{rows_of(connection, run, 'reps')} ORDER BY rep_id, valid_from NULLS FIRST, line")
        rows = read(connection, f"{rows_of(connection, run, 'locations')} ORDER BY location_id, line")
    places = {row["location_id"]: _place(row) for row in rows.iter_rows(named=True)}
    begins = max(first, data.run.as_of + timedelta(days=1))
    in_force = {
        row["rep_id"]: _rep(row, places.values())
        for row in reps.iter_rows(named=True)
        if (row["valid_from"] or date.min) <= last and (row["valid_to"] or date.max) >= begins
    }
    return Field(begins, last, tuple(in_force.values()), tuple(_fixed(data, places, begins, last))), places


def names_of_reps(workspace: Workspace) -> dict[str, str]:
    """Return what each rep is called now, with its id; those without a name are left out."""
    with connect(workspace, read_only=True) as connection:
        run = current_run(connection)
        reps = read(connection, f"{rows_of(connection, run, 'reps')} ORDER BY rep_id, valid_from NULLS FIRST, line")
    return full_names(reps.select("rep_id", "name").iter_rows())


def places_of_members(places: Mapping[str, Place], data: VisitData) -> dict[str, Place]:
    """Return where each member is visited: where it was last, if that is known, else the first of its places."""
    found: dict[str, Place] = {}
    for place in sorted(places.values(), key=lambda each: each.location_id):
        found.setdefault(place.member_id, place)
    last = (
        data.facts.filter("is_made").sort("day", "visit").join(data.details.select("visit", "location_id"), on="visit")
    )
    for member_id, location_id in last.select("member_id", "location_id").iter_rows():
        if location_id in places and places[location_id].member_id == member_id:
            found[member_id] = places[location_id]
    return found


def _fixed(data: VisitData, places: Mapping[str, Place], first: date, last: date) -> list[Fixed]:
    """Return the visits that are planned already, in order of their ids."""
    day = pl.col("planned_start").cast(pl.Date)
    rows = data.details.filter(
        pl.col("status").is_in(OPEN), day.is_between(first, last), pl.col("rep_id").is_not_null()
    )
    return [
        Fixed(
            row["visit_id"],
            row["member_id"],
            row["rep_id"],
            row["planned_start"],
            row["planned_end"] or row["planned_start"] + timedelta(hours=1),
            places.get(row["location_id"]),
        )
        for row in rows.iter_rows(named=True)
    ]


def _place(row: Mapping[str, Any]) -> Place:
    return Place(
        row["location_id"],
        row["member_id"],
        row["address"] or "",
        _point(row["latitude"], row["longitude"]),
        row["time_zone"],
        week_of(row["opening_hours"]),
    )


def _rep(row: Mapping[str, Any], places: Iterable[Place]) -> Rep:
    """Return a rep, which works by the clock of the place nearest to where its days begin."""
    most, start = row["max_visits_per_day"], _point(row["start_latitude"], row["start_longitude"])
    return Rep(
        row["rep_id"],
        row["name"] or "",
        row["email"] or "",
        row["language"] or "en",
        row["region"],
        start,
        week_of(row["working_hours"]) if row["working_hours"] else OFFICE_HOURS,
        MOST_A_DAY if most is None else most,
        frozenset(skill.strip() for skill in (row["skills"] or "").split(";") if skill.strip()),
        row["valid_from"] or date.min,
        row["valid_to"] or date.max,
        _zone_near(start, places),
    )


def _zone_near(start: Point | None, places: Iterable[Place]) -> str | None:
    ways = [
        (kilometres(start, place.point), place.location_id, place.time_zone)
        for place in places
        if start is not None and place.point is not None and place.time_zone is not None
    ]
    return min(ways)[-1] if ways else None


def _point(latitude: Any, longitude: Any) -> Point | None:  # noqa: ANN401 - decimals of a row, or None
    return None if latitude is None or longitude is None else Point(float(latitude), float(longitude))
