"""Terminal rendering: tables, sentences, lists of problems. Whatever they hold is made visible here, once for all."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import typer
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from pipelines.console.layout import parted, shared, whole_width, widths_of
from pipelines.console.lines import columns_in_lines, rows_in_lines
from pipelines.console.tables import to_json
from pipelines.console.visible import visible, visible_json
from schemas.errors import BooksError, Problem, StorageError, TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import JustifyMethod

    from pipelines.console.tables import Table

PAGE_WIDTH = 120
"""Columns of the page when the output goes to a file or a pipe: the same on every machine."""

_RECORD_EDGES = 4
"""Cells around both columns of a record."""

FEW = 2
"""Up to so many rows that are too wide for the page are shown as lists of names and values, also in a file."""


def page() -> Console:
    """Return a console on standard output, for tables and sentences.

    Its width is that of the terminal, or what the variable COLUMNS says.
    """
    asked = sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit()
    return Console(width=None if asked else PAGE_WIDTH, highlight=False, emoji=False)


def margin() -> Console:
    """Return a console on standard error, for problems and progress."""
    return Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)


def show(tables: Iterable[Table], *, as_json: bool = False, most: int | None = None) -> None:
    """Print `tables` one after the other, or as one JSON object; an empty one is a heading that says "none".

    People are shown the first `most` rows of a table and told how many more there are; JSON has all.
    """
    if as_json:
        _write(visible_json(to_json(tables), sys.stdout.encoding or "utf-8") + "\n")
        return
    shown = "".join(_shown(table, most) for table in tables).rstrip()
    # Rich pads every line to the full width; in files those blanks would be noise.
    _write("".join(f"{line.rstrip()}\n" for line in shown.splitlines()))


def say(sentence: str) -> None:
    """Print one sentence on a line of its own."""
    _write(f"{visible(sentence)}\n")


def confirm(question: str) -> None:
    """Ask a person, and end the command unless the answer is yes."""
    typer.confirm(visible(question), abort=True)


def write(text: str | bytes) -> None:
    """Write to standard output: text made visible, bytes as they are, but on a terminal as visible text.

    Raises:
        StorageError: it goes to a file, and the disk is full.
    """
    if isinstance(text, bytes) and sys.stdout.isatty():
        text = text.decode(errors="backslashreplace")
    _write(visible(text, in_lines=True) if isinstance(text, str) else text)


def write_exact(content: bytes, todo: str) -> None:
    """Write bytes to standard output as they are, and never to a terminal, which would obey what stands in them.

    Raises:
        TerminalError: it is a terminal; `todo` says what to type instead.
        StorageError: it goes to a file, and the disk is full.
    """
    if sys.stdout.isatty():
        found = "this holds text as it came, which a terminal could obey"
        raise TerminalError(Problem(found, todo))
    _write(content)


def _write(text: str | bytes) -> None:
    try:
        if isinstance(text, str):
            sys.stdout.write(text)
        else:
            sys.stdout.buffer.write(text)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader closed the pipe: no fault of the disk
        raise
    except OSError as error:
        found = f"the output could not be written ({error.strerror})"
        raise StorageError(Problem(found, "free disk space, or write it elsewhere")) from error


def show_problems(problems: Iterable[Problem], *, kind: str = "error") -> None:
    """Print `problems` to standard error, one per line, each with its place and what to do."""
    console = margin()
    colour = "red" if kind == "error" else "yellow"
    for problem in problems:
        console.print(f"[bold {colour}]{kind}[/]: {escape(visible(str(problem)))}")


def show_outcome(tables: Iterable[Table], problems: Sequence[Problem], *, as_json: bool) -> int:
    """Return the exit code, 7 where somebody must look at `problems`; prints what was done, and then those."""
    show(tables, as_json=as_json)
    show_problems(problems)
    return BooksError.exit_code if problems else 0


def _shown(table: Table, most: int | None) -> str:
    height = table.frame.height
    shown = height if most is None else min(height, most)
    console = page()
    with console.capture() as captured:
        _show_table(console, replace(table, frame=table.frame.head(shown)))
        if shown < height:
            console.print(f"… and {height - shown:,} more; `--json` lists all\n")
    return captured.get()


def _show_table(console: Console, table: Table) -> None:
    title = f"[bold]{escape(visible(table.title))}[/]"
    if table.frame.is_empty():
        console.print(f"{title}: none\n")
        return
    cells = [[visible(cell, in_lines=True) for cell in row] for row in table.texts()]
    names = [visible(name.replace("_", " ")) for name in table.columns]
    widths = widths_of(table, names, cells)
    is_long = table.frame.height > FEW
    if is_long and not _has_edge(console):
        # A file or pipe has no edge: its reader expects one row per line, however long.
        console.width = max(whole_width(widths.full), console.width)
    fits = whole_width(widths.full) <= console.width
    if is_long and not fits and whole_width(widths.least) <= console.width:
        console.print(_grid(table, names, cells, shared(widths, console.width - whole_width(widths.least))))
    elif (is_long or fits) and (columns := columns_in_lines(table, cells, widths.full, console.width)):
        # Most tables, and the longest: Rich takes twenty times as long for a cell of a grid.
        console.print(title)
        sides = [*zip(widths.full, table.numeric, strict=True)]
        for line in rows_in_lines(names, cells, columns, sides, console.width):
            console.print(line)
    elif fits:
        console.print(_grid(table, names, cells, widths.full))
    else:
        console.print(title)
        for record in _records(names, cells, console.width):
            console.print(record)


def _has_edge(console: Console) -> bool:
    return console.is_terminal or "COLUMNS" in os.environ


def _grid(table: Table, names: Sequence[str], cells: Sequence[Sequence[str]], widths: Sequence[int]) -> Grid:
    grid = Grid(
        title=escape(visible(table.title)),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for name, is_figure, width in zip(names, table.numeric, widths, strict=True):
        justify: JustifyMethod = "right" if is_figure else "left"
        grid.add_column(escape(name), justify=justify, overflow="fold", width=width)
    for row in cells:
        grid.add_row(*map(escape, row))
    return grid


def _records(names: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> Iterator[Grid]:
    room = width - max(map(cell_len, names)) - _RECORD_EDGES
    for row in cells:
        record = Grid(box=None, show_header=False, pad_edge=True)
        record.add_column(style="dim", no_wrap=True)
        record.add_column(overflow="fold")
        for name, cell in zip(names, row, strict=True):
            if cell:
                record.add_row(escape(name), escape(parted(cell, room)))
        record.add_section()
        yield record
        yield Grid()
