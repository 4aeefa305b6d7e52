"""From the texts of rule files to programs: all of them, or every problem of all of them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.consistency import check_program
from rules.model import Program
from rules.reading import known, read_model
from rules.yaml_text import parse_yaml
from schemas.errors import Problem, RuleError

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_programs(texts: Mapping[str, str]) -> tuple[Program, ...]:
    """Read rule files, given as file name → text; the programs come in the order of their ids.

    Raises:
        RuleError: any file has a mistake; it holds all problems of all files.
    """
    problems: list[Problem] = []
    first: dict[str, str] = {}
    programs = []
    for file, text in texts.items():
        program, found = _read(file, text)
        problems += found
        name = known(program.id) if program else None
        if program is None or name is None:
            continue
        if name in first:
            problems.append(_duplicate(file, text, name, first[name]))
        first.setdefault(name, file)
        programs.append(program)
    if problems:
        raise RuleError(*problems)
    return tuple(sorted(programs, key=lambda program: program.id))


def _read(file: str, text: str) -> tuple[Program | None, list[Problem]]:
    marked = parse_yaml(text, file)
    program, problems = read_model(Program, marked)
    if program is None:
        return None, problems
    problems += check_program(program, marked)
    return program.read_from(file, text), problems


def _duplicate(file: str, text: str, name: str, elsewhere: str) -> Problem:
    found = f"the program {name!r} is already in {elsewhere}"
    return parse_yaml(text, file).problem_at(("program",), found, "give one of the two another id")
