"""What must hold between the fields of a program, beyond each being well written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.reading import known
from rules.scales import FOLLOWS_MEASURE
from rules.tier_checks import check_tiers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.model import Case, Program, Qualifier, Rebate, Title
    from rules.yaml_text import Marked, Path
    from schemas.errors import Problem

DIVIDES = {
    "month": ("month",),
    "quarter": ("month", "quarter"),
    "half": ("month", "quarter", "half"),
    "year": ("month", "quarter", "half", "year"),
    "program": ("month", "quarter", "half", "year", "program"),
}
"""How often a rebate of each period may be settled: only in parts that end where the period ends."""

LONGEST_YEARS = 50
_FIRST_YEAR = 1900


def check_program(program: Program, marked: Marked) -> Iterator[Problem]:
    """List what contradicts itself in `program`, which may be a draft: what could not be read is passed over."""
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
    for number, case in enumerate(known(program.tests) or ()):
        if known(case) is not None:
            yield from _check_case(case, rebates, marked, ("tests", number))


def _check_titles(program: Program, marked: Marked) -> Iterator[Problem]:
    titles: dict[Path, Title | None] = {("title",): known(program.title)}
    for name, rebate in (known(program.rebates) or {}).items():
        titles["rebates", name, "title"] = rebate.title if known(rebate) is not None else None
    for path, title in titles.items():
        if title is not None and title.en is None and title.ja is None:
            yield marked.problem_at(path, "the title is empty", "write it as a text, or as {en: ..., ja: ...}")


def _check_effective(program: Program, marked: Marked) -> Iterator[Problem]:
    effective = known(program.effective)
    start, end = (known(effective.start), known(effective.end)) if effective else (None, None)
    if start is None or end is None:
        return
    path = ("effective", "to")
    if start > end:
        yield marked.problem_at(path, f"the program ends on {end}, before it begins on {start}", "exchange the two")
    elif start.year < _FIRST_YEAR or end.year - start.year > LONGEST_YEARS:
        found = f"the program holds from {start} to {end}"
        yield marked.problem_at(path, found, f"write the days of the contract: {LONGEST_YEARS} years at most")


def _check_rebate(rebate: Rebate, marked: Marked, path: Path) -> Iterator[Problem]:
    period, settle = known(rebate.period), rebate.settle_written
    if period and settle and settle not in DIVIDES[period]:
        found = f"settle: {settle} does not divide the period {period!r}"
        yield marked.problem_at((*path, "settle"), found, f"use one of: {', '.join(DIVIDES[period])}")
    qualifier = rebate.qualifier_written
    if qualifier is not None:
        yield from _check_qualifier(marked, (*path, "qualifier"))
        yield from _check_previous(rebate, qualifier, marked, path)
    yield from _check_unit(rebate, marked, path)
    yield from _check_follows(rebate, marked, path)
    yield from check_tiers(rebate, marked, path)


def _check_qualifier(marked: Marked, path: Path) -> Iterator[Problem]:
    if not isinstance(marked.at(path), dict):
        return
    written = [key for key in ("of", "growth_amount", "growth_percent") if (*path, key) in marked.keys]
    if len(written) != 1:
        found = f"the qualifier has {' and '.join(written)}" if written else "the qualifier names no measure"
        yield marked.problem_at(path, found, "give exactly one of: of, growth_amount, growth_percent")
    growth = any(key.startswith("growth") for key in written)
    for key in ("baseline", "when_missing"):
        given = (*path, key) in marked.keys
        if growth and not given:
            options = "previous_year or previous_period" if key == "baseline" else "skip, zero or {value: 1000}"
            yield marked.problem_at(
                path, f"growth has no {key!r}", f"add {key!r}: {options}; there is no silent default"
            )
        if given and not growth:
            found = f"{key} stands with a qualifier that is no growth"
            yield marked.problem_at(
                (*path, key), found, "remove it, or write growth_percent or growth_amount", at_key=True
            )


def _check_previous(rebate: Rebate, qualifier: Qualifier, marked: Marked, path: Path) -> Iterator[Problem]:
    if known(rebate.period) == "program" and qualifier.baseline == "previous_period":
        found = "a program has no previous period"
        yield marked.problem_at((*path, "qualifier", "baseline"), found, "write previous_year")


def _check_unit(rebate: Rebate, marked: Marked, path: Path) -> Iterator[Problem]:
    qualifier = rebate.qualifier_written
    looked_at = (qualifier.of, qualifier.growth_amount, qualifier.growth_percent) if qualifier else ()
    counted = "quantity" in (known(rebate.measure), *looked_at)
    given = (*path, "unit") in marked.keys
    if counted and not given:
        yield marked.problem_at(path, "quantities are counted, but in no unit", "add 'unit': such as case")
    if given and not counted and known(rebate.measure) is not None:
        found = "a unit is given, but no quantity is counted"
        yield marked.problem_at((*path, "unit"), found, "remove it, or write measure: quantity", at_key=True)


def _check_follows(rebate: Rebate, marked: Marked, path: Path) -> Iterator[Problem]:
    qualifier, method = rebate.qualifier_written, known(rebate.method)
    if method is None or method not in FOLLOWS_MEASURE or qualifier is None:
        return
    grows = qualifier.growth_amount or qualifier.growth_percent
    if grows or (qualifier.of and qualifier.of != known(rebate.measure)):
        found = f"{FOLLOWS_MEASURE[method]}, but another figure selects the tier"
        todo = "remove the qualifier, or use all_units or fixed"
        yield marked.problem_at((*path, "qualifier"), found, todo)
    elif qualifier.round is not None:
        found = f"{FOLLOWS_MEASURE[method]} itself, which is not rounded"
        yield marked.problem_at((*path, "qualifier", "round"), found, "remove round", at_key=True)


def _check_case(case: Case, rebates: dict[str, Rebate], marked: Marked, path: Path) -> Iterator[Problem]:
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
