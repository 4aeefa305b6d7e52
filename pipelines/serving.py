"""The nightly flow on a schedule of its own: served by this process, and watched by it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
)
from prefect.runner import Runner
from prefect.schedules import Cron
from prefect.server.schemas.schedules import CronSchedule
from prefect.settings import PREFECT_API_URL
from prefect.types.entrypoint import EntrypointType

from pipelines.console.terminal import say, show_problems
from pipelines.flows import nightly, server_on
from pipelines.night_watch import NightWatch
from pipelines.workspace.configuration import VARIABLE
from schemas.errors import Problem, TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY_FILE = "prefect-{port}.key"
"""The name of the private file in the workspace that holds the key of the server while it runs."""
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Schedule:
    """When runs are due: a cron line, and the zone in which it is meant."""

    cron: str
    timezone: str

    def next_due(self, after: datetime) -> datetime:
        """Return the first instant after `after` at which a run is due, by the computation of Prefect's scheduler."""
        dates = CronSchedule(cron=self.cron, timezone=self.timezone).get_dates(1, start=after + _SECOND)
        with ThreadPoolExecutor(1) as apart:  # a thread of its own: this one may be running an event loop already
            first = apart.submit(asyncio.run, dates).result()[0]
        return datetime.fromisoformat(first.isoformat()).astimezone(ZoneInfo(self.timezone))


def checked_schedule(cron: str, timezone: str) -> Schedule:
    """Return the schedule.

    Raises:
        TerminalError: the cron line or the zone cannot be understood.
    """
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:
        todo = "name one as the IANA does, such as Europe/Berlin or Asia/Tokyo"
        raise TerminalError(Problem(f"the time zone {timezone!r} is not known", todo)) from error
    try:
        Cron(cron, timezone=timezone)
    except ValueError as error:
        todo = 'write minute, hour, day, month and weekday, such as "30 1 * * *"'
        raise TerminalError(Problem(f"the cron line {cron!r} cannot be understood", todo)) from error
    return Schedule(cron, timezone)


def serve(root: Path, schedule: Schedule, *, port: int) -> None:
    """Run the flow on the workspace in `root` on `schedule`, until this process is ended.

    The deployment holds no path of this machine: the folder reaches the runs through the environment. Where no Prefect
    server is configured, one is started on `port`, closed to who has not its key. The process says when the next run
    is due, and tells it on standard error if a run that was due has not started.

    Raises:
        ServerError: the server did not start.
    """
    os.environ[VARIABLE] = str(root)
    # Prefect 3.8 does not await this coroutine when it is stopped; the warning is no concern of the user.
    warnings.filterwarnings("ignore", message="coroutine 'Runner.astop' was never awaited")
    # Two workspaces on one server must not take each other's runs.
    name = f"every-night-{hashlib.sha256(os.fsencode(root)).hexdigest()[:8]}"
    key_file = root / KEY_FILE.format(port=port)
    with server_on(port, key_file=key_file):
        page = (PREFECT_API_URL.value() or "").removesuffix("/api")
        _say(f"serving {root.name} by the cron line {schedule.cron!r} in {schedule.timezone}, shown at {page}")
        if key_file.exists():
            _say(f"the page asks for the key in {key_file}")
        with _watched(schedule, name), _stopped_in_our_words():
            nightly.serve(
                name=name,
                schedule=Cron(schedule.cron, timezone=schedule.timezone),
                parameters={"timezone": schedule.timezone},
                entrypoint_type=EntrypointType.MODULE_PATH,
                print_starting_message=False,
                # Two runs of one workspace would only wait for each other's lock.
                limit=1,
            )


@contextmanager
def _watched(schedule: Schedule, name: str) -> Iterator[None]:
    watch = NightWatch(
        next_due=schedule.next_due,
        why_not_started=lambda due: why_not_started(name, due),
        say=_say,
        warn=lambda problem: show_problems([problem]),
    )
    ended = Event()
    # In a copy of this context, since the address of the server is set in it.
    keeping = Thread(target=copy_context().run, args=(watch.keep, ended), daemon=True)
    keeping.start()
    try:
        yield
    finally:
        ended.set()


@contextmanager
def _stopped_in_our_words() -> Iterator[None]:
    """End on SIGTERM as on Ctrl-C, once the run at work has ended, and say so."""
    # Prefect's own handler leaves the event loop at once, with a traceback of asyncio, and the run without its server.
    Runner.handle_sigterm = _interrupt  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        _say("stopped: a run that was at work is made whole by the next one")


def _interrupt(*_: object) -> None:
    signal.raise_signal(signal.SIGINT)


def why_not_started(name: str, due: datetime) -> str:
    """Return why the run of the deployment `name` that was due at `due` has not started, as the server knows it."""
    at = FlowRunFilterExpectedStartTime(after_=due - _SECOND, before_=due + _SECOND)
    try:
        with get_client(sync_client=True) as client:
            runs = client.read_flow_runs(
                deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[name])),
                flow_run_filter=FlowRunFilter(expected_start_time=at),
            )
    except (httpx.HTTPError, OSError) as error:
        return f"the Prefect server cannot be asked ({error})"
    if not runs:
        return "the Prefect server has not scheduled it; its scheduler may have failed, or the deployment is paused"
    if any(run.start_time for run in runs):
        return ""
    return f"for the Prefect server it is {runs[0].state.name if runs[0].state else 'unknown'}"


def _say(sentence: str) -> None:
    say(sentence)
