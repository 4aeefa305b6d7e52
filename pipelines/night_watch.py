"""The watch beside a schedule: it says when the next run is due, and notices one that did not start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from schemas.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

GRACE = timedelta(minutes=3)
"""How long after it was due a run may start: work is asked for every ten seconds, and a busy machine takes longer."""

CHECK_SECONDS = 5.0
"""Seconds between two looks at the clock. The wall clock, since a machine that slept must notice what it missed."""


@dataclass(frozen=True)
class NightWatch:
    """A watch over a schedule. Instants have a zone.

    next_due: returns the first instant after the given one at which a run is due. why_not_started: returns why the run
    that was due then has not started, "" if it has. say, warn: show a sentence or a problem to people. clock: returns
    this instant.
    """

    next_due: Callable[[datetime], datetime]
    why_not_started: Callable[[datetime], str]
    say: Callable[[str], None]
    warn: Callable[[Problem], None]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def keep(self, ended: Event) -> None:
        """Watch until `ended` is set."""
        due = self._announce()
        while not ended.wait(CHECK_SECONDS):
            due = self.look(due)

    def look(self, due: datetime) -> datetime:
        """Return the due instant to watch next; before, tell of `due` if its time is over and nothing has started.

        After a long sleep only the first of the runs that were missed is told, and the watch goes on from now.
        """
        latest = self.clock() - GRACE
        if latest < due:
            return due
        if why := self.why_not_started(due):
            found = f"the run due on {_shown(due)} has not started: {why}"
            todo = f"`rebatch run --as-of {due.date()}` brings the books to that day; see that the next one starts"
            self.warn(Problem(found, todo))
        self._announce()
        return self.next_due(max(due, latest))

    def _announce(self) -> datetime:
        due = self.next_due(self.clock())
        self.say(f"the next run is due on {_shown(due)}")
        return due


def _shown(due: datetime) -> str:
    return f"{due:%A %Y-%m-%d %H:%M} {due.tzname()}"
