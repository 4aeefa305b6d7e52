"""Progress bars in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, SpinnerColumn, TaskID, TextColumn
from rich.text import Text

from pipelines.console.terminal import margin

if TYPE_CHECKING:
    from rich.progress import Task


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
