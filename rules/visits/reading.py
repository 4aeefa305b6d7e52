"""From the texts of template files to templates, or every problem of all of them at once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from rules.language.reading import known, read_model, suggest
from rules.language.yaml_text import parse_yaml
from rules.visits.formulas import Flaw, read_formula
from rules.visits.template import NUMBERS, IndicatorPlan, Template
from schemas.errors import Place, Problem, RuleError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from rules.language.clauses import Filter
    from rules.language.yaml_text import Marked, Path

TRUTHS = ("true", "false")


def is_template(text: str, file: str) -> bool:
    """Return whether a file holds an action plan template: its first key is `template`."""
    value = parse_yaml(text, file).value
    return isinstance(value, dict) and list(value)[:1] == ["template"]


def read_templates(texts: Mapping[str, str]) -> tuple[Template, ...]:
    """Return the templates of files, given as file name → text, by id and first day.

    Raises:
        RuleError: any file has a mistake; it holds all problems of all files.
    """
    found: list[tuple[Template, Marked]] = []
    problems: list[Problem] = []
    for file, text in texts.items():
        marked = parse_yaml(text, file)
        template, wrong = read_model(Template, marked)
        problems += wrong
        if template is not None:
            problems += _contradictions(template, marked)
            found.append((template.read_from(file), marked))
    problems += _overlaps(found)
    if problems:
        raise RuleError(*problems)
    return tuple(sorted((template for template, _ in found), key=lambda each: (each.id, each.effective.start)))


def check_columns(template: Template, marked: Marked, columns: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each filter of a template on a column that no member has."""
    filters: list[tuple[Path, Filter | None]] = [(("members",), template.members)]
    filters += [(("frequency", place, "members"), cadence.members) for place, cadence in enumerate(template.frequency)]
    for path, condition in filters:
        for key in ("include", "exclude"):
            for number, entry in enumerate(getattr(condition, key, None) or ()):
                for column in entry:
                    if column not in columns:
                        place = (*path, key, number, column)
                        yield marked.problem_at(place, f"members have no column {column!r}", suggest(column, columns))


def _contradictions(template: Template, marked: Marked) -> Iterator[Problem]:
    """Yield what contradicts itself in a template, which may be a draft."""
    days = known(template.effective)
    if days is not None and None not in (known(days.start), known(days.end)) and days.start > days.end:
        found = f"it ends on {days.end}, before it begins on {days.start}"
        yield marked.problem_at(("effective", "to"), found, "exchange the two")
    if known(template.frequency) == ():
        yield marked.problem_at(("frequency",), "the list is empty", "write {every: 42}: the days between two visits")
    for place, cadence in enumerate(known(template.frequency) or ()):
        is_last = place == len(template.frequency) - 1
        if known(cadence) is not None and cadence.members is None and not is_last:
            todo = "move it to the end: the first entry that a member matches counts"
            yield marked.problem_at(("frequency", place), "the entries after this one are for nobody", todo)
    for key, entry_key in (("tasks", "task"), ("indicators", "indicator")):
        yield from _repeated(marked, getattr(template, key), key, entry_key)
    for place, indicator in enumerate(known(template.indicators) or ()):
        if known(indicator) is not None:
            yield from _check_target(indicator, marked, ("indicators", place))


def _repeated(marked: Marked, entries: Sequence[object] | None, key: str, entry_key: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, entry in enumerate(entries or ()):
        name = getattr(entry, "id", None)
        if name in seen:
            yield marked.problem_at(
                (key, place, entry_key), f"{name!r} is there twice", "give one of the two another id"
            )
        if name is not None:
            seen.add(name)


def _check_target(indicator: IndicatorPlan, marked: Marked, path: Path) -> Iterator[Problem]:
    """Yield what is wrong with a target, for the kind of its indicator."""
    kind, target = known(indicator.kind), known(indicator.target)
    is_number = kind in NUMBERS
    for key, is_set in (("stock", indicator.stock), ("top_products", indicator.top_products is not None)):
        if kind is not None and is_set and not is_number:
            yield marked.problem_at((*path, key), f"{key} belongs to numbers", "remove it, or write `kind: number`")
    if kind is None or target is None:
        return
    place = (*path, "target")
    if is_number:
        found = read_formula(target)
        if isinstance(found, Flaw):
            problem = marked.problem_at(place, f"target is {target!r}: {found.found}", found.todo)
            at = problem.at
            yield Problem(problem.found, problem.todo, at=Place(at.file, at.line, at.column + found.after))
    elif kind == "boolean" and target not in TRUTHS:
        yield marked.problem_at(place, f"target is {target!r}", "write true or false")
    elif kind == "date" and not _is_day(target):
        yield marked.problem_at(place, f"target is {target!r}", "write a day of the calendar, such as 2026-12-31")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _overlaps(found: Sequence[tuple[Template, Marked]]) -> Iterator[Problem]:
    """Yield a problem for each template that holds on days on which another of its id holds."""
    for place, (template, marked) in enumerate(found):
        for other, _ in found[:place]:
            if not _is_same(template, other) or known(template.effective) is None or known(other.effective) is None:
                continue
            ours, theirs = template.effective, other.effective
            if None in (known(ours.start), known(ours.end), known(theirs.start), known(theirs.end)):
                continue
            if ours.start <= theirs.end and theirs.start <= ours.end:
                said = f"{template.id!r} holds from {theirs.start} to {theirs.end} in {other.file}"
                todo = "give it other days there or here, or another id"
                yield marked.problem_at(("effective",), said, todo)


def _is_same(template: Template, other: Template) -> bool:
    return known(template.id) is not None and template.id == other.id
