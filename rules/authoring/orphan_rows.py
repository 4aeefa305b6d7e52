"""Stray rows: enrolments, targets and baselines that name a program, rebate or period which no rule has.

Such a row has no effect: with a mistake in an id, a member does not get what was agreed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.compiled.periods import periods_of
from rules.language.finding import finding_of
from rules.language.reading import suggest
from schemas.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from rules.language.finding import Finding
    from rules.language.model import Program


def stray_rows(
    rows: Mapping[str, pl.DataFrame], programs: Sequence[Program], gone: Collection[str] = ()
) -> list[Finding]:
    """Return what rows name and no rule has: a warning for each name, at the first row with it.

    `rows`: data set → program, rebate and period (null in enrolments), path, line, in any order. `gone`: ids of
    programs that were run before; their rows may stay.
    """
    known = {program.id: program for program in programs}
    findings = []
    for frame in rows.values():
        places = frame.sort("path", "line").group_by("program", "rebate", "period", maintain_order=True)
        for name, rebate, period, count, path, line in places.agg(pl.len(), pl.col("path", "line").first()).iter_rows():
            if name in known:
                said = _in_program(known[name], rebate, period)
            else:
                said = None if name in gone else (f"there is no program {name!r}", suggest(name, known))
            if said:
                findings.append(_finding(path, line, count, *said))
    return sorted(findings)


def _in_program(program: Program, rebate: str | None, period: str | None) -> tuple[str, str] | None:
    """Return what a row names that `program` does not have, and what to do; None if the row is right."""
    if rebate is None:
        if program.members.enrolled:
            return None
        return (
            f"nobody needs to enrol in {program.id}: it asks for no enrolment",
            "say `enrolled: true` under its `members`, or take the row out",
        )
    if rebate not in program.rebates:
        return f"{program.id} has no rebate {rebate!r}", suggest(rebate, program.rebates)
    periods = [found.id for found in periods_of(program, program.rebates[rebate])]
    if period in periods:
        return None
    todo = f"write one of its periods, {periods[0]} to {periods[-1]}" if len(periods) > 1 else f"write {periods[0]}"
    return f"{program.id}/{rebate} has no period {period!r}", todo


def _finding(path: str, line: int, count: int, found: str, todo: str) -> Finding:
    """Return the finding at the first of `count` rows."""
    others = f" (and {count - 1} more rows say so)" if count > 1 else ""
    return finding_of(Problem(found + others, todo, at=Place(path, line)), kind="stray")
