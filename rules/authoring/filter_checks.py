"""Filter checks against the data: columns that do not exist, and values that no row has."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rules.authoring.overlaps import may_match
from rules.language.finding import Finding, finding_at
from rules.language.reading import suggest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from rules.language.model import Filter, Measure, Program
    from rules.language.yaml_text import Marked, Path

    Columns: TypeAlias = Mapping[str, Mapping[str, Collection[str] | None]]
    Placed: TypeAlias = tuple[str, Path, Filter]

# Beyond this the values are too many to suggest one by likeness.
_SUGGESTED = 50


def check_filters(program: Program, marked: Marked, columns: Columns) -> Iterator[Finding]:
    """Yield what is wrong with every filter, compared with the data.

    `columns`: data set → column → its values, None where they are not known. A column that the data does not have is an
    error: the program could not be rated reliably. A value that no row has is a warning: it may occur later.
    """
    for found in _unmatched(program, marked, columns):
        yield found.finding


class Unmatched(NamedTuple):
    """A value of a filter that no row of its data set has, and the warning about it."""

    data_set: str
    column: str
    value: str
    finding: Finding


def unmatched_values(program: Program, marked: Marked, columns: Columns) -> Iterator[Unmatched]:
    """Yield each filter value that no row has; `columns` as in check_filters."""
    return (found for found in _unmatched(program, marked, columns) if found.finding.severity == "warning")


def _unmatched(program: Program, marked: Marked, columns: Columns) -> Iterator[Unmatched]:
    for data_set, path, condition in filters_of(program):
        if data_set in columns:
            yield from _check_filter(condition, marked, path, data_set=data_set, columns=columns[data_set])


def check_audiences(program: Program, marked: Marked) -> Iterator[Finding]:
    """Yield a warning for each rebate that is for none of its program's members, whatever the data."""
    for name, rebate in program.rebates.items():
        if rebate.members is not None and not may_match(program.members, rebate.members):
            found = "the program's members and this filter exclude each other: the rebate is for nobody"
            todo = "let the program include them, or correct the filter"
            yield finding_at(marked, ("rebates", name, "members"), found, todo, kind="filter")


def check_indicators(program: Program, marked: Marked, known: Collection[str]) -> Iterator[Finding]:
    """Yield a warning for each indicator of visit scores that no visit has."""
    for name, rebate in program.rebates.items():
        for key, figure in (("measure", rebate.measure), ("qualifier", rebate.qualifier_written)):
            if figure is not None and figure.visit_score is not None and figure.visit_score not in known:
                found = f"no visit has an indicator {figure.visit_score!r}"
                place = ("rebates", name, key, "visit_score")
                yield finding_at(marked, place, found, suggest(figure.visit_score, known), kind="filter")


def filters_of(program: Program) -> Iterator[Placed]:
    """Yield the filters of a program: the data set each is about, its path, and its content."""
    yield "members", ("members",), program.members
    for name, rebate in program.rebates.items():
        path = ("rebates", name)
        if rebate.members is not None:
            yield "members", (*path, "members"), rebate.members
        if rebate.products is not None:
            yield "products", (*path, "products"), rebate.products
        if rebate.transactions is not None:
            yield "transactions", (*path, "transactions"), rebate.transactions
        yield from _of_figure(rebate.measure, (*path, "measure"))
        if rebate.qualifier_written is not None:
            yield from _of_figure(rebate.qualifier_written, (*path, "qualifier"))


def _of_figure(figure: Measure, path: Path) -> Iterator[Placed]:
    for key, condition in (("products", figure.products), ("within", figure.within)):
        if condition is not None:
            yield "products", (*path, key), condition


def _check_filter(
    condition: Filter, marked: Marked, path: Path, *, data_set: str, columns: Mapping[str, Collection[str] | None]
) -> Iterator[Unmatched]:
    for key, entries in (("include", condition.include), ("exclude", condition.exclude)):
        for number, entry in enumerate(entries or ()):
            # The model holds normalised column names; the place in the file is found by the key as written.
            for written, (column, values) in zip(_keys(marked, (*path, key, number)), entry.items(), strict=True):
                place = (*path, key, number, written)
                if column not in columns:
                    found = f"{data_set} have no column {column!r}"
                    todo = suggest(column, columns)
                    finding = finding_at(marked, place, found, todo, kind="filter", severity="error")
                    yield Unmatched(data_set, column, "", finding)
                    continue
                known = columns[column]
                for value in values:
                    if known is not None and value not in known:
                        todo = suggest(value, known) if len(known) <= _SUGGESTED else "check its spelling"
                        found = f"no row of {data_set} has {column} {value!r}"
                        yield Unmatched(data_set, column, value, finding_at(marked, place, found, todo, kind="filter"))


def _keys(marked: Marked, path: Path) -> list[str]:
    """Return the keys of an entry as written in the file."""
    entry = marked.at(path)
    return list(entry) if isinstance(entry, dict) else []
