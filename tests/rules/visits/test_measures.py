"""Measures of visits, beside a plain Python script that reckons with fractions and Python's own clocks."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from rules.visits.attainment import with_attainment
from rules.visits.facts import TASKS, VISITS, visit_facts
from rules.visits.local_time import changes_of, with_instant
from rules.visits.measures import (
    PUNCTUAL,
    coverage,
    coverage_measures,
    indicator_measures,
    visit_measures,
    with_change,
)
from schemas.types import VALUE
from tests.laws.examples import examples

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Row = Mapping[str, Any]

AS_OF = date(2026, 11, 23)
DIRECTIONS = ("at_least", "at_most", "exactly", None)
# ruff: noqa: DTZ001  # times of visits are local: they have no zone
# Around the nights on which clocks are changed, when local times are skipped or shown twice.
NIGHTS = [
    ("America/Chicago", datetime(2026, 3, 8)),
    ("America/Chicago", datetime(2026, 11, 1)),
    ("Europe/Berlin", datetime(2026, 3, 29, 1)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1)),
    ("Australia/Lord_Howe", datetime(2026, 4, 5)),
    ("Australia/Lord_Howe", datetime(2026, 10, 4)),
    ("Asia/Kolkata", datetime(2026, 11, 22)),
    ("Nowhere/Land", datetime(2026, 11, 1)),
    (None, datetime(2026, 3, 29, 1)),
]
minutes = st.one_of(st.none(), st.integers(0, 240))


def _visit(night: tuple[str | None, datetime], planned: int | None, began: int | None, took: int, **rest: Any) -> Row:
    zone, midnight = night
    start = None if began is None else midnight + timedelta(minutes=began)
    return {
        **rest,
        "time_zone": zone,
        "planned_start": None if planned is None else midnight + timedelta(minutes=planned),
        "planned_end": None,
        "actual_start": start,
        "actual_end": None if start is None or took < 0 else start + timedelta(minutes=took),
    }


visits = st.builds(
    _visit,
    st.sampled_from(NIGHTS),
    minutes,
    minutes,
    st.integers(-20, 200),
    status=st.sampled_from(["planned", "in_progress", "completed", "completed", "abandoned", "unscheduled"]),
    member_id=st.sampled_from("AB"),
    rep_id=st.sampled_from(["R", "S", None]),
    region=st.sampled_from(["N", None]),
    visit_type=st.sampled_from(["review", "audit", "other", None]),
    parent_visit_id=st.sampled_from(["V0", None]),
)
tasks: st.SearchStrategy[Row] = st.builds(
    dict,
    name=st.sampled_from(["plan", "audit"]),
    context_type=st.sampled_from(["product", None]),
    context_id=st.sampled_from(["P", None]),
    required=st.sampled_from([True, False, None]),
    status=st.sampled_from(["done", "open", None]),
    due_on=st.none(),
    completed_on=st.sampled_from([None, None, date(2026, 3, 9)]),
)
figures = st.one_of(st.none(), st.decimals(-5, 200, places=2).map(str), st.sampled_from(["+7", "0", "100"]))
indicators = st.builds(
    lambda kind, figures, words, **rest: (
        {**rest, "kind": kind, "target": None, "actual": None}
        | dict(zip(("target", "actual"), figures if kind in {"number", "percent"} else words[kind], strict=True))
    ),
    st.sampled_from(["number", "percent", "boolean", "date", "text"]),
    st.tuples(figures, figures),
    st.fixed_dictionaries(
        {
            "boolean": st.tuples(*[st.sampled_from(["true", "Yes", "no", None])] * 2),
            "date": st.tuples(*[st.sampled_from(["2026-03-01", "2026-03-02", None])] * 2),
            "text": st.tuples(*[st.sampled_from(["a", "A", None])] * 2),
        }
    ),
    kpi=st.sampled_from(["shelf", "stock"]),
    product_id=st.sampled_from(["P", None]),
    direction=st.sampled_from(DIRECTIONS),
)
histories = st.lists(st.tuples(visits, st.lists(tasks, max_size=5), st.lists(indicators, max_size=4)), max_size=8)


def rounded(value: Fraction | None, places: int) -> Decimal | None:
    if value is None:
        return None
    scaled = abs(value) * 10**places
    whole = int(scaled) + (1 if scaled - int(scaled) >= Fraction(1, 2) else 0)
    return Decimal(whole if value >= 0 else -whole).scaleb(-places)


def seconds(local: datetime, zone: str | None) -> int:
    clock = ZoneInfo(zone) if zone not in {None, "Nowhere/Land"} else None
    offset = local.replace(tzinfo=clock).utcoffset() if clock else timedelta(0)
    assert offset is not None
    return int((local - datetime(2026, 1, 1) - offset).total_seconds())


def minutes_between(begin: datetime | None, end: datetime | None, zone: str | None) -> int | None:
    if begin is None or end is None:
        return None
    return int(Fraction(seconds(end, zone) - seconds(begin, zone), 60))


def plain(visit: Row, its_tasks: Iterable[Row]) -> dict[str, Any]:
    made = visit["status"] == "completed" or (visit["status"] == "unscheduled" and visit["actual_end"] is not None)
    last = visit["actual_end"] or visit["actual_start"] or visit["planned_start"]
    tried: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for task in its_tasks:
        tried[task["name"], task["context_type"], task["context_id"]].append(task)
    asked = [group for group in tried.values() if any(task["required"] for task in group)]
    done = [g for g in asked if any(task["status"] == "done" or task["completed_on"] for task in g)]
    planned = visit["planned_start"]
    return {
        "template": visit["visit_type"] if visit["visit_type"] in {"review", "audit"} else None,
        "day": last.date() if last else None,
        "is_made": made,
        "is_planned": visit["status"] != "unscheduled" and planned is not None,
        "is_missed": bool(visit["status"] in {"planned", "in_progress"} and planned and planned.date() < AS_OF),
        "late": minutes_between(planned, visit["actual_start"], visit["time_zone"]) if made else None,
        "minutes": minutes_between(visit["actual_start"], visit["actual_end"], visit["time_zone"]) if made else None,
        "is_follow_up": visit["parent_visit_id"] is not None,
        "required": len(asked),
        "required_done": len(done),
    }


def facts_of(history: list[tuple[Row, list[Row], list[Row]]]) -> pl.DataFrame:
    rows = [{**visit, "visit": f"V{number}"} for number, (visit, _, _) in enumerate(history)]
    of_tasks = [{**task, "visit": f"V{n}"} for n, (_, group, _) in enumerate(history) for task in group]
    return visit_facts(
        pl.DataFrame(rows, VISITS), pl.DataFrame(of_tasks, TASKS), templates=("review", "audit"), as_of=AS_OF
    )


@examples(25)
@given(histories)
def test_every_visit_is_as_a_script_reckons_it(history: list[tuple[Row, list[Row], list[Row]]]) -> None:
    found = facts_of(history).to_dicts()
    expected = [plain(visit, group) for visit, group, _ in history]
    assert [{name: row[name] for name in want} for row, want in zip(found, expected, strict=True)] == expected


def test_clocks_that_are_put_back_or_forward_change_no_duration() -> None:
    zone = "America/Chicago"
    at = [
        datetime(2026, 3, 8, 1, 30),
        datetime(2026, 3, 8, 3, 30),
        datetime(2026, 11, 1, 0, 30),
        datetime(2026, 11, 1, 2),
    ]
    assert minutes_between(at[0], at[1], zone) == 60
    assert minutes_between(at[2], at[3], zone) == 150
    twice = datetime(2026, 11, 1, 1, 30)
    assert [minutes_between(*pair, zone) for pair in ((at[2], twice), (twice, at[3]))] == [60, 90]
    at = [*at, twice]
    rows = pl.DataFrame({"time_zone": [zone] * 5, "at": at}, {"time_zone": pl.String, "at": pl.Datetime("us")})
    found = with_instant(rows, "at", changes_of([zone], at[0], at[3]))["at_utc"]
    assert ((found[1] - found[0]), (found[3] - found[2])) == (timedelta(minutes=60), timedelta(minutes=150))
    assert (found[3] - found[4]) == timedelta(minutes=90)


@examples(25)
@given(histories, st.sampled_from([["member_id"], ["rep_id", "template"], ["region"], []]))
def test_measures_add_up_as_a_script_does(history: list[tuple[Row, list[Row], list[Row]]], by: list[str]) -> None:
    found = {tuple(row[name] for name in (*by, "period")): row for row in _measured(facts_of(history), by)}
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for visit, group, _ in history:
        row = {**visit, **plain(visit, group)}
        if row["day"]:
            groups[*(row[name] for name in by), f"{row['day']:%Y-%m}"].append(row)
    assert found.keys() == groups.keys()
    for key, rows in groups.items():
        made = [row for row in rows if row["is_made"]]
        late = [row["late"] for row in rows if row["late"] is not None]
        took = [row["minutes"] for row in rows if row["minutes"] is not None]
        required, done = (sum(row[name] for row in made) for name in ("required", "required_done"))
        assert found[key] == dict(zip((*by, "period"), key, strict=True)) | {
            "planned": sum(row["is_planned"] for row in rows),
            "made": len(made),
            "abandoned": sum(row["status"] == "abandoned" for row in rows),
            "unscheduled": sum(row["status"] == "unscheduled" for row in rows),
            "follow_ups": sum(row["is_follow_up"] for row in rows),
            "missed": sum(row["is_missed"] for row in rows),
            "punctual_percent": share(sum(minutes <= PUNCTUAL for minutes in late), len(late)),
            "late": mean(late, 1),
            "minutes": mean(took, 1),
            "required": required,
            "required_done": done,
            "done_percent": share(done, required),
        }


def _measured(facts: pl.DataFrame, by: list[str]) -> list[dict[str, Any]]:
    return visit_measures(facts, by, "month").to_dicts()


def share(part: int, whole: int) -> Decimal | None:
    return rounded(Fraction(100 * part, whole), 2) if whole else None


def mean(values: list[Any], places: int) -> Decimal | None:
    return rounded(Fraction(sum(values), len(values)) if values else None, places)


def attained(row: Row) -> tuple[Decimal | None, bool | None]:
    """Say how far an indicator is met, in percent, and whether it is."""
    target, actual, direction = row["target"], row["actual"], row["direction"] or "at_least"
    if target is None or actual is None:
        return None, None
    if row["kind"] in {"number", "percent"}:
        aimed, got = Fraction(target), Fraction(actual)
        met = got <= aimed if direction == "at_most" else got == aimed if direction == "exactly" else got >= aimed
        if aimed <= 0:
            return None, met
        part = Fraction(rounded(100 * got / aimed, 10) or 0)
        far = {"at_most": 200 - part, "exactly": 100 - abs(part - 100)}.get(direction, part)
        return rounded(max(far, Fraction(0)), 10), met
    if row["kind"] == "boolean":
        met = (actual.lower() in {"true", "yes"}) == (target.lower() in {"true", "yes"})
    elif row["kind"] == "date" and direction != "exactly":
        met = actual <= target if direction == "at_most" else actual >= target
    else:
        met = actual == target
    return Decimal(100 if met else 0), met


MEASURED = pl.Schema(
    dict.fromkeys(("kpi", "product_id", "direction", "kind", "target", "actual", "visit", "member_id"), pl.String())
    | {"day": pl.Date(), "row": pl.Int64()}
)


@examples(25)
@given(histories)
def test_indicators_are_as_a_script_reckons_them(history: list[tuple[Row, list[Row], list[Row]]]) -> None:
    rows = [
        {**row, "visit": f"V{n}", "member_id": visit["member_id"], "day": plain(visit, ())["day"]}
        for n, (visit, _, group) in enumerate(history)
        for row in group
        if plain(visit, ())["day"]
    ]
    frame = pl.DataFrame([{**row, "row": n} for n, row in enumerate(rows)], MEASURED)
    found = with_change(with_attainment(frame)).sort("row")
    assert [(row["attainment"], row["is_met"]) for row in found.to_dicts()] == [attained(row) for row in rows]
    last: dict[tuple[Any, ...], Fraction] = {}
    for row in sorted(found.to_dicts(), key=lambda each: (each["day"], each["visit"], each["row"])):
        if row["found"] is not None:
            key = (row["member_id"], row["kpi"], row["product_id"])
            before = last.get(key)
            assert row["change"] == (None if before is None else rounded(Fraction(row["found"]) - before, 10))
            last[key] = Fraction(row["found"])
    _check_means(found)


def _check_means(found: pl.DataFrame) -> None:
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in found.to_dicts():
        groups[row["member_id"], row["kpi"], f"{row['day']:%Y-%m}"].append(row)
    before: dict[tuple[Any, ...], Decimal | None] = {}
    means = {
        (r["member_id"], r["kpi"], r["period"]): r for r in indicator_measures(found, ["member_id"], "month").to_dicts()
    }
    assert means.keys() == groups.keys()
    for key, rows in sorted(groups.items()):
        judged = [row["is_met"] for row in rows if row["is_met"] is not None]
        attainments = [Fraction(row["attainment"]) for row in rows if row["attainment"] is not None]
        average = mean([Fraction(mean(attainments, 10) or 0)], 2) if attainments else None
        row = means[key]
        assert (row["rows"], row["met"], row["met_percent"]) == (
            len(rows),
            sum(judged),
            share(sum(judged), len(judged)),
        )
        assert row["attainment"] == average
        earlier = before.get(key[:2])
        assert row["trend"] == (None if earlier is None or average is None else average - earlier)
        before[key[:2]] = average


ENDS = {"2026-03": date(2026, 3, 31), "2026-10": date(2026, 10, 31), "2026-11": AS_OF}
WANTED = pl.Schema(
    {"member_id": pl.String(), "template": pl.String(), "every": pl.Int64(), "first": pl.Date(), "last": pl.Date()}
)
wishes: st.SearchStrategy[Row] = st.builds(
    dict,
    member_id=st.sampled_from("ABC"),
    template=st.sampled_from(["review", "audit"]),
    every=st.integers(1, 60),
    first=st.sampled_from([date(2026, 1, 1), date(2026, 4, 1)]),
    last=st.sampled_from([date(2026, 10, 30), date(2026, 12, 31)]),
)


@examples(25)
@given(histories, st.lists(wishes, max_size=4, unique_by=lambda wish: (wish["member_id"], wish["template"])))
def test_coverage_is_as_a_script_reckons_it(history: list[tuple[Row, list[Row], list[Row]]], wanted: list[Row]) -> None:
    found = coverage(pl.DataFrame(wanted, WANTED), facts_of(history), ENDS)
    rows = {(row["member_id"], row["template"], row["period"]): row for row in found.to_dicts()}
    expected = set()
    for wish in wanted:
        for period, until in ENDS.items():
            if not wish["first"] <= until <= wish["last"]:
                continue
            expected.add((wish["member_id"], wish["template"], period))
            days = [
                each["day"]
                for visit, _, _ in history
                if (each := plain(visit, ()))["is_made"] and each["day"] and each["day"] <= until
                and visit["member_id"] == wish["member_id"] and each["template"] in {wish["template"], None}
            ]  # fmt: skip
            row = rows[wish["member_id"], wish["template"], period]
            assert row["last_on"] == max(days, default=None)
            assert row["is_covered"] == bool(days and (until - max(days)).days <= wish["every"])
    assert rows.keys() == expected
    shares = coverage_measures(found, ["template"]).to_dicts()
    assert sum(row["wanted"] for row in shares) == len(expected)
    assert sum(row["covered"] for row in shares) == sum(row["is_covered"] for row in rows.values())
    assert all(row["coverage_percent"] == share(row["covered"], row["wanted"]) for row in shares)


def test_a_percentage_of_two_thirds_is_rounded_once() -> None:
    row = {"kpi": "k", "kind": "number", "target": "3", "actual": "2", "direction": "at_least"}
    found = with_attainment(pl.DataFrame([row]))
    assert found.schema["attainment"] == VALUE
    assert found["attainment"].to_list() == [(Decimal(200) / 3).quantize(Decimal("1E-10"), ROUND_HALF_UP)]
