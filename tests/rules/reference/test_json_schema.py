from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from rules.language.model import Program
from rules.language.yaml_text import parse_yaml
from rules.loading.load import calendar_id
from rules.reference.json_schema import calendar_schema, program_schema, rule_file_schema

FILES = sorted((Path(__file__).parents[3] / "rules" / "programs").glob("*.yaml"))
TEMPLATES = sorted((Path(__file__).parents[3] / "rules" / "visits").glob("*.yaml"))
SCHEMA = Draft202012Validator(program_schema(), format_checker=FormatChecker())
CALENDAR_SCHEMA = Draft202012Validator(calendar_schema(), format_checker=FormatChecker())


def as_json(value: Any) -> Any:
    """Give a YAML value as an editor's YAML server sees it."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def complaints(text: str) -> list[str]:
    return [error.message for error in SCHEMA.iter_errors(as_json(parse_yaml(text, "a.yaml").value))]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(program_schema())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_demo_files_are_accepted(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    schema = CALENDAR_SCHEMA if calendar_id(text) else SCHEMA
    assert [error.message for error in schema.iter_errors(as_json(parse_yaml(text, path.name).value))] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("program:", "programme:"), ("currency: USD", "currency: usd"), ("from: 2026-01-01", "from: 2026-02-30"),
        ("period: year", "period: yearly"), ("when_missing: skip", "when_missing: maybe"), ("round: 0", "round: 1.5"),
        ("rate: 3%", "rate: 3"), ("rate: 3%", "rate: 3 percent"), ("rate: 3%", "rate: "), ("from: 2,", "form: 2,"),
        ("enrolled: true", "enrolled: yes"), ("include: [{type: dealer}]", "include: {type: dealer}"),
        ("title: {en: P}", "title: [P]"), ("measure: revenue", "measure: orderz"),
    ],
)  # fmt: skip
def test_what_the_loader_refuses_an_editor_marks(old: str, new: str) -> None:
    text = """\
program: p
title: {en: P}
reference: r
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
members: {include: [{type: dealer}], enrolled: true}
rebates:
  lump:
    period: year
    qualifier: {growth_percent: revenue, baseline: previous_year, when_missing: skip, round: 0}
    measure: revenue
    method: all_units
    tiers: [{from: 2, rate: 3%, pays: 1.5}]
tests: [{when: {qualifier: 2.5}, pays: 1.5}]
"""
    assert complaints(text) == []
    assert old in text
    assert complaints(text.replace(old, new))


CALENDAR = """\
calendar: retail
weeks: 4-5-4
ends: {weekday: saturday, month: 1, on: last}
extra_week: 12
named_after: start
starts: 04-01
periods: [{period: 2026-P01, from: 2026-01-01, to: 2026-01-28}]
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("calendar:", "calender:"), ("4-5-4", "4-5-5"), ("saturday", "Saturday"), ("month: 1,", "month: 13,"),
        ("on: last", "on: first"), ("extra_week: 12", "extra_week: 0"), ("named_after: start", "named_after: begin"),
        ("04-01", "04-29"), ("2026-P01", "2026-P14"), ("2026-P01", "2026-1"), (", to: 2026-01-28", ""),
    ],
)  # fmt: skip
def test_an_editor_marks_what_is_wrong_with_a_calendar(old: str, new: str) -> None:
    assert CALENDAR_SCHEMA.is_valid(as_json(parse_yaml(CALENDAR, "c.yaml").value))
    assert CALENDAR.count(old) == 1
    assert not CALENDAR_SCHEMA.is_valid(as_json(parse_yaml(CALENDAR.replace(old, new), "c.yaml").value))


def test_shorthands_are_accepted() -> None:
    path = next(path for path in FILES if path.stem == "dealer-growth-2026")
    text = path.read_text(encoding="utf-8")
    value: Any = as_json(parse_yaml(text, path.name).value)
    value["title"] = "A text"
    for rebate in value["rebates"].values():
        rebate["qualifier"] = "revenue"
    assert not list(SCHEMA.iter_errors(value))


def test_every_key_of_a_program_is_described() -> None:
    schema = program_schema()
    assert list(schema["properties"]) == [field.alias or name for name, field in Program.model_fields.items()]
    for block in (schema, *schema["$defs"].values()):
        for option in block.get("anyOf", [block]):
            for name, entry in option.get("properties", {}).items():
                assert entry.get("description"), f"{name} says nothing of itself"


def test_one_schema_tells_programs_and_calendars_apart() -> None:
    schema = rule_file_schema()
    Draft202012Validator.check_schema(schema)
    both = Draft202012Validator(schema, format_checker=FormatChecker())
    path = next(path for path in FILES if path.stem == "dealer-growth-2026")
    program = as_json(parse_yaml(path.read_text(encoding="utf-8"), "a.yaml").value)
    calendar = as_json(parse_yaml(CALENDAR, "b.yaml").value)
    assert both.is_valid(program)
    assert both.is_valid({**program, "calendar": "retail"})
    assert both.is_valid(calendar)
    assert not both.is_valid({**calendar, "weeks": "4-4-4"})
    assert not both.is_valid({**program, "weeks": "4-4-5"})
    assert not both.is_valid({name: value for name, value in program.items() if name != "currency"})


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_one_schema_takes_templates_of_visits_too(path: Path) -> None:
    validator = Draft202012Validator(rule_file_schema(), format_checker=FormatChecker())
    text = path.read_text(encoding="utf-8")
    assert [error.message for error in validator.iter_errors(as_json(parse_yaml(text, "a.yaml").value))] == []
    wrong = text.replace("duration:", "lasts:")
    assert wrong != text
    assert list(validator.iter_errors(as_json(parse_yaml(wrong, "a.yaml").value)))
