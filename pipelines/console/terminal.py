"""Terminal rendering: tables, lists of problems, progress bars. Without a terminal, plain text and no bars."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, SpinnerColumn, TaskID, TextColumn
from rich.table import Table as Grid
from rich.text import Text

from pipelines.console.layout import parted, shared, whole_width, widths_of
from pipelines.console.stage_progress import Silent
from pipelines.console.tables import to_json
from schemas.errors import Problem, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import JustifyMethod
    from rich.progress import Task

    from pipelines.console.stage_progress import Progress as Listener
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


def show(tables: Iterable[Table], *, as_json: bool = False) -> None:
    """Print `tables` one after the other, or as one JSON object; an empty one is a heading that says "none"."""
    if as_json:
        write(f"{to_json(tables)}\n")
        return
    shown = "".join(map(_shown, tables)).rstrip()
    # Rich pads every line to the full width; in files those blanks would be noise.
    write("".join(f"{line.rstrip()}\n" for line in shown.splitlines()))


def write(text: str | bytes) -> None:
    """Write to standard output: text in the terminal's encoding, bytes as they are.

    Raises:
        StorageError: it goes to a file, and the disk is full.
    """
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
        console.print(f"[bold {colour}]{kind}[/]: {escape(str(problem))}")


@contextmanager
def progress() -> Iterator[Listener]:
    """Start progress bars on standard error, or none if that is not a terminal."""
    if not sys.stderr.isatty():
        yield Silent()
        return
    with Bars() as bars:
        yield bars


class Bars:
    """Progress bars: one per stage with what is done, how fast, and how long it took."""

    def __init__(self) -> None:
        """Prepare the bars; they appear inside a `with`."""
        self._display = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description:<10}"),
            BarColumn(),
            MofNCompleteColumn(),
            RateColumn(),
            TextColumn("{task.elapsed:.1f} s"),
            console=margin(),
            transient=True,
        )
        self._current: TaskID | None = None

    def __enter__(self) -> Self:
        """Start the display, and return this object."""
        self._display.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the display; the bars disappear."""
        self._display.stop()

    def start(self, stage: str, total: int | None) -> None:
        """Start a bar for `stage`; it moves to and fro while `total` is unknown."""
        self._current = self._display.add_task(stage, total=total)

    def advance(self, n: int) -> None:
        """Move the bar by `n`."""
        if self._current is not None:
            self._display.advance(self._current, n)

    def end(self) -> None:
        """End the bar: fill it and stop its clock."""
        if self._current is None:
            return
        done = self._display.tasks[self._current].completed
        # A bar of total 0 would be drawn as empty rather than done.
        self._display.update(self._current, total=max(done, 1), completed=max(done, 1))
        self._display.stop_task(self._current)
        self._current = None


class RateColumn(ProgressColumn):
    """The column with the rate per second."""

    def render(self, task: Task) -> Text:
        """Return the rate of `task`; empty while it is unknown."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", style="progress.data.speed")


def _shown(table: Table) -> str:
    console = page()
    with console.capture() as captured:
        _show_table(console, table)
    return captured.get()


def _show_table(console: Console, table: Table) -> None:
    title = f"[bold]{escape(table.title)}[/]"
    if table.frame.is_empty():
        console.print(f"{title}: none\n")
        return
    cells = table.texts()
    widths = widths_of(table, cells)
    is_long = table.frame.height > FEW
    if whole_width(widths.full) <= console.width or (is_long and not _has_edge(console)):
        # A file or pipe has no edge: its reader expects one row per line, however long.
        console.width = max(whole_width(widths.full), console.width)
        console.print(_grid(table, cells, widths.full))
    elif is_long and whole_width(widths.least) <= console.width:
        console.print(_grid(table, cells, shared(widths, console.width - whole_width(widths.least))))
    else:
        console.print(title)
        for record in _records(table, cells, console.width):
            console.print(record)


def _has_edge(console: Console) -> bool:
    return console.is_terminal or "COLUMNS" in os.environ


def _grid(table: Table, cells: Sequence[Sequence[str]], widths: Sequence[int]) -> Grid:
    grid = Grid(title=table.title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name, is_figure, width in zip(table.columns, table.numeric, widths, strict=True):
        justify: JustifyMethod = "right" if is_figure else "left"
        grid.add_column(name.replace("_", " "), justify=justify, overflow="fold", width=width)
    for row in cells:
        grid.add_row(*map(escape, row))
    return grid


def _records(table: Table, cells: Sequence[Sequence[str]], width: int) -> Iterator[Grid]:
    names = [name.replace("_", " ") for name in table.columns]
    room = width - max(map(cell_len, names)) - _RECORD_EDGES
    for row in cells:
        record = Grid(box=None, show_header=False, pad_edge=True)
        record.add_column(style="dim", no_wrap=True)
        record.add_column(overflow="fold")
        for name, cell in zip(names, row, strict=True):
            if cell:
                record.add_row(name, escape(parted(cell, room)))
        record.add_section()
        yield record
        yield Grid()
