"""The page of the configuration: every key says what it means, and its example is accepted where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from reference_maker.configuration import ROOTS, parts_of, written

from rules.language.reading import read_model
from rules.language.yaml_text import parse_yaml
from schemas.bank import Bank
from schemas.profile import Column
from schemas.source import Source

if TYPE_CHECKING:
    from pydantic import BaseModel

PARTS = [part for root in ROOTS for part in parts_of(root)]
KEYS = [pytest.param(part, key, id=f"{part.__name__}.{key}") for part in PARTS for key in part.model_fields]
BESIDE: dict[type[BaseModel], dict[str, Any]] = {
    Bank: {"iban": "DE89370400440532013000"},
    Column: {"field": "payee_id"},
}
"""What a part must have beyond its required keys."""
INSTEAD = {(Bank, "account"): "iban", (Column, "constant"): "field", (Column, "value"): "field"}


def example_of(part: type[BaseModel], key: str) -> Any:
    [example] = part.model_fields[key].examples or [None]
    return example


@pytest.mark.parametrize(("part", "key"), KEYS)
def test_every_key_has_a_meaning_and_an_example(part: type[BaseModel], key: str) -> None:
    assert part.model_fields[key].description, f"say Field(description=…) of {key}"
    assert example_of(part, key) is not None, f"say Field(examples=[…]) of {key}"


@pytest.mark.parametrize(("part", "key"), KEYS)
def test_every_example_is_accepted(part: type[BaseModel], key: str) -> None:
    values = {name: example_of(part, name) for name, field in part.model_fields.items() if field.is_required()}
    values |= BESIDE.get(part, {}) | {key: example_of(part, key)}
    values.pop(INSTEAD.get((part, key), ""), None)
    if (part, key) == (Source, "round"):
        values["format"] = "parquet"
    marked = parse_yaml("".join(f"{name}: {written(value)}\n" for name, value in values.items()), "page.yaml")
    made = part.model_validate(marked.value) if "shorthand" not in _all_names(part) else _read(part, marked)
    assert key in made.model_fields_set


def _all_names(part: type[BaseModel]) -> set[str]:
    """Name what a part, or a part of it, has beyond its keys: a bare value is no mapping to pydantic alone."""
    return {name for inner in parts_of(part) for name in vars(inner)}


def _read(part: type[BaseModel], marked: Any) -> BaseModel:
    made, problems = read_model(part, marked)
    assert problems == []
    assert made is not None
    return made
