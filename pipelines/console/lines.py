"""Tables in lines of text: one a row, and where the page is too narrow two, what is not compared standing below."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.padding import Padding
from rich.text import Text

from pipelines.console.layout import parted, whole_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from pipelines.console.tables import Table

_GAP, _EDGE, _BELOW = "   ", " ", 3
"""What is between two columns and before the first, and how far in a line below its row begins."""

_BETWEEN = " · "


class Columns(NamedTuple):
    """The columns of a table by number: told once above it, side by side, and below each row."""

    above: list[int]
    beside: list[int]
    below: list[int]


def columns_in_lines(table: Table, cells: Sequence[Sequence[str]], full: Sequence[int], width: int) -> Columns | None:
    """Return which columns stand where so that a table fits into `width`; None if it cannot, or cells have lines.

    `full`: the width of each column. In a table that is too wide, what is the same in every row is told once. The
    widest texts are the first to go below their row: figures are read against those above and below them.
    """
    if any("\n" in cell for row in cells for cell in row):
        return None
    if whole_width(full) <= width:
        return Columns([], [*range(len(full))], [])
    above = [n for n in range(1, len(full)) if len({row[n] for row in cells}) == 1]
    beside = [n for n in range(len(full)) if n not in above]
    below: list[int] = []
    while whole_width([full[n] for n in beside]) > width:
        movable = beside[1:]
        if not movable:
            return None
        texts = [n for n in movable if not table.numeric[n]]
        moved = max(texts, key=full.__getitem__) if texts else movable[-1]
        beside.remove(moved)
        below.append(moved)
    return Columns(above, beside, sorted(below))


def rows_in_lines(
    names: Sequence[str],
    cells: Sequence[Sequence[str]],
    columns: Columns,
    sides: Sequence[tuple[int, bool]],
    width: int,
) -> Iterator[RenderableType]:
    """Yield the lines of a table; `names` and `cells` are visible text, `columns` what `columns_in_lines` gave.

    `sides`: of each column its width, and whether it holds figures, which are aligned on the right.
    """

    def beside(row: Sequence[str]) -> str:
        return _EDGE + _GAP.join(_filled(row[n], *sides[n]) for n in columns.beside)

    def told(row: Sequence[str], which: Sequence[int]) -> Iterator[RenderableType]:
        if text := _told([(names[n], row[n]) for n in which if row[n]], width - _BELOW):
            yield Padding(text, (0, 0, 0, _BELOW))

    yield from told(cells[0], columns.above)
    yield Text()
    yield Text(beside(names), style="bold")
    yield Text(_EDGE + "─" * (len(beside(names)) - len(_EDGE)))
    for row in cells:
        yield Text(beside(row))
        yield from told(row, columns.below)
    yield Text()


def _told(named: Sequence[tuple[str, str]], width: int) -> Text:
    """Return names and values in lines; one that fits into a line is not parted."""
    lines: list[Text] = []
    for name, value in named:
        # A long value begins behind its name.
        item = Text.assemble((name, "dim"), " ", parted(value, width - cell_len(name) - 1))
        if lines and lines[-1].cell_len + len(_BETWEEN) + item.cell_len <= width:
            lines[-1].append(_BETWEEN).append_text(item)
        else:
            lines.append(item)
    return Text("\n", overflow="fold").join(lines)


def _filled(cell: str, width: int, is_figure: bool) -> str:  # noqa: FBT001  # one of the sides
    blanks = " " * (width - cell_len(cell))
    return blanks + cell if is_figure else set_cell_size(cell, width)
