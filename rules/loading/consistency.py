"""Consistency: what must hold between the fields of a program, beyond each value being valid by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.compiled.scales import FOLLOWS_MEASURE
from rules.language.reading import known
from rules.loading.figure_checks import check_figures
from rules.loading.provision_checks import check_provisions
from rules.loading.tier_checks import check_tiers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.language.model import Program, Rebate, RuleTest, Title
    from rules.language.yaml_text import Marked, Path
    from schemas.errors import Problem

DIVIDES = {
    "month": ("month",),
    "quarter": ("month", "quarter"),
    "half": ("month", "quarter", "half"),
    "year": ("month", "quarter", "half", "year"),
    "program": ("month", "quarter", "half", "year", "program"),
}
"""The settlement frequencies allowed for each period: only those whose parts end where the period ends."""

# Limits that catch a mistyped year; no agreement is that old or that long.
LONGEST_YEARS = 50
FIRST_YEAR = 1900
LAST_YEAR = 2999


def check_program(program: Program, marked: Marked) -> Iterator[Problem]:
    """Yield what contradicts itself in `program`, which may be a draft: fields that could not be read are skipped."""
    yield from _check_titles(program, marked)
    yield from _check_effective(program, marked)
    rebates = known(program.rebates)
    if rebates is None:
        return
    if not rebates:
        yield marked.problem_at(("rebates",), "the program has no rebate", "add one, under an id of its own")
    for name, rebate in rebates.items():
        if known(rebate) is not None:
            yield from _check_rebate(rebate, marked, ("rebates", name))
    read = {name: rebate for name, rebate in rebates.items() if known(rebate) is not None}
    yield from check_provisions(program, read, marked)
    for number, case in enumerate(known(program.tests) or ()):
        if known(case) is not None:
            yield from _check_case(case, rebates, marked, ("tests", number))


def _check_titles(program: Program, marked: Marked) -> Iterator[Problem]:
    titles: dict[Path, Title | None] = {("title",): known(program.title)}
    for name, rebate in (known(program.rebates) or {}).items():
        titles["rebates", name, "title"] = rebate.title if known(rebate) is not None else None
    for path, title in titles.items():
        if title is not None and all(text is None for text in (title.en, title.de, title.ja)):
            yield marked.problem_at(path, "the title is empty", "write it as a text, or as {en: ..., ja: ...}")


def _check_effective(program: Program, marked: Marked) -> Iterator[Problem]:
    effective = known(program.effective)
    start, end = (known(effective.start), known(effective.end)) if effective else (None, None)
    if start is None or end is None:
        return
    path = ("effective", "to")
    if start > end:
        yield marked.problem_at(path, f"the program ends on {end}, before it begins on {start}", "exchange the two")
    elif start.year < FIRST_YEAR or end.year > LAST_YEAR or end.year - start.year > LONGEST_YEARS:
        found = f"the program holds from {start} to {end}"
        yield marked.problem_at(path, found, f"write the days of the contract: {LONGEST_YEARS} years at most")


def _check_rebate(rebate: Rebate, marked: Marked, path: Path) -> Iterator[Problem]:
    period, settle = known(rebate.period), rebate.settle_written
    if period and settle and settle not in DIVIDES[period]:
        found = f"settle: {settle} does not divide the period {period!r}"
        yield marked.problem_at((*path, "settle"), found, f"use one of: {', '.join(DIVIDES[period])}")
    yield from check_figures(rebate, marked, path)
    yield from check_tiers(rebate, marked, path)


def _check_case(case: RuleTest, rebates: dict[str, Rebate], marked: Marked, path: Path) -> Iterator[Problem]:
    if case.rebate is None:
        if len(rebates) > 1 and (*path, "rebate") not in marked.keys:
            yield marked.problem_at(path, "the test names no rebate", f"add 'rebate': one of {', '.join(rebates)}")
    elif case.rebate not in rebates:
        found = f"the test is about {case.rebate!r}, which is not in this file"
        yield marked.problem_at((*path, "rebate"), found, f"use one of: {', '.join(rebates)}")
    figures = known(case.when)
    if figures is None:
        return
    path = (*path, "when")
    given = [figure for figure in (figures.qualifier, figures.measure) if figure is not None]
    if not given and not any((*path, key) in marked.keys for key in ("qualifier", "measure")):
        yield marked.problem_at(path, "the test gives no figure", "add 'qualifier', 'measure' or both")
    rebate = rebates.get(case.rebate) if case.rebate else next(iter(rebates.values()), None)
    method = known(rebate.method) if rebate else None
    if method is not None and method in FOLLOWS_MEASURE and len(set(given)) > 1:
        found = f"{FOLLOWS_MEASURE[method]}, but the test gives another qualifier"
        yield marked.problem_at((*path, "qualifier"), found, "remove it")
