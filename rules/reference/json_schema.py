"""JSON Schema of rule files, derived from the model, with which editors complete and check them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rules.language.calendar_model import CalendarFile
from rules.language.model import Program
from rules.visits.template import Template

if TYPE_CHECKING:
    from rules.language.reading import Block

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def program_schema() -> dict[str, Any]:
    """Return the schema of a rule file; a file it accepts may still contradict itself, which `check` finds."""
    return _schema(Program, "Rebatch program")


def calendar_schema() -> dict[str, Any]:
    """Return the schema of a calendar's file."""
    return _schema(CalendarFile, "Rebatch calendar")


def template_schema() -> dict[str, Any]:
    """Return the schema of an action plan template of visits."""
    return _schema(Template, "Rebatch action plan template")


def rule_file_schema() -> dict[str, Any]:
    """Return one schema for all files of a rules folder: calendars and templates are known by their first key."""
    program, calendar, template = program_schema(), calendar_schema(), template_schema()
    definitions = {**program.pop("$defs"), **calendar.pop("$defs"), **template.pop("$defs")}
    is_program = {"anyOf": [{"required": ["program"]}, {"required": ["rebates"]}]}
    return {
        "$schema": program.pop("$schema"),
        "title": "Rebatch rule file",
        "$defs": definitions,
        "if": {"required": ["calendar"], "not": is_program},
        "then": _without_dialect(calendar),
        "else": {
            "if": {"required": ["template"], "not": is_program},
            "then": _without_dialect(template),
            "else": program,
        },
    }


def _without_dialect(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != "$schema"}


def _schema(model: type[Block], title: str) -> dict[str, Any]:
    """Return the schema of a model, with its title."""
    return {"$schema": DIALECT, "title": title, **_authored(model.model_json_schema(by_alias=True))}


def _authored(schema: Any) -> Any:  # noqa: ANN401  # a schema is any JSON
    """Return a schema without what only concerns Python: null for absent keys, defaults, titles from field names."""
    if isinstance(schema, list):
        return [_authored(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {
        key: {name: _authored(item) for name, item in value.items()}
        if key in {"properties", "$defs"}
        else _authored(value)
        for key, value in schema.items()
        if key not in {"title", "default"}
    }
    options = [option for option in result.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) == 1:
        del result["anyOf"]
        return {**options[0], **result}
    return {**result, "anyOf": options} if options else result
