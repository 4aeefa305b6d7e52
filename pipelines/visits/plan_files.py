"""The files of a plan: visits.csv for the visit system, a calendar for each rep, a map for each of their days."""

from __future__ import annotations

from itertools import count, groupby
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.publish.presentation import brand_of
from pipelines.visits.words import full_names, plain_words, rebate_titles, words_of
from pipelines.workspace.folders import draft_folder, publish_folder, write_file
from reports.page.language import SOURCE
from reports.visits.calendar import Appointment, calendar_file
from reports.visits.route_map import MapPoint, route_map
from schemas.errors import Place as At
from schemas.errors import Problem, TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from pipelines.visits.plan import VisitPlan
    from pipelines.workspace.configuration import Workspace
    from reports.visits.words import Words
    from rules.visits.field import Rep, Stop

MOST_TASKS = 12


def write_plan_files(workspace: Workspace, plan: VisitPlan, folder: Path) -> list[str]:
    """Write the files of a plan into the new folder `folder`, whole or not at all; returns their names.

    Raises:
        TerminalError: there is something else of this name.
        BooksError: there is another plan.
        StorageError: the disk is full or may not be written.
    """
    if folder.exists() and not (folder / "visits.csv").is_file():
        raise TerminalError(Problem("there is something here already", "name a new folder", at=At(str(folder))))
    files = dict(plan_files(workspace, plan))
    with draft_folder(folder) as draft:
        for name, content in files.items():
            write_file(draft, name, content)
        publish_folder(draft, folder)
    return list(files)


def plan_files(workspace: Workspace, plan: VisitPlan) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of each file of a plan."""
    plain = plain_words(workspace)
    reasons = pl.Series([plain.all_of(stop.call.reasons) for stop in plan.planned.stops], dtype=pl.String)
    yield "visits.csv", csv_of(plan.rows.with_columns(reasons=reasons))
    yield "unplaced.csv", csv_of(_left(plan, plain))
    names, notes = full_names(plan.data.members.select("member_id", "name").iter_rows()), dict(_notes(plan))
    reps = {rep.rep_id: rep for rep in plan.field.reps}
    rows = plan.rows.to_dicts()
    stops = list(zip(plan.planned.stops, rows, strict=True))
    colour = brand_of(workspace).colour
    files = file_names(sorted({stop.rep_id for stop in plan.planned.stops}))
    for rep_id, own in groupby(stops, lambda pair: pair[0].rep_id):
        visits, name, rep = list(own), files[rep_id], reps[rep_id]
        titles = names | rebate_titles(workspace, plan.data.run, rep.language)
        words = words_of(plan.data.templates, rep.language, titles)
        events = [_appointment(workspace, words, (stop, row), notes.get(row["member_id"])) for stop, row in visits]
        title = f"{words.language.month(plan.month)} {rep.name or rep_id}"
        yield f"{name}.ics", calendar_file(title, words.language.tag, events, plan.data.run.as_of)
        for day, of_day in groupby(visits, lambda pair: pair[0].day):
            drawn = _map(rep, [stop for stop, _ in of_day], colour, words)
            if drawn:
                yield f"maps/{name}-{day}.svg", drawn


def file_names(ids: Iterable[str]) -> dict[str, str]:
    """Return a name of a file for each id: `safe`, and numbered where two would be alike, in capitals too."""
    found: dict[str, str] = {}
    for each in ids:
        taken = {name.casefold() for name in found.values()}
        names = (safe(each) if not turn else f"{safe(each)}-{turn + 1}" for turn in count())
        found[each] = next(name for name in names if name.casefold() not in taken)
    return found


def csv_of(frame: pl.DataFrame) -> bytes:
    """Return a frame as CSV, times as extracts write them."""
    return frame.with_columns(pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%S")).write_csv().encode()


def safe(name: str) -> str:
    """Return a name as that of a file: signs other than letters, digits, hyphens and points become hyphens."""
    return "".join(sign if sign.isalnum() or sign in "-._" else "-" for sign in name).lstrip(".") or "-"


def _left(plan: VisitPlan, plain: Words) -> pl.DataFrame:
    left = plan.planned.unplaced
    return plan.left.with_columns(
        why=pl.Series([plain.obstacle(each.why) for each in left], dtype=pl.String),
        reasons=pl.Series([plain.all_of(each.call.reasons) for each in left], dtype=pl.String),
    )


def _notes(plan: VisitPlan) -> Iterator[tuple[str, tuple[date, str]]]:
    """Yield what was noted at each member's last visit with a note, after the day."""
    noted = plan.data.details.join(plan.data.facts.select("visit", "day", "is_made"), on="visit")
    rows = noted.filter("is_made", pl.col("notes").is_not_null()).sort("day", "visit")
    for member_id, day, notes in rows.select("member_id", "day", "notes").iter_rows():
        yield member_id, (day, notes)


def _appointment(
    workspace: Workspace, words: Words, visit: tuple[Stop, Mapping[str, Any]], notes: tuple[date, str] | None
) -> Appointment:
    (stop, row), call = visit, visit[0].call
    place, point = call.place, call.place.point if call.place else None
    tasks = [f"- {words.title(task.title.text(SOURCE))}" for task in call.template.tasks[:MOST_TASKS]]
    noted = words.notes(*notes) if notes else None
    said = [words.all_of(call.reasons), row["contact"], row["instructions"], noted]
    return Appointment(
        uid=f"{row['visit_id']}@{safe(workspace.config.name).lower()}.rebatch",
        begins=stop.begins,
        ends=stop.ends,
        time_zone=place.time_zone if place else None,
        summary=f"{words.title(call.member_id)}: {words.title(call.template.id)}",
        location=place.address if place else "",
        description="\n".join([*filter(None, said), *tasks]),
        latitude=point.latitude if point else None,
        longitude=point.longitude if point else None,
    )


def _map(rep: Rep, stops: list[Stop], colour: str, words: Words) -> bytes | None:
    """Return the map of a day; None where it is not known where the day begins."""
    if rep.start is None:
        return None
    points = [
        MapPoint(
            place.point.latitude, place.point.longitude,
            f"{stop.begins:%H:%M} {words.title(stop.call.member_id)}, {place.address}",
        )
        for stop in stops
        if (place := stop.call.place) is not None and place.point is not None
    ]  # fmt: skip
    title = f"{rep.rep_id} {rep.name}, {words.language.weekday(stops[0].day)}"
    return route_map(title, (rep.start.latitude, rep.start.longitude), points, colour)
