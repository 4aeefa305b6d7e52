"""Repeated programs: a new program that says again what one that has paid says would pay all of it twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.loading.load import read_programs
from schemas.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    members and days and one of its rebates is the old one under another id, whatever else was edited with it.
    """
    paid = {program for (program,) in connection.execute(PAID).fetchall()}
    new = [program for program in programs if paid and program.id not in paid]
    return [problem for program in new if (problem := _problem(program, paid, programs, gone))]


def _problem(new: Program, paid: set[str], programs: Sequence[Program], gone: Sequence[Program]) -> Problem | None:
    here = Place(new.file)
    says = _says(new)
    for old in programs:
        if old.id in paid and _says(old) == says:
            todo = f"take {new.file} away, or write in it for whom, on which days or on what else it pays"
            return Problem(f"{new.id} says what {old.id} says, which has paid: it would pay all again", todo, at=here)
    # As it was written: the wordings in the books are not normal either.
    [written] = read_programs({new.file: new.wording})
    for old in gone:
        if _renames(written, old):
            found = f"{new.id} has members, days and a rebate of {old.id}, which paid and is gone: it would pay again"
            todo = f"call it {old.id} again, or put {old.file} back beside it if both are meant to pay"
            return Problem(found, todo, at=here)
    return None


def _says(program: Program) -> dict[str, object]:
    """Return what a program pays, without what anything in it is called."""
    content = program.model_dump(exclude=set(_NAMES))
    rebates = [rebate.model_dump(exclude={"title", "reference"}) for rebate in program.rebates.values()]
    return {**content, "rebates": rebates}


def _renames(new: Program, old: Program) -> bool:
    overlaps = new.effective.start <= old.effective.end and old.effective.start <= new.effective.end
    return overlaps and new.members == old.members and not new.rebates.keys().isdisjoint(old.rebates)
