"""What an author should know of rule files that can be read: their own tests, and filters that miss the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import polars as pl

from rules.calc import work_out
from rules.reading import plain, suggest
from rules.yaml_text import Marked, Path, parse_yaml
from schemas.errors import Problem
from schemas.types import VALUE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from rules.model import Case, Filter, Program

    Columns: TypeAlias = Mapping[str, Mapping[str, Collection[str] | None]]

_FIGURES = pl.Schema({"program": pl.String(), "rebate": pl.String(), "qualifier": VALUE, "measure": VALUE})
_SUGGESTED = 50


@dataclass(frozen=True, order=True)
class Finding(Problem):
    """A problem of a rule file that can be read: an error must be mended, a warning should be looked at."""

    severity: Literal["error", "warning"] = "warning"


def check_programs(programs: Sequence[Program], columns: Columns | None = None) -> list[Finding]:
    """List what is wrong or doubtful in `programs`, in the order of files and lines.

    A test that the rules do not pay as it says, or that reaches another tier, is an error. If `columns` is given
    (members, products and transactions → column → its values, None where they are not known), so is a filter on a
    column that the data does not have. Warnings: a rebate without a test, and a filter on a value that no row has.
    """
    findings = [*_run_tests(programs)]
    for program in programs:
        marked = parse_yaml(program.text, program.file)
        findings += _missing_tests(program, marked)
        if columns is not None:
            findings += _check_filters(program, marked, columns)
    return sorted(findings)


def missing_columns(programs: Sequence[Program], columns: Columns) -> list[Finding]:
    """List the filters on columns that the data does not have: such a program would pay by guess."""
    findings = (
        finding
        for program in programs
        for finding in _check_filters(program, parse_yaml(program.text, program.file), columns)
    )
    return sorted(finding for finding in findings if finding.severity == "error")


def _run_tests(programs: Sequence[Program]) -> Iterator[Finding]:
    cases = [(program, number, case) for program in programs for number, case in enumerate(program.tests)]
    figures = pl.DataFrame(
        [(program.id, _rebate(program, case), case.when.qualifier, case.when.measure) for program, _, case in cases],
        schema=_FIGURES,
        orient="row",
    )
    paid = work_out(figures, programs).select("tier", "payout").iter_rows()
    for (program, number, case), (tier, payout) in zip(cases, paid, strict=True):
        reached = f"tier {tier}" if tier else "below the first tier"
        if payout != case.pays:
            found = f"the rules pay {plain(payout)} here ({reached}), the test says {plain(case.pays)}"
            yield _failed(program, ("tests", number), found)
        if case.tier is not None and case.tier != tier:
            found = f"the figures are in {_name(tier)}, the test says {_name(case.tier)}"
            yield _failed(program, ("tests", number, "tier"), found)


def _name(tier: int) -> str:
    return f"tier {tier}" if tier else "no tier"


def _failed(program: Program, path: Path, found: str) -> Finding:
    marked = parse_yaml(program.text, program.file)
    return _finding(marked, path, found, "correct the rule or the test", severity="error")


def _rebate(program: Program, case: Case) -> str:
    return case.rebate or next(iter(program.rebates))


def _missing_tests(program: Program, marked: Marked) -> Iterator[Finding]:
    if not program.tests:
        todo = "add 'tests': figures of the contract and what it pays for them, on both sides of every bound"
        yield _finding(marked, ("program",), "the program has no tests", todo)
        return
    tested = {_rebate(program, case) for case in program.tests}
    for name in program.rebates:
        if name not in tested:
            yield _finding(marked, ("rebates", name), f"no test is about the rebate {name!r}", "add one under 'tests'")


def _check_filters(program: Program, marked: Marked, columns: Columns) -> Iterator[Finding]:
    filters: list[tuple[str, Path, Filter | None]] = [("members", ("members",), program.members)]
    for name, rebate in program.rebates.items():
        filters.append(("products", ("rebates", name, "products"), rebate.products))
        filters.append(("transactions", ("rebates", name, "transactions"), rebate.transactions))
    for data_set, path, condition in filters:
        if condition is not None and data_set in columns:
            yield from _check_filter(condition, marked, path, data_set=data_set, columns=columns[data_set])


def _check_filter(
    condition: Filter, marked: Marked, path: Path, *, data_set: str, columns: Mapping[str, Collection[str] | None]
) -> Iterator[Finding]:
    for key, entries in (("include", condition.include), ("exclude", condition.exclude)):
        for number, entry in enumerate(entries or ()):
            for written, (column, values) in zip(_keys(marked, (*path, key, number)), entry.items(), strict=True):
                place = (*path, key, number, written)
                if column not in columns:
                    found = f"{data_set} have no column {column!r}"
                    yield _finding(marked, place, found, suggest(column, columns), severity="error")
                    continue
                known = columns[column]
                for value in values:
                    if known is not None and value not in known:
                        todo = suggest(value, known) if len(known) <= _SUGGESTED else "check its spelling"
                        yield _finding(marked, place, f"no row of {data_set} has {column} {value!r}", todo)


def _keys(marked: Marked, path: Path) -> list[str]:
    entry = marked.at(path)
    return list(entry) if isinstance(entry, dict) else []


def _finding(
    marked: Marked, path: Path, found: str, todo: str, *, severity: Literal["error", "warning"] = "warning"
) -> Finding:
    place = marked.problem_at(path, found, todo)
    return Finding(place.file, place.line, place.column, found, todo, severity)
