"""The reference page of the rule language: its examples are true."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, get_args

import polars as pl
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from ruamel.yaml import YAML

from rules.authoring.calc import calc
from rules.authoring.check import check_programs
from rules.compiled.periods import Period, periods_of
from rules.language.model import Method
from rules.loading.load import calendar_id, read_programs
from rules.reference.json_schema import calendar_schema, program_schema, template_schema
from rules.reference.page import reference_page
from rules.reference.text import EXAMPLES, METHODS, PROGRAM

SCHEMA, CALENDAR, TEMPLATE = program_schema(), calendar_schema(), template_schema()
DEFINED = {**SCHEMA["$defs"], **CALENDAR["$defs"], **TEMPLATE["$defs"]}
BLOCKS: dict[str, Any] = {
    name: next(option for option in block.get("anyOf", [block]) if "properties" in option)["properties"]
    for name, block in {"Program": SCHEMA, "CalendarFile": CALENDAR, "Template": TEMPLATE, **DEFINED}.items()
}
KEYS = [(block, key) for block, properties in BLOCKS.items() for key in properties]


@pytest.mark.parametrize(("block", "key"), KEYS)
def test_every_key_has_an_example_that_is_accepted(block: str, key: str) -> None:
    text = EXAMPLES[block][key].replace("…", "measure: revenue, method: fixed, tiers: []")
    value = YAML(typ="safe").load(f"{key}: {text}")[key]
    value = value.isoformat() if key in {"from", "to"} and hasattr(value, "isoformat") else value
    if key == "effective":
        value = {name: day.isoformat() for name, day in value.items()}
    if key == "periods":
        value = [{**entry, "from": entry["from"].isoformat(), "to": entry["to"].isoformat()} for entry in value]
    validator = Draft202012Validator(BLOCKS[block][key] | {"$defs": DEFINED}, format_checker=FormatChecker())
    assert [error.message for error in validator.iter_errors(value)] == []


def test_no_example_is_of_a_key_that_is_gone() -> None:
    assert [(block, key) for block, keys in EXAMPLES.items() for key in keys if key not in BLOCKS[block]] == []


def test_the_first_program_is_accepted_and_passes_its_own_tests() -> None:
    found = check_programs(read_programs({"page.yaml": PROGRAM}))
    assert [finding for finding in found if finding.kind not in {"double-payment", "left-open"}] == []


def test_the_calendars_of_the_page_mean_what_it_says() -> None:
    retail, april, house = re.findall(r"```yaml\n(calendar: .*?)```", reference_page(), re.DOTALL)
    head = PROGRAM.split("rebates:")[0].replace("2026-01-01, to: 2026-12-31", "2023-01-29, to: 2026-12-31")
    rebate = "rebates:\n  r: {period: year, measure: revenue, method: fixed, tiers: [{from: 0, pays: 1}]}\n"

    def first(calendar: str, text: str) -> Period:
        [program] = read_programs({"p": f"{head}calendar: {calendar}\n{rebate}", "c": text})
        return periods_of(program, program.rebates["r"])[0]

    assert (first("retail", retail).id, first("retail", retail).end) == ("2023", date(2024, 2, 3))
    assert (first("april", april).id, first("april", april).end) == ("2022", date(2023, 3, 31))
    assert calendar_id(house) == "house"


def test_every_method_says_what_it_pays() -> None:
    assert list(METHODS) == list(get_args(Method))


@pytest.mark.parametrize(
    ("method", "tiers"),
    [
        ("all_units", "{from: 0, rate: 2%}, {from: 1000, rate: 3%}"),
        ("marginal", "{from: 0, rate: 2%}, {from: 1000, rate: 3%}"),
        ("each_reached", "{from: 0, rate: 2%}, {from: 1000, rate: 3%}"),
        ("sliding", "{from: 0, rate: 2%}, {from: 1000, rate: 3%}, {from: 2000, rate: 4%}"),
        ("per_multiple", "{from: 0, pays: 5, every: 100}"),
    ],
)
def test_the_worked_numbers_of_the_methods_are_true(method: str, tiers: str) -> None:
    head = PROGRAM.split("rebates:")[0]
    rebate = f"rebates:\n  r: {{period: year, measure: revenue, method: {method}, tiers: [{tiers}]}}\n"
    values = pl.DataFrame({"rebate": ["r"], "member_id": ["M"], "qualifier": [""], "measure": ["1500"]})
    [payout] = calc(read_programs({"p.yaml": head + rebate}), values)["payout"]
    said = re.search(r"= ([0-9.]+)$", METHODS[method][1])
    assert said
    assert f"{payout}".removesuffix(".00") == said[1]


def test_every_link_leads_to_a_section() -> None:
    page = reference_page()
    sections = {line.removeprefix("## ").lower() for line in page.splitlines() if line.startswith("## ")}
    assert set(re.findall(r"\(#([a-z]+)\)", page)) <= sections
