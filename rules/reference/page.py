"""The reference page of the rule language, in Markdown: every key of the model, in words for people in finance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pydantic import TypeAdapter

from rules.language import calendar_model, fields, figures, provisions
from rules.language.calendar_model import CalendarFile
from rules.language.forms import Words
from rules.language.model import Method, Program, Rebate
from rules.language.reading import Block
from rules.reference.json_schema import calendar_schema, program_schema, template_schema
from rules.reference.provision_text import PROVISIONS
from rules.reference.text import CALENDARS, EXAMPLES, INTRODUCTION, METHODS, PROGRAM, TEMPLATES
from rules.visits import template
from rules.visits.template import Template

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMS: tuple[tuple[Any, str], ...] = (
    (fields.Text, "a text"),
    (fields.Slug, "lower-case letters, digits and single hyphens"),
    (fields.Currency, "a currency code of ISO 4217"),
    (fields.Day, "a day: year-month-day"),
    (fields.Flag, "true or false"),
    (fields.Number, "a number"),
    (fields.Amount, "a number, zero or more"),
    (fields.Positive, "a number above zero"),
    (fields.Digits, f"a whole number, 0 to {fields.BOUND_DECIMALS}"),
    (fields.GraceDays, "a number of days, 0 to 366"),
    (fields.TierNumber, "the number of a tier, from 1; 0 for none"),
    (figures.BaselineText, "`previous_year`, `previous_period`, `dataset` or {average: {periods: a number}}"),
    (provisions.FxText, "`activity_date`, `period_end` or {fixed: {a currency: a rate}}"),
    (fields.RateText, "a share of money (3%), or money per unit (0.25 per case)"),
    (fields.WhenMissing, "skip, zero or {value: a number above zero}"),
    (calendar_model.MonthNumber, "a number, 1 to 12"),
    (calendar_model.MonthDayText, "month and day, up to the 28th"),
    (calendar_model.PeriodText, "year and number, 01 to 13"),
    (template.Minutes, "minutes, 1 to 720"),
    (template.Days, "a number of days, 1 to 366"),
    (template.Products, "a number of products, 1 to 20"),
    (template.Target, "a number, true or false, a day, a text, or a [formula](#formulas-of-targets)"),
    (tuple[fields.Text, ...], "a list of texts"),
    (tuple[fields.Entry, ...], "a list of entries, each {column: value or list of values}"),
)
_COLUMNS = ("key", "meaning", "values", "without it", "example")


def reference_page() -> str:
    """Return the page; every block of the language has a section, in the order in which a program is read.

    Raises:
        LookupError: a kind of value has no words yet: add them here.
    """
    seen: list[type[Block]] = []
    roots: tuple[tuple[type[Block], dict[str, Any]], ...] = (
        (Program, program_schema()),
        (CalendarFile, calendar_schema()),
        (Template, template_schema()),
    )
    sections = [
        "# The rule language",
        "<!-- Made by `make reference` from the model that reads rule files: change that, not this page. -->",
        INTRODUCTION.strip(),
        f"```yaml\n{PROGRAM}```",
        *(_section(block, root, schema) for root, schema in roots for block in _blocks(root, seen)),
        CALENDARS.strip(),
        _methods(),
        PROVISIONS.strip(),
        TEMPLATES.strip(),
    ]
    return "\n\n".join(sections) + "\n"


def _blocks(block: type[Block], seen: list[type[Block]]) -> Iterator[type[Block]]:
    """Yield a block and those in its fields, depth first, each once."""
    seen.append(block)
    yield block
    for field in block.model_fields.values():
        for inner in _inside(field.annotation):
            if inner not in seen:
                yield from _blocks(inner, seen)


def _inside(annotation: Any) -> Iterator[type[Block]]:  # noqa: ANN401  # annotations are any object
    """Yield the blocks in an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, Block):
        yield annotation
    for argument in get_args(annotation):
        yield from _inside(argument)


def _section(block: type[Block], root: type[Block], schema: dict[str, Any]) -> str:
    """Return the section of one block."""
    name = block.__name__
    described = schema if block is root else schema["$defs"][name]
    properties = next(option for option in described.get("anyOf", [described]) if "properties" in option)["properties"]
    lines = [f"## {name}", "", (block.__doc__ or "").strip(), ""]
    if block.shorthand:
        lines += [f"A bare value may stand for it: it is taken as `{block.shorthand}`.", ""]
    lines += [_row(*_COLUMNS), _row(*("---" for _ in _COLUMNS))]
    for key, field in zip(properties, block.model_fields.values(), strict=True):
        default = "it must be given" if field.is_required() else _default(field.default)
        example = EXAMPLES.get(name, {}).get(key, "")
        lines.append(
            _row(f"`{key}`", field.description or "", _values(properties[key]), default, f"`{key}: {example}`")
        )
    return "\n".join(lines)


def _synonyms() -> dict[str, list[str]]:
    """Return the synonyms of each method."""
    field = Rebate.model_fields["method"]
    words = next(item for item in field.metadata if isinstance(item, Words))
    by_method: dict[str, list[str]] = {}
    for synonym, method in words.called.items():
        by_method.setdefault(method, []).append(synonym.replace("_", " "))
    return by_method


def _default(value: object) -> str:
    """Return what a field is without its key, in words."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, provisions.Fx):
        return value.policy
    return "—" if value is None or isinstance(value, tuple | Block) else str(value)


def _values(node: dict[str, Any]) -> str:
    """Return the values of a field, in words."""
    form = {key: value for key, value in node.items() if key != "description"}
    for kind, words in _FORMS:
        # Kinds are recognised by their schemas: the schema of the field is all that is left of its type here.
        if TypeAdapter(kind).json_schema() == form:
            return words
    if "$ref" in form:
        return _link(form)
    if "items" in form and "$ref" in form["items"]:
        return f"a list, each {_link(form['items'])}"
    for entry in form.get("patternProperties", {}).values():
        return f"names of your own (a slug, as for `program`), each with {_link(entry)}"
    options = form["enum"] if "enum" in form else [form["const"]]
    return ", ".join(f"`{option}`" for option in options)


def _link(node: dict[str, str]) -> str:
    """Return a link to the section of a block."""
    name = node["$ref"].rpartition("/")[2]
    return f"[{name}](#{name.lower()})"


def _methods() -> str:
    """Return the section about methods."""
    synonyms = _synonyms()
    head = ("method", "pays", "on 1,500, with 2% from 0 and 3% from 1,000", "elsewhere called")
    rows = [(f"`{method}`", *METHODS[method], ", ".join(synonyms.get(method, ["—"]))) for method in get_args(Method)]
    return "\n".join(["## Methods", "", _row(*head), _row(*("---" for _ in head)), *(_row(*row) for row in rows)])


def _row(*cells: str) -> str:
    """Return one row of a table."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
