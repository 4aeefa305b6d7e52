"""Loading: from the texts of rule files to programs, or every problem of all files at once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rules.language.calendar_file import calendar_of, check_calendar
from rules.language.calendar_model import CalendarFile
from rules.language.calendars import GREGORIAN, Calendar
from rules.language.model import Program
from rules.language.reading import known, read_model, suggest
from rules.language.wording import split_wording
from rules.language.yaml_text import Marked, parse_yaml, written
from rules.loading.consistency import check_program
from rules.loading.date_checks import check_dates
from schemas.errors import Problem, RuleError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Known(NamedTuple):
    """The file of a calendar, its text, and the calendar itself; None if the file has mistakes."""

    file: str
    text: str
    calendar: Calendar | None


def read_programs(texts: Mapping[str, str]) -> tuple[Program, ...]:
    """Return the programs of rule files, given as file name → text, in the order of their ids.

    A text that begins with `calendar:` is a calendar, for the programs that name it. A text may also be a wording (see
    rules.language.wording), which includes its calendar.

    Raises:
        RuleError: any file has a mistake; it holds all problems of all files.
    """
    return _read_all(tuple(texts.items()))


@lru_cache(maxsize=8)
def _read_all(files: tuple[tuple[str, str], ...]) -> tuple[Program, ...]:
    """Return the programs of all files, sorted by id; cached, because every command of a run reads the same files."""
    texts = dict(files)
    marked = {file: parse_yaml(split_wording(text)[0], file) for file, text in texts.items()}
    # Calendars first: the days of programs are checked against them.
    calendars, problems = _read_calendars({file: text for file, text in texts.items() if is_calendar(marked[file])})
    first: dict[str, str] = {}
    programs = []
    for file, text in texts.items():
        if is_calendar(marked[file]):
            continue
        program, found = _read(text, marked[file], calendars)
        problems += found
        name = known(program.id) if program else None
        if program is None or name is None:
            continue
        if name in first:
            problems.append(_duplicate("program", name, marked[file], first[name]))
        first.setdefault(name, file)
        programs.append(program)
    if problems:
        raise RuleError(*problems)
    return tuple(sorted(programs, key=lambda program: program.id))


def is_calendar(marked: Marked) -> bool:
    """Return whether a file holds a calendar: its first key is `calendar`, and it has no key of a program."""
    keys = list(marked.value) if isinstance(marked.value, dict) else []
    return keys[:1] == ["calendar"] and not {"program", "rebates"} & {*keys}


def calendar_id(text: str) -> str | None:
    """Return the id of the calendar in a file; None if it holds none."""
    marked = parse_yaml(text, "")
    return written(marked.at(("calendar",))) if is_calendar(marked) else None


def calendars_wanted(texts: Mapping[str, str]) -> set[str]:
    """Return the ids of the calendars that programs among rule files follow and that are not among them."""
    followed = set()
    for text in texts.values():
        program, carried, _ = split_wording(text)
        marked = parse_yaml(program, "")
        if not is_calendar(marked) and marked.at(("calendar",)) is not None:
            followed |= {written(marked.at(("calendar",)))} - {carried}
    return followed - {GREGORIAN.id} - {calendar_id(text) for text in texts.values()}


def _read(text: str, marked: Marked, calendars: Mapping[str, Known]) -> tuple[Program | None, list[Problem]]:
    """Return one program, or None if nothing could be read, and all problems of its file."""
    own_text, carried, calendar_text = split_wording(text)
    draft, own_problems = _draft(own_text)
    problems = [problem.in_file(marked.file) for problem in own_problems]
    if draft is None:
        return None, problems
    # What is recorded below is recorded of this file alone.
    program = draft.model_copy()
    brought, found = _read_calendars({f"{carried}.yaml": calendar_text} if carried else {})
    found += [_duplicate("calendar", name, marked, calendars[name].file) for name in brought if name in calendars]
    followed, unknown = _followed(program, marked, {**calendars, **brought})
    problems += found + unknown
    if followed and followed.calendar:
        problems += check_dates(program, followed.calendar, marked)
        program.follow(followed.calendar, followed.text)
    return program.read_from(marked.file, own_text), problems


@lru_cache(maxsize=4096)
def _draft(text: str) -> tuple[Program | None, tuple[Problem, ...]]:
    """Return the program of a text and what is wrong with it by itself, of a file without a name.

    Cached like `parse_yaml`: a run reads a program from its file, and again as the wording that the books keep.
    """
    marked = parse_yaml(text, "")
    program, problems = read_model(Program, marked)
    return program, (*problems, *(check_program(program, marked) if program else ()))


def _read_calendars(texts: Mapping[str, str]) -> tuple[dict[str, Known], list[Problem]]:
    """Return the calendars in `texts` by id, and all problems of their files."""
    calendars: dict[str, Known] = {}
    problems: list[Problem] = []
    for file, text in texts.items():
        marked = parse_yaml(text, file)
        model, found = read_model(CalendarFile, marked)
        found += [] if model is None else check_calendar(model, marked)
        problems += found
        name = known(model.id) if model else None
        if model is None or name is None:
            continue
        if name in calendars:
            problems.append(_duplicate("calendar", name, marked, calendars[name].file))
        calendars.setdefault(name, Known(file, text, None if found else calendar_of(model, file)))
    return calendars, problems


def _followed(program: Program, marked: Marked, calendars: Mapping[str, Known]) -> tuple[Known | None, list[Problem]]:
    """Return the calendar that a program, which may be a draft, follows, or the problem that it does not exist."""
    name = known(program.calendar)
    if name is None or name == GREGORIAN.id:
        return Known("", "", GREGORIAN), []
    if name in calendars:
        return calendars[name], []
    found = f"there is no calendar {name!r} among these rule files"
    todo = f"add a file that begins with 'calendar: {name}', or remove the key: then it is gregorian"
    todo = f"{suggest(name, calendars)}; or {todo}" if calendars else todo
    return None, [marked.problem_at(("calendar",), found, todo)]


def _duplicate(kind: str, name: str, marked: Marked, elsewhere: str) -> Problem:
    """Return the problem of an id that is used twice."""
    found = f"the {kind} {name!r} is already in {elsewhere}"
    return marked.problem_at((kind,), found, "give one of the two another id")
