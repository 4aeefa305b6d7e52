"""Column mapping: which column of an extract becomes which column of the data set, and problems of its header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.catalogue import BOOKKEEPING, DATA_SETS, RESERVED_PREFIX
from schemas.errors import Place, Problem
from schemas.source_files import LAST, REFUSE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemas.source import Source

REJECT_ID = f"{RESERVED_PREFIX}reject_id"
"""The column in which a corrected row names the reject it resolves."""


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

    def there(self, ignored: Iterable[str]) -> set[str]:
        """Return the columns that rows get, and those that are `ignored`, whether the extract has them or not."""
        made = {self.derived} if self.derived else set()
        return {*self.columns, *self.extras, *self.constants, *made, *map(normal_name, ignored)}


def normal_name(name: str) -> str:
    """Return a column name in the form in which names are compared: trimmed, lower case, `_` for blanks."""
    return "_".join(name.strip().casefold().split())


def own_columns(header: Sequence[str]) -> list[str]:
    """Return the columns of `header` that are the extract's own, not those Rebatch adds to a file of rejects."""
    return [name for name in header if not normal_name(name).startswith(RESERVED_PREFIX)]


def named_columns(source: Source) -> set[str]:
    """Return the names, in normal form, of the extract's columns that `source` speaks of."""
    ours = {column.name for column in DATA_SETS[source.data_set].columns} - {*source.columns, *source.constants}
    spoken_of = {*source.key, *source.signs, *source.values, *source.whole_numbers} - source.columns.keys()
    footer = set(source.footer) - source.columns.keys() if isinstance(source.footer, dict) else set()
    return {normal_name(name) for name in (*ours, *spoken_of, *footer, *source.columns.values(), REJECT_ID)}


def map_columns(source: Source, header: Sequence[str], file: str, line: int) -> tuple[ColumnMapping, list[Problem]]:
    """Return the mapping of `header` to the data set of `source`, and a problem for each column that is missing.

    A problem suggests the most similar name there is; `line` is that of the header.
    """
    there = dict(zip(source.path_columns, source.path_columns, strict=True)) | {
        normal_name(name): name for name in own_columns(header)
    }
    data_set = DATA_SETS[source.data_set]
    # The source names its own key: the id of the data set is then made from those columns.
    derived = data_set.key[0] if source.key and data_set.key[0] not in source.key else None
    problems: list[Problem] = []
    columns: dict[str, str] = {}
    for ours, theirs in source.columns.items():
        if normal_name(theirs) in there:
            columns[ours] = there[normal_name(theirs)]
        else:
            problems.append(_missing(theirs, _free(source, there, columns), file, line, mapped=ours))
    for column in data_set.columns:
        if column.name in source.columns or column.name in source.constants:
            continue
        if column.name in there:
            columns[column.name] = there[column.name]
        elif not column.nullable and column.name != derived:
            problems.append(_missing(column.name, _free(source, there, columns), file, line))
    mapping = ColumnMapping(
        columns={ours: theirs for ours, theirs in columns.items() if ours in _names(source)},
        extras=_extras(source, columns, there),
        constants=dict(source.constants),
        key=source.key or data_set.key,
        derived=derived if derived not in columns and derived not in source.constants else None,
    )
    return mapping, problems + ([] if problems else _unknown_names(source, mapping, file, line))


def _free(source: Source, there: dict[str, str], columns: dict[str, str]) -> list[str]:
    """Return the columns of the extract that are neither ours by name nor taken."""
    taken = {normal_name(theirs) for theirs in (*columns.values(), *source.columns.values())}
    return [name for normal, name in there.items() if normal not in taken | _names(source)]


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
    """Return the problem of a column that is not there; a name is suggested only if it can be nothing but a slip."""
    alike = [candidate for candidate in candidates if _letters(candidate) == _letters(name)]
    ours = mapped or name
    if len(alike) == 1:
        todo = f"did you mean {alike[0]!r}? Then write `columns: {{{ours}: {alike[0]}}}` for this source"
    else:
        free = ", ".join(repr(candidate.strip()) for candidate in candidates[:_SHOWN])
        more = ", ..." if len(candidates) > _SHOWN else ""
        there = f"; not used yet: {free}{more}" if free else ""
        todo = f"add the column, or say in `columns:` or `constants:` of this source where {ours!r} comes from{there}"
    return Problem(f"there is no column {name!r}", todo, at=Place(file, line))


_SHOWN = 8


def _letters(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _unknown_names(source: Source, mapping: ColumnMapping, file: str, line: int) -> list[Problem]:
    known = {*mapping.columns, *mapping.extras, *mapping.constants}
    footer = list(source.footer) if isinstance(source.footer, dict) else []
    versions = [source.repeated_keys] if source.repeated_keys not in {REFUSE, LAST} else []
    parts = {"key": source.key, "signs": source.signs, "footer": footer, "repeated_keys": versions}
    return [
        Problem(
            f"`{part}:` names {name!r}, which the extract does not have",
            f"name columns of this data set or extra columns of the extract under `{part}:`",
            at=Place(file, line),
        )
        for part, names in parts.items()
        for name in names
        if name not in known
    ]
