"""The panel of a member for a terminal of eighty columns: lines, bars, and what was bought as a row of blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from reports.page.language import SOURCE, Language
from rules.money import MINOR_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from reports.panel.panel import Open, Panel

WIDTH = 80
BLOCKS = "·▁▂▃▄▅▆▇█"
_BAR = 20
_HUNDRED = 100
_INDENT = "  "


class _AsTyped(Language):
    """English with days and periods as commands take them: 2026-12-31, 2026-Q4."""

    def day(self, day: date) -> str:
        """Return a date as ISO 8601 writes it."""
        return day.isoformat()

    def month(self, period: str) -> str:
        """Return a month by its id."""
        return period

    def period(self, period: str) -> str:
        """Return a period by its id."""
        return period


TERMINAL = _AsTyped(SOURCE, MINOR_UNITS)
"""The language of a panel in a terminal."""


def panel_text(panel: Panel) -> str:
    """Return the panel as lines of at most WIDTH cells."""
    console = Console(width=WIDTH)
    lines = [line for each in _lines(panel) for line in _wrapped(console, each)]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _lines(panel: Panel) -> Iterator[str]:
    yield _both_ends(f"{panel.member_id}  {panel.name}", panel.as_of)
    for each in panel.series:
        yield f"Bought  {spark(each.heights)}  {each.span}: {each.total}"
        yield f"{_INDENT}{each.of_last}"
    yield from ("", panel.year)
    for year in panel.year_ends:
        yield _INDENT + _both_ends(
            ", ".join(filter(None, (year.projected, year.between))), year.earned, WIDTH - len(_INDENT)
        )
    yield from (f"{_INDENT}{line}" for line in panel.method)
    yield from ("", f"Open periods{_none(panel.open)}")
    for rebate in panel.open:
        yield from _open(rebate)
    if panel.eligible:
        yield from ("", "Open periods in which nothing was counted yet")
        yield from (f"{_INDENT}{_both_ends(what, when, WIDTH - len(_INDENT))}" for what, when in panel.eligible)
    for heading, rows in (("Closed periods of this year", panel.closed), ("Open payouts", panel.payouts)):
        yield from ("", f"{heading}{_none(rows)}")
        yield from (f"{_INDENT}{_both_ends(f'{what} · {when} · {how}', amount, WIDTH - len(_INDENT))}"
                    for what, when, how, amount in rows)  # fmt: skip
    for heading, notes in (("Visits", panel.visits), ("Open tasks", panel.tasks)):
        yield from ("", f"{heading}{_none(notes)}")
        yield from (f"{_INDENT}{when}  {what} · {more}" for when, what, more in notes)


def spark(heights: Iterable[int]) -> str:
    """Return a row of blocks, each of a height from 0 to 8."""
    return "".join(BLOCKS[height] for height in heights)


def bar(percent: int) -> str:
    """Return a bar of twenty cells, as many filled as `percent` is of a hundred."""
    filled = _BAR * percent // _HUNDRED
    return "█" * filled + "░" * (_BAR - filled)


def _open(rebate: Open) -> Iterator[str]:
    yield _INDENT + _both_ends(rebate.title, f"{rebate.period} {rebate.until}", WIDTH - len(_INDENT))
    if rebate.program != rebate.title:
        yield f"{_INDENT * 2}{rebate.program}"
    start = f"{bar(rebate.percent)} " if rebate.percent is not None else ""
    yield f"{_INDENT * 2}{start}{rebate.tier}: {rebate.way}{f', {rebate.brings}' if rebate.brings else ''}"
    yield f"{_INDENT * 2}{rebate.earned}, {rebate.projected}"
    yield f"{_INDENT * 2}{rebate.explain}"


def _none(rows: object) -> str:
    return "" if rows else ": none"


def _both_ends(left: str, right: str, width: int = WIDTH) -> str:
    """Return two texts at both ends of a line, or one after the other where they do not fit."""
    blanks = width - cell_len(left) - cell_len(right)
    return f"{left}{' ' * blanks}{right}" if blanks > 1 else f"{left}  {right}"


def _wrapped(console: Console, line: str) -> Iterator[str]:
    """Yield the parts of a line that is too long, all but the first indented."""
    if cell_len(line) <= WIDTH:
        yield line
        return
    indent = " " * (len(line) - len(line.lstrip()) + len(_INDENT))
    first, *rest = Text(line.lstrip()).wrap(console, WIDTH - len(indent))
    yield indent[len(_INDENT) :] + first.plain
    yield from (indent + part.plain for part in rest)
