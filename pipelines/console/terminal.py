"""Terminal rendering: tables, lists of problems, progress bars. Without a terminal, plain text and no bars."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, SpinnerColumn, TaskID, TextColumn
from rich.table import Table as Grid
from rich.text import Text

from pipelines.console.stage_progress import Silent
from pipelines.console.tables import to_json
from schemas.errors import Problem, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.progress import Task

    from pipelines.console.stage_progress import Progress as Listener
    from pipelines.console.tables import Table

PAGE_WIDTH = 120
"""Columns of the page when the output goes to a file or a pipe: the same on every machine."""

# Columns, more than any table needs: the width at which a table's natural width is measured.
_ENDLESS = 10_000

FEW = 2
"""Up to so many rows that are too wide for the page are shown as lists of names and values."""


def page() -> Console:
    """Return a console on standard output, for tables and sentences."""
    return Console(width=None if sys.stdout.isatty() else PAGE_WIDTH, highlight=False, emoji=False)


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
    grid = _grid(table)
    width = Measurement.get(console, console.options.update(max_width=_ENDLESS), grid).maximum
    if width <= console.width:
        console.print(grid)
    elif table.frame.height <= FEW:
        console.print(title)
        for record in _records(table):
            console.print(record)
    else:
        # A file or pipe has no edge: its reader expects one row per line, however long.
        console.width = console.width if console.is_terminal else width
        console.print(grid)


def _grid(table: Table) -> Grid:
    grid = Grid(title=table.title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name, is_figure in zip(table.frame.columns, table.numeric, strict=True):
        grid.add_column(name.replace("_", " "), justify="right" if is_figure else "left", overflow="fold")
    for cells in table.texts():
        grid.add_row(*map(escape, cells))
    return grid


def _records(table: Table) -> Iterator[Grid]:
    names = [name.replace("_", " ") for name in table.frame.columns]
    for cells in table.texts():
        record = Grid(box=None, show_header=False, pad_edge=True)
        record.add_column(style="dim")
        record.add_column(overflow="fold")
        for name, cell in zip(names, cells, strict=True):
            if cell:
                record.add_row(name, escape(cell))
        record.add_section()
        yield record
        yield Grid()
