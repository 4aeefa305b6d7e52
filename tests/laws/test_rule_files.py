"""Whatever stands in a rule file, it is read or refused with a place: nothing else ever happens."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.authoring.check import check_programs
from rules.compiled.periods import baseline_windows, calendar_years, periods_of
from rules.language.figures import Baseline
from rules.loading.load import read_programs
from rules.rating.tiers import compile_tiers
from schemas.errors import RuleError

if TYPE_CHECKING:
    from rules.language.model import Program
    from schemas.errors import Problem

SOUND: dict[str, Any] = {
    "program": "p",
    "title": {"en": "P", "ja": "ピー"},
    "reference": "r",
    "currency": "USD",
    "effective": {"from": "@2026-01-01", "to": "@2026-12-31"},
    "members": {"include": [{"type": ["dealer"]}], "exclude": [{"region": "EU"}], "enrolled": True},
    "rebates": {
        "growth": {
            "products": {"include": [{"category": "brakes"}]},
            "period": "year",
            "settle": "quarter",
            "unit": "case",
            "qualifier": {
                "growth_percent": "quantity", "baseline": "previous_year", "when_missing": {"value": 7}, "round": 0,
            },
            "measure": "revenue",
            "method": "fixed",
            "tiers": [{"from": 2, "to": 4, "pays": 2000}, {"from": 5, "pays": 3000}, {"above": 7, "pays": 4000}],
        },
        "slices": {
            "period": "quarter", "unit": "case", "measure": "quantity", "method": "marginal",
            "tiers": [{"from": 0, "rate": "0.25 per case"}, {"above": 100, "rate": "0.5 per case"}],
        },
    },
    "tests": [{"rebate": "growth", "when": {"qualifier": 4}, "pays": 2000}],
}  # fmt: skip

RETAIL: dict[str, Any] = {
    "calendar": "own", "title": "Own", "weeks": "4-4-5", "extra_week": 3, "named_after": "end",
    "ends": {"weekday": "saturday", "month": 1, "on": "last"},
}  # fmt: skip
LIST: dict[str, Any] = {
    "calendar": "own",
    "periods": [
        {"period": f"{year}-P{month:02}", "from": f"@{year}-{month:02}-01",
         "to": f"@{date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)}"}
        for year in (2025, 2026) for month in range(1, 13)
    ],
}  # fmt: skip
OWN = {**SOUND, "calendar": "own"}
OWN["rebates"] = {
    "growth": {**SOUND["rebates"]["growth"], "effective": {"from": "@2026-01-01", "to": "@2026-12-31"}},
    "slices": {**SOUND["rebates"]["slices"], "period": "program"},
}

GONE = "(gone)"
WORDS = [
    "revenue", "quantity", "marginal", "all_units", "fixed", "growth", "slices", "month", "program", "year", "skip",
    "previous_period", "own", "2026-P01", "2026-P05", "04-01", "start", "last", "4-5-4", "3%", "-3%", "0.25 per case",
    "USD", "@2026-06-30", "@2025-01-01", "", " ", "nope", "1e3", "\u3000",
]  # fmt: skip
keys = st.sampled_from(
    [
        "from",
        "above",
        "to",
        "rate",
        "pays",
        "of",
        "growth_amount",
        "unit",
        "include",
        "exclude",
        "type",
        "value",
        "stack",
    ]
)
scalars = st.sampled_from([*WORDS, None, True, False, 0, 1, -1, 2.5, 10**15, 10**40, 5, 7])
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3))


def paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(deeper for key, value in inner for deeper in paths(value, (*path, key)))]


def edited(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Put `value` at `path`, or take away what is there if it is GONE."""
    key, *rest = path
    copy = node.copy()
    if rest:
        copy[key] = edited(node[key], tuple(rest), value)
    elif value is GONE:
        del copy[key]
    else:
        copy[key] = value
    return copy


def as_yaml(node: Any) -> str:
    """Write JSON, which is YAML; an @ marks a date, which JSON cannot write."""
    return re.sub(r'"@([0-9-]+)"', r"\1", json.dumps(node, ensure_ascii=False, indent=1))


@st.composite
def spoilt(draw: st.DrawFn, node: dict[str, Any] = SOUND) -> str:
    for _ in range(draw(st.integers(0, 4))):
        if node:
            node = edited(node, draw(st.sampled_from(paths(node)[1:])), draw(values | st.just(GONE)))
    return as_yaml(node)


def test_the_sound_file_is_sound() -> None:
    assert len(read_programs({"p.yaml": as_yaml(SOUND)})) == 1


@pytest.mark.parametrize("calendar", [RETAIL, LIST])
def test_the_sound_calendars_are_sound(calendar: dict[str, Any]) -> None:
    assert len(read_programs({"p.yaml": as_yaml(OWN), "c.yaml": as_yaml(calendar)})) == 1


def read(text: str, **more: str) -> tuple[tuple[Program, ...], tuple[Problem, ...]]:
    try:
        return read_programs({"p.yaml": text, **{f"{name}.yaml": other for name, other in more.items()}}), ()
    except RuleError as error:
        return (), error.problems


@settings(deadline=None)
@given(spoilt())
def test_a_file_is_read_or_refused_with_places(text: str) -> None:
    programs, problems = read(text)
    assert programs or problems
    for problem in problems:
        assert problem.at.file == "p.yaml"
        assert problem.at.line >= 1
        assert problem.found
        assert problem.todo
    for program in programs:
        assert compile_tiers([program]).height
        assert all(periods_of(program, rebate) for rebate in program.rebates.values())
        check_programs([program], {"members": {}, "products": {}, "transactions": {}})


@settings(deadline=None)
@given(spoilt(OWN), spoilt(RETAIL) | spoilt(LIST))
def test_a_calendar_is_read_or_refused_with_places(text: str, calendar: str) -> None:
    programs, problems = read(text, c=calendar)
    assert programs or problems
    assert all(problem.at.file in {"p.yaml", "c.yaml"} and problem.at.line >= 1 for problem in problems)
    for program in programs:
        for rebate in program.rebates.values():
            baseline = rebate.qualifier.baseline or Baseline("dataset")
            for period in periods_of(program, rebate):
                assert len(baseline_windows(period, period.end, baseline)) == (baseline.kind != "dataset")
        assert read_programs({"p.yaml": program.wording})[0].version == program.version
        assert not calendar_years(programs).is_empty() or program.calendar == "gregorian"


@settings(deadline=None)
@given(st.text(max_size=60) | st.text("[]{}:,-&*!|>'\"%@?# \n\tab1.", max_size=60))
def test_any_text_is_refused_by_name(text: str) -> None:
    programs, problems = read(text)
    assert not programs
    assert problems
