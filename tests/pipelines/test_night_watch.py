"""The watch beside a schedule: what is due is said, what has not started is told, and nothing else is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from pipelines import night_watch
from pipelines.night_watch import GRACE, NightWatch
from pipelines.serving import checked_schedule
from schemas.errors import TerminalError

if TYPE_CHECKING:
    from schemas.errors import Problem

BERLIN = ZoneInfo("Europe/Berlin")
EVENING = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 29, 1, 30, tzinfo=BERLIN)
SECOND = timedelta(seconds=1)


@dataclass
class Night:
    """A clock that is set by hand, a server that answers what it is told to, and everything that was shown."""

    now: datetime = EVENING
    answer: str = ""
    asked: list[datetime] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    warned: list[Problem] = field(default_factory=list)

    def watch(self, cron: str = "30 1 * * *") -> NightWatch:
        schedule = checked_schedule(cron, "Europe/Berlin")
        return NightWatch(schedule.next_due, self._why, self.said.append, self.warned.append, lambda: self.now)

    def _why(self, due: datetime) -> str:
        self.asked.append(due)
        return self.answer


def test_a_run_that_started_is_no_news() -> None:
    night = Night()
    watch = night.watch()
    for night.now in (NIGHT - SECOND, NIGHT + GRACE - SECOND):
        assert watch.look(NIGHT) == NIGHT
    assert night.asked == []
    night.now = NIGHT + GRACE
    assert watch.look(NIGHT) == NIGHT + timedelta(days=1)
    assert (night.asked, night.warned) == ([NIGHT], [])
    assert night.said == ["the next run is due on Monday 2026-11-30 01:30 CET"]


def test_a_run_that_did_not_start_is_told_once() -> None:
    night = Night(now=NIGHT + GRACE, answer="the server holds no such run")
    watch = night.watch()
    watch.look(watch.look(NIGHT))
    [problem] = night.warned
    assert problem.found == ("the run due on Sunday 2026-11-29 01:30 CET has not started: the server holds no such run")
    assert "`rebatch run --as-of 2026-11-29`" in problem.todo


def test_a_machine_that_slept_is_told_what_it_missed_and_goes_on_from_now() -> None:
    night = Night(now=NIGHT + timedelta(days=3), answer="Late")
    watch = night.watch()
    due = watch.look(NIGHT)
    assert (len(night.warned), due) == (1, NIGHT + timedelta(days=3))
    assert watch.look(due) == due


def test_every_run_of_a_schedule_of_every_minute_is_watched() -> None:
    night = Night()
    watch = night.watch("* * * * *")
    due = watch.next_due(NIGHT)
    for minute in range(10):
        night.now = NIGHT + GRACE + minute * timedelta(minutes=1) + SECOND
        due = watch.look(due)
    assert night.asked == [NIGHT + minute * timedelta(minutes=1) for minute in range(1, 10)]


def test_the_zone_of_the_schedule_counts_when_clocks_are_changed() -> None:
    schedule = checked_schedule("30 1 * * *", "Europe/Berlin")
    summer = schedule.next_due(datetime(2026, 10, 24, 12, tzinfo=UTC))
    winter = schedule.next_due(summer)
    assert [due.astimezone(UTC).hour for due in (summer, winter)] == [23, 0]
    assert [due.strftime("%d %H:%M") for due in (summer, winter)] == ["25 01:30", "26 01:30"]


def test_it_watches_until_it_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(night_watch, "CHECK_SECONDS", 0.001)
    night, ended, has_warned = Night(answer="Late"), Event(), Event()
    watch = night.watch()
    warn = night.warned.append

    def _warn(problem: Problem) -> None:
        warn(problem)
        has_warned.set()

    watch = NightWatch(watch.next_due, watch.why_not_started, watch.say, _warn, watch.clock)
    keeping = Thread(target=watch.keep, args=(ended,))
    keeping.start()
    night.now = NIGHT + GRACE
    assert has_warned.wait(10)
    ended.set()
    keeping.join(10)
    assert not keeping.is_alive()
    assert night.said[0] == "the next run is due on Sunday 2026-11-29 01:30 CET"


@pytest.mark.parametrize(("cron", "zone"), [("nonsense", "UTC"), ("* * * *", "UTC"), ("0 2 * * *", "Mars/Base")])
def test_a_schedule_that_cannot_be_understood_is_refused(cron: str, zone: str) -> None:
    with pytest.raises(TerminalError, match=r"not known|cannot be understood"):
        checked_schedule(cron, zone)
