"""Files that are right are validated at once: what that accepts is what reading every field by itself gives."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.language.calendar_model import CalendarFile
from rules.language.model import Program
from rules.language.reading import read_model, walked
from rules.language.yaml_text import parse_yaml
from rules.visits.template import Template
from tests.laws.examples import examples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.language.reading import Block
    from rules.language.yaml_text import Marked

ROOT = Path(__file__).parents[3] / "rules"
MODELS: dict[str, type[Block]] = {"program": Program, "calendar": CalendarFile, "template": Template}
PATHS = sorted([*(ROOT / "programs").glob("*.yaml"), *(ROOT / "visits").glob("*.yaml")])
FILES: dict[str, Marked] = {path.stem: parse_yaml(path.read_text(encoding="utf-8"), path.name) for path in PATHS}
JUNK: Any = st.sampled_from(
    [None, "", "x", "revenue", "7%", 0, -1, 7, True, [], {}, ["x"], {"x": 1}, {"en": "x"}, {"from": 1}, {"start": 1}]
)


def model_of(marked: Marked) -> type[Block]:
    """Return the model of what a file holds."""
    value: Any = marked.value
    return MODELS[next(iter(value))]


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_at_once_as_field_by_field(name: str) -> None:
    marked = FILES[name]
    (one, problems), (other, _) = read_model(model_of(marked), marked), walked(model_of(marked), marked)
    assert one is not None
    assert other is not None
    assert (repr(one), one.model_fields_set, problems) == (repr(other), other.model_fields_set, [])


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container in a value with each of its keys or positions."""
    for key, part in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(part, dict | list):
            yield from places(part)


@examples(150)
@given(st.sampled_from(sorted(FILES)), st.data(), JUNK, st.sampled_from(["put", "take", "add"]))
def test_what_is_wrong_with_a_file_is_told_as_field_by_field(name: str, data: Any, junk: Any, change: str) -> None:
    value = deepcopy(FILES[name].value)
    container, key = data.draw(st.sampled_from(list(places(value))))
    if change == "put":
        container[key] = junk
    elif change == "take":
        del container[key]
    elif isinstance(container, dict):
        container[data.draw(st.sampled_from(["start", "of", "at", "unit", "other"]))] = junk
    marked = replace(FILES[name], value=value)
    (one, problems), (other, others) = read_model(model_of(FILES[name]), marked), walked(model_of(FILES[name]), marked)
    assert (repr(one), problems) == (repr(other), others)
