"""The demo's programs show the whole language: every key and every word of the model stands in at least one of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from rules.language.figures import EXPRESSIONS, Measure, Qualifier
from rules.language.reading import Block
from rules.language.yaml_text import parse_yaml
from rules.reference.json_schema import calendar_schema, program_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = sorted((Path(__file__).parents[2] / "rules" / "programs").glob("*.yaml"))
FILES = {path.name: parse_yaml(path.read_text(encoding="utf-8"), path.name).value for path in PROGRAMS}
SCHEMAS = {"program": program_schema(), "calendar": calendar_schema()}
MOST_WORDS = 20
ONE_IS_ENOUGH = ("weekday", "weeks", "on")
"""Keys whose words mean the same thing on another day or in another order: one of them shows them all."""

Schema = dict[str, Any]


def blocks(of: type[Block] = Block) -> Iterator[type[Block]]:
    for block in of.__subclasses__():
        yield block
        yield from blocks(block)


SHORTHANDS = {block.__name__: block.shorthand for block in blocks()}
FIGURES = (Measure.__name__, Qualifier.__name__)
"""A measure and a qualifier say the same things: what one of them shows is shown."""


class Language:
    """What a schema offers, and what of it a file uses: keys as "Block.key", words as "key: word"."""

    def __init__(self, schema: Schema, root: str) -> None:
        self.schema, self.root, self.seen = schema, root, set[str]()

    def offers(self) -> Iterator[str]:
        yield from self._offers(self.schema, self.root)

    def uses(self, value: object) -> Iterator[str]:
        yield from self._uses(self.schema, value, self.root)

    def _offers(self, node: Schema, name: str) -> Iterator[str]:
        reference = node.get("$ref", "")
        if reference and reference in self.seen:
            return
        self.seen.add(reference)
        node, name = self._resolved(node, name)
        for key, inner in node.get("properties", {}).items():
            yield f"{name}.{key}"
            yield from self._offers(inner, f"{name}.{key}")
        for inner in inner_nodes(node):
            yield from self._offers(inner, name)
        yield from (word_of(name, word) for word in words(node))
        for option in node.get("anyOf", ()):
            yield from self._offers(option, name)

    def _uses(self, node: Schema, value: Any, name: str) -> Iterator[str]:  # any YAML
        node, name = self._resolved(node, name)
        if isinstance(value, dict):
            for key, item in value.items():
                if key in node.get("properties", {}):
                    yield f"{name}.{key}"
                    yield from self._uses(node["properties"][key], item, f"{name}.{key}")
        for item in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
            for inner in inner_nodes(node):
                yield from self._uses(inner, item, name)
        yield from (word_of(name, word) for word in words(node) if word == value)
        for option in node.get("anyOf", ()):
            yield from self._uses(option, value, name)

    def _resolved(self, node: Schema, name: str) -> tuple[Schema, str]:
        """Follow a reference to its block; where a bare value may stand for a block, take the block alone."""
        while "$ref" in node:
            name = node["$ref"].rpartition("/")[2]
            node = self.schema["$defs"][name]
            if SHORTHANDS.get(name):
                node = next(option for option in node["anyOf"] if "properties" in option)
            name = "Figure" if name in FIGURES else name
        return node, name


def inner_nodes(node: Schema) -> Iterator[Schema]:
    yield from node.get("patternProperties", {}).values()
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield node[key]


def words(node: Schema) -> list[str]:
    found = node.get("enum", [node["const"]] if "const" in node else [])
    return found if len(found) < MOST_WORDS else []


def word_of(name: str, word: str) -> str:
    """Name a word by its key: what may be counted is the same whether it is taken itself, its growth or its share."""
    key = name.rpartition(".")[2]
    return f"counts: {word}" if key in EXPRESSIONS else f"{key}: {word}"


def spelled_out(value: Any, name: str = "") -> Any:  # any YAML
    """Write a bare value that stands for a block as that block."""
    if isinstance(value, list):
        return [spelled_out(item, name) for item in value]
    if isinstance(value, dict):
        return {key: spelled_out(item, key) for key, item in value.items()}
    block = {"measure": "Measure", "qualifier": "Qualifier", "guarantee": "Guarantee", "title": "Title"}.get(name, "")
    shorthand = SHORTHANDS.get(block)
    return {shorthand: value} if shorthand else value


@pytest.fixture(scope="module")
def used() -> set[str]:
    return {
        found
        for kind, schema in SCHEMAS.items()
        for file in FILES.values()
        if isinstance(file, dict) and kind in file
        for found in Language(schema, kind).uses(spelled_out_file(file))
    }


def spelled_out_file(file: dict[str, Any]) -> dict[str, Any]:
    tests = file.get("tests", [])
    return {**spelled_out({key: item for key, item in file.items() if key != "tests"}), "tests": tests}


def offered() -> list[str]:
    found = {one for kind, schema in SCHEMAS.items() for one in Language(schema, kind).offers()}
    return sorted(one for one in found if one.partition(":")[0] not in ONE_IS_ENOUGH)


@pytest.mark.parametrize("one", offered())
def test_a_demo_program_shows(one: str, used: set[str]) -> None:
    assert one in used


@pytest.mark.parametrize("key", ONE_IS_ENOUGH)
def test_one_word_of_it_is_shown(key: str, used: set[str]) -> None:
    assert any(one.startswith(f"{key}: ") for one in used)


def test_what_is_offered_is_the_language() -> None:
    """The walk above would find nothing missing if it found nothing at all."""
    found = set(offered())
    assert len(found) > 130
    assert {
        "program.budget", "Rebate.stack", "Figure.share_percent", "Figure.round", "Figure.baseline.average.periods",
        "Tier.measure_cap", "program.fx.fixed", "Figure.when_missing.value", "RuleTest.tier", "YearEnd.on",
        "method: sliding", "policy: cascade", "counts: transactions", "settle: program", "below: drop",
        "pay_to: root", "prorate: payout", "baseline: dataset", "fx: period_end", "when_missing: zero",
    } <= found  # fmt: skip
    assert all(Draft202012Validator.check_schema(schema) is None for schema in SCHEMAS.values())


def test_what_takes_any_text_is_shown_in_all_its_meanings() -> None:
    programs = [file for file in FILES.values() if isinstance(file, dict) and "program" in file]
    rebates = [rebate for program in programs for rebate in program["rebates"].values()]
    rates = [tier["rate"] for rebate in rebates for tier in rebate["tiers"] if "rate" in tier]
    assert {program.get("accumulate_at", "self") for program in programs} == {"self", "parent", "root", "group"}
    assert {"%" in rate for rate in rates} == {True, False}
    assert {program["currency"] for program in programs} == {"USD", "EUR", "JPY"}
    calendars = {file["calendar"] for file in FILES.values() if isinstance(file, dict) and "program" not in file}
    assert {program.get("calendar", "gregorian") for program in programs} == {"gregorian", *calendars}
    assert len(calendars) == 3
