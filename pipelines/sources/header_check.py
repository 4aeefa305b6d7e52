"""Header checks: the header of a CSV file fits its source, or what is wrong with it is named."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from pipelines.sources.column_mapping import map_columns
from pipelines.sources.header import read_header
from schemas.errors import ExtractError, Place, Problem

if TYPE_CHECKING:
    from pipelines.sources.header import Header
    from schemas.source import Source

_DELIMITERS = ",;\t|"


def _fitted(cells: list[str], following: list[list[str]]) -> list[str]:
    """Return the header as wide as the first record, where only one of them ends with delimiters."""
    first = next((record for record in following if record), cells)
    surplus = cells[len(first) :] + first[len(cells) :]
    if any(cell.strip() for cell in surplus):
        return cells
    return [*cells, *first[len(cells) :]][: len(first)]


def check_header(cells: list[str], text: str, following: list[list[str]], *, source: Source, file: str) -> Header:
    """Return the header of a CSV file, as wide as the records that are `following`; `text` is its line.

    Raises:
        ExtractError: columns are missing or repeated, each named with its place; or the one option that finds them all.
    """
    cells = _fitted(cells, following)
    line = 1 + (source.skip_lines or 0)
    starts: list[int] = []
    after = 0
    for name in cells:
        # The names were unquoted by the CSV reader, so one may not be found as it is: then the place is where the last
        # one ended.
        starts.append(max(text.find(name, after), after))
        after = starts[-1] + len(name) + 1
    header, problems = read_header(cells, source, file=file, place=lambda n: (line, starts[n] + 1))
    problems += map_columns(source, header.names, file, line)[1]
    if problems:
        raise ExtractError(*(_misread(text, following, source, (file, line)) or problems))
    return header


def _misread(text: str, following: list[list[str]], source: Source, at: tuple[str, int]) -> list[Problem]:
    """Return the one option that would find all columns: lines to skip, or another delimiter; nothing if none does."""
    file, line = at
    if below := _header_below(following, source):
        return [_not_the_header(file, line, below)]
    for delimiter in _DELIMITERS.replace(source.delimiter, ""):
        cells = next(csv.reader([text.rstrip("\r\n")], delimiter=delimiter), [])
        if _is_header(cells, source):
            found = f"the names of the columns are not separated by {source.delimiter!r} but by {delimiter!r}"
            written = '"\\t"' if delimiter == "\t" else f'"{delimiter}"'
            return [Problem(found, f"say `delimiter: {written}` for its source", at=Place(file, line))]
    return []


def _is_header(cells: list[str], source: Source) -> bool:
    """Return whether these are the names of all columns that `source` needs."""
    header, problems = read_header(cells, source, file="", place=lambda _: (0, 0))
    return not problems and not map_columns(source, header.names, "", 0)[1]


def _header_below(following: list[list[str]], source: Source) -> int:
    """Return how many records below the header a record has all the columns of `source`; 0 if none has."""
    for n, cells in enumerate(following, 1):
        if _is_header(cells, source):
            return n
    return 0


def _not_the_header(file: str, line: int, below: int) -> Problem:
    found = f"line {line} does not look like the header; line {line + below} does"
    return Problem(found, f"say `skip_lines: {line + below - 1}` for its source", at=Place(file, line))
