"""Files of settings, such as `rebatch.yaml`: read as their model, with every mistake at its line and column."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from rules.language.yaml_text import parse_yaml
from schemas.errors import Problem, WorkspaceError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from rules.language.yaml_text import Marked
    from schemas.config_types import Part

P = TypeVar("P", bound="Part")


def read_settings(text: str, file: str, model: type[P]) -> tuple[P, Marked]:
    """Read a file of settings as a `model`; returns it with the places of what it says.

    Raises:
        WorkspaceError: with every problem, each with its line and column.
    """
    marked = parse_yaml(text, file)
    if marked.problems:
        raise WorkspaceError(*marked.problems)
    try:
        return model.model_validate(marked.value), marked
    except ValidationError as error:
        raise WorkspaceError(*(_problem(marked, detail, model) for detail in error.errors())) from error


def _problem(marked: Marked, detail: ErrorDetails, model: type[Part]) -> Problem:
    # Pydantic adds "[key]" to the place of a mapping's key; the YAML tree has no such step.
    path = tuple(part for part in detail["loc"] if part != "[key]")
    if detail["type"] == "extra_forbidden":
        return marked.problem_at(path, f"the key {path[-1]!r} is not known", _did_you_mean(path, model), at_key=True)
    if detail["type"] == "missing":
        return marked.problem_at(path, f"{path[-1]!r} is missing", f"add `{path[-1]}:`")
    name = ".".join(map(str, path)) or "the configuration"
    return marked.problem_at(path, f"{name} cannot be {detail['input']!r}", detail["msg"].removeprefix("Value error, "))


def _did_you_mean(path: tuple[str | int, ...], model: type[Part]) -> str:
    """Return advice that names the known key most similar to the last of `path`, else all known keys."""
    schema = model.model_json_schema()
    part = schema
    for step in path[:-1]:
        part = part.get("items", {}) if isinstance(step, int) else part.get("properties", {}).get(step, {})
        # An optional section is written as anyOf [reference, null] in the JSON Schema.
        part = next((option for option in part.get("anyOf", ()) if "$ref" in option), part)
        part = schema["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
    known = sorted(part.get("properties", {}))
    alike = difflib.get_close_matches(str(path[-1]), known, n=1)
    return f"did you mean {alike[0]!r}?" if alike else f"use one of {', '.join(known)}"
