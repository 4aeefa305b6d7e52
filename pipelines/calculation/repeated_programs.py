"""Repeated programs: a new program that says again what one that has paid says would pay all of it twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.loading.load import read_programs
from schemas.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from rules.language.model import Program

PAID = "SELECT DISTINCT program FROM payable"

_NAMES = frozenset({"id", "title", "reference", "tests"})
"""What a program may be called, or be tested by, without paying anything else."""


def repeated_programs(
    connection: duckdb.DuckDBPyConnection, programs: Sequence[Program], gone: Sequence[Program]
) -> list[Problem]:
    """Return a problem for each program that never paid and repeats one that did, in its file or with it `gone`.

    A file that was copied says the same as the other. Where the file of one that paid is gone, a new program with its
    members and days and one of its rebates is the old one under another id, whatever else was edited with it. Programs
    for enrolled members may say the same: the enrolments name the program.
    """
    paid = {program for (program,) in connection.execute(PAID).fetchall()}
    new = [program for program in programs if paid and program.id not in paid and not program.members.enrolled]
    if not new:
        return []
    said = {_says(program): program for program in reversed(programs) if program.id in paid}
    return [problem for program in new if (problem := _copied(program, said) or _renamed(program, gone))]


def _copied(new: Program, said: Mapping[str, Program]) -> Problem | None:
    """Return the problem of a program that says what one of those that paid says; `said`: them by what they say."""
    old = said.get(_says(new))
    if old is None:
        return None
    found = f"{new.id} says what {old.id} says, which has paid: it would pay all again"
    todo = f"take {new.file} away, or write in it for whom, on which days or on what else it pays"
    return Problem(found, todo, at=Place(new.file))


def _renamed(new: Program, gone: Sequence[Program]) -> Problem | None:
    """Return the problem of a program that is one of those whose files are gone, under another id."""
    if not gone:
        return None
    # As it was written: the wordings in the books are not normal either.
    [written] = read_programs({new.file: new.wording})
    for old in gone:
        if _renames(written, old):
            found = f"{new.id} has members, days and a rebate of {old.id}, which paid and is gone: it would pay again"
            todo = f"call it {old.id} again, or put {old.file} back beside it if both are meant to pay"
            return Problem(found, todo, at=Place(new.file))
    return None


def _says(program: Program) -> str:
    """Return what a program pays as a text, without what anything in it is called."""
    rebates = [rebate.model_dump_json(exclude={"title", "reference"}) for rebate in program.rebates.values()]
    return "\n".join([program.model_dump_json(exclude={*_NAMES, "rebates"}), *rebates])


def _renames(new: Program, old: Program) -> bool:
    overlaps = new.effective.start <= old.effective.end and old.effective.start <= new.effective.end
    return overlaps and new.members == old.members and not new.rebates.keys().isdisjoint(old.rebates)
