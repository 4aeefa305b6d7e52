"""The layout of a table: how wide its columns are, and where a line may end without breaking a figure or an id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.console.tables import Table

_GAP, _EDGES = 3, 2
"""Cells between two columns of a table, and at its sides."""

_CELL = re.compile(r"[^,;|]*[,;|]?")
"""A cell of a row of an extract, with what ends it: such rows have no blanks at which a line could end."""


class Widths(NamedTuple):
    """The width of each column of a table: of its longest cell, and of what must not be broken in it."""

    full: list[int]
    least: list[int]


def widths_of(table: Table, names: Sequence[str], cells: Sequence[Sequence[str]]) -> Widths:
    """Return the widths at which no cell is wrapped, and those at which no figure, date, id or word is broken."""
    full = [cell_len(name) for name in names]
    least = [max(map(cell_len, name.split(" "))) for name in names]
    for row in cells:
        for n, (cell, is_whole) in enumerate(zip(row, table.unbroken, strict=True)):
            full[n] = max(full[n], cell_len(cell))
            least[n] = max(least[n], *map(cell_len, [cell] if is_whole else cell.split()), 0)
    return Widths(full, least)


def whole_width(widths: Sequence[int]) -> int:
    """Return the width of a table with columns of these widths."""
    return sum(widths) + _GAP * (len(widths) - 1) + _EDGES


def shared(widths: Widths, spare: int) -> list[int]:
    """Return the least widths with `spare` shared among the columns that want more."""
    wanted = [full - least for full, least in zip(*widths, strict=True)]
    return [least + spare * want // sum(wanted) for least, want in zip(widths.least, wanted, strict=True)]


def parted(text: str, width: int) -> str:
    """Return a text whose words longer than `width` are ended, line by line, behind a comma, semicolon or bar."""
    return " ".join(word if cell_len(word) <= width else _lines(word, width) for word in text.split(" "))


def _lines(word: str, width: int) -> str:
    lines = [""]
    for cell in _CELL.findall(word):
        if lines[-1] and cell_len(lines[-1]) + cell_len(cell) > width:
            lines.append("")
        lines[-1] += cell
    return "\n".join(lines)
