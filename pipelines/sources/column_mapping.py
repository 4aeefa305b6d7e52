"""Column mapping: which column of an extract becomes which column of the data set, and problems of its header."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.catalogue import BOOKKEEPING, DATA_SETS, RESERVED_PREFIX
from schemas.errors import Place, Problem
from schemas.source import LAST, REFUSE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemas.source import Source

REJECT_ID = f"{RESERVED_PREFIX}reject_id"
"""The column in which a corrected row names the reject it resolves."""

Position = tuple[int, int]


@dataclass(frozen=True)
class ColumnMapping:
    """Where each column of a data set comes from.

    `columns`: the data set's name → the extract's. `extras`: the name an extra column is kept under → the extract's.
    `constants`: the data set's name → the text on every row. `key`: the columns that identify a row. `derived`: the id
    column that is made from the key if the extract has none.
    """

    columns: dict[str, str]
    extras: dict[str, str]
    constants: dict[str, str]
    key: tuple[str, ...]
    derived: str | None


def normal_name(name: str) -> str:
    """Return a column name in the form in which names are compared: trimmed, lower case, `_` for blanks."""
    return "_".join(name.strip().casefold().split())


def own_columns(header: Sequence[str]) -> list[str]:
    """Return the columns of `header` that are the extract's own, not those Rebatch adds to a file of rejects."""
    return [name for name in header if not normal_name(name).startswith(RESERVED_PREFIX)]


def header_problems(header: Sequence[str], file: str, place: Callable[[int], Position]) -> list[Problem]:
    """Return a problem for each column of `header` without a name or with a repeated one.

    `place` gives the line and column of the nth name.
    """
    problems = []
    seen: dict[str, int] = {}
    for n, name in enumerate(header):
        normal = normal_name(name)
        if not normal:
            todo = "give it a name, or remove the column"
            problems.append(Problem(f"column {n + 1} has no name", todo, at=Place(file, *place(n))))
        elif normal in seen:
            todo = "give one of them another name, or remove it"
            found = f"column {n + 1} has the same name as column {seen[normal] + 1}: {name.strip()!r}"
            problems.append(Problem(found, todo, at=Place(file, *place(n))))
        seen.setdefault(normal, n)
    return problems


def map_columns(source: Source, header: Sequence[str], file: str, line: int) -> tuple[ColumnMapping, list[Problem]]:
    """Return the mapping of `header` to the data set of `source`, and a problem for each column that is missing.

    A problem suggests the most similar name there is; `line` is that of the header.
    """
    there = {normal_name(name): name for name in own_columns(header)}
    data_set = DATA_SETS[source.data_set]
    # The source names its own key: the id of the data set is then made from those columns.
    derived = data_set.key[0] if source.key and data_set.key[0] not in source.key else None
    problems: list[Problem] = []
    columns: dict[str, str] = {}
    for ours, theirs in source.columns.items():
        if normal_name(theirs) in there:
            columns[ours] = there[normal_name(theirs)]
        else:
            problems.append(_missing(theirs, list(there.values()), file, line, mapped=ours))
    # A column that is already mapped is not suggested for another.
    free = {normal: name for normal, name in there.items() if name not in columns.values()}
    for column in data_set.columns:
        if column.name in source.columns or column.name in source.constants:
            continue
        if column.name in there:
            columns[column.name] = there[column.name]
        elif not column.nullable and column.name != derived:
            problems.append(_missing(column.name, list(free.values()), file, line))
    mapping = ColumnMapping(
        columns={ours: theirs for ours, theirs in columns.items() if ours in _names(source)},
        extras=_extras(source, columns, there),
        constants=dict(source.constants),
        key=source.key or data_set.key,
        derived=derived if derived not in columns and derived not in source.constants else None,
    )
    return mapping, problems + ([] if problems else _key_problems(source, mapping, file, line))


def _names(source: Source) -> set[str]:
    return {column.name for column in DATA_SETS[source.data_set].columns}


def _extras(source: Source, columns: dict[str, str], there: dict[str, str]) -> dict[str, str]:
    """Return the other columns of the extract, by the name each is kept under.

    A column whose name the data set or the bookkeeping uses is kept as extract_<name>.
    """
    ours = _names(source)
    extras = {name: theirs for name, theirs in columns.items() if name not in ours}
    for normal, theirs in there.items():
        if theirs not in columns.values():
            taken = (
                normal in ours
                or normal in BOOKKEEPING
                or normal == "is_faulty"
                or normal in extras
                or normal in source.constants
            )
            extras[f"extract_{normal}" if taken else normal] = theirs
    return extras


def _missing(name: str, candidates: list[str], file: str, line: int, *, mapped: str | None = None) -> Problem:
    normal = {normal_name(candidate): candidate for candidate in candidates}
    alike = difflib.get_close_matches(normal_name(name), normal, n=1)
    ours = mapped or name
    if alike:
        theirs = normal[alike[0]]
        todo = f"did you mean {theirs!r}? Then write `columns: {{{ours}: {theirs}}}` for this source"
    else:
        todo = f"add the column, or say in `columns:` or `constants:` of this source where {ours!r} comes from"
    return Problem(f"there is no column {name!r}", todo, at=Place(file, line))


def _key_problems(source: Source, mapping: ColumnMapping, file: str, line: int) -> list[Problem]:
    known = {*mapping.columns, *mapping.extras, *mapping.constants}
    todo = "name columns of this data set or extra columns of the extract under `{}:`"
    named = [("key", name) for name in source.key]
    named += [("repeated_keys", name) for name in (source.repeated_keys,) if name not in {REFUSE, LAST}]
    return [
        Problem(f"`{part}:` names {name!r}, which the extract does not have", todo.format(part), at=Place(file, line))
        for part, name in named
        if name not in known
    ]
