"""Headers: which columns of a file are read, which are left out, and which stop it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.sources.column_mapping import named_columns, normal_name
from schemas.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemas.source import Source

    Position = tuple[int, int]


@dataclass(frozen=True)
class Header:
    """The columns of a table: `names` and `positions` of those that are read, and all there are (`width`).

    `unnamed`: the positions of columns without a name, which must be empty; `places`: line and column of every name.
    """

    names: list[str]
    positions: list[int]
    width: int
    unnamed: list[int]
    places: list[Position]


def read_header(
    cells: Sequence[str], source: Source, *, file: str, place: Callable[[int], Position]
) -> tuple[Header, list[Problem]]:
    """Return the columns to be read, and a problem for each name that is there twice and needed.

    A column that is ignored, without a name, or there twice and needed by nobody is left out. `place` gives the line
    and column of the nth name.
    """
    normal = [normal_name(cell) for cell in cells]
    ignored = {normal_name(name) for name in source.ignore}
    twice = {name for name, count in Counter(normal).items() if count > 1 and name not in {"", *ignored}}
    needed = twice & named_columns(source)
    problems = []
    for n, name in enumerate(normal):
        first = normal.index(name)
        if name in needed and n > first:
            found = f"column {n + 1} has the same name as column {first + 1}: {cells[n].strip()!r}"
            todo = "give one of them another name, or remove it"
            problems.append(Problem(found, todo, at=Place(file, *place(n))))
    kept = [n for n, name in enumerate(normal) if name and name not in ignored and name not in twice - needed]
    header = Header(
        names=[cells[n] for n in kept],
        positions=kept,
        width=len(cells),
        unnamed=[n for n, name in enumerate(normal) if not name and name not in ignored],
        places=[place(n) for n in range(len(cells))],
    )
    return header, problems


def unnamed_problem(header: Header, position: int, *, file: str, line: int, value: str) -> Problem:
    """Return the problem of a column without a name that holds something."""
    found = f"column {position + 1} has no name, but holds {value!r} in line {line}"
    return Problem(
        found,
        'give it a name, export without it, or say `ignore: [""]` for its source',
        at=Place(file, *header.places[position]),
    )
