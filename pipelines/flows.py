"""The nightly job as a Prefect flow: the same stages, one task each, with retries and artifacts.

Tasks take and return paths and small values, never frames. Its annotations are
not postponed (no `from __future__ import annotations`): Prefect sends a flow to other processes by value, where
annotations kept as text could not be resolved.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.events.worker import EventsWorker
from prefect.exceptions import TerminationSignal
from prefect.logging.handlers import APILogWorker
from prefect.runtime import flow_run
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_KEY, PREFECT_API_URL, temporary_settings
from prefect.tasks import Task

from pipelines.audit.period_ends import period_ends
from pipelines.audit.status import status
from pipelines.books.runs import Run, refuse_ahead
from pipelines.console.run_report import markdown
from pipelines.console.stage_progress import StageResult
from pipelines.prefect_server import free_port, local_server, new_key
from pipelines.stages import AFTERWARDS, STAGES, Stage, at_work
from pipelines.workspace.configuration import Workspace, open_workspace, workspace_root
from pipelines.workspace.files import write_whole
from schemas.errors import BooksError, RebatchError, TransientError

Counts: TypeAlias = dict[str, int | str]

RETRY_DELAYS = (5.0, 30.0, 120.0)
"""Seconds to wait before each retry of a stage that failed with a transient error, such as a lock or a full disk."""

DRAIN_SECONDS = 10
"""Seconds to wait for Prefect's event queue to empty before the temporary server is stopped."""


def is_transient(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Return whether a failed stage is to be retried: only after an error that may pass by itself."""
    return isinstance(state.data, TransientError)


def task_of(stage: Stage, *, delays: Sequence[float] = RETRY_DELAYS) -> Task[[Path, date], Counts]:
    """Return a Prefect task that runs `stage`: it takes the workspace's folder and the day, and returns the counts."""

    @task(
        name=stage.name,
        retries=len(delays),
        retry_delay_seconds=list(delays),
        retry_condition_fn=is_transient,
        # A stage acts on the warehouse: a cached result would skip its work.
        cache_policy=NO_CACHE,
    )
    def run_stage(root: Path, as_of: date) -> Counts:
        try:
            return counts_of(stage.run(open_workspace(root), Run(as_of)))
        except RebatchError as error:
            failed: BaseException = type(error)(*error.problems)
        except (KeyboardInterrupt, TerminationSignal) as stopped:
            failed = stopped.with_traceback(None)
        # Prefect keeps what a task raises until the process ends: with its traceback it would keep the frames of the
        # stage too, and DuckDB would print a page about the connection in them after the error.
        raise failed

    return run_stage


def counts_of(result: StageResult) -> Counts:
    """Return the counts of a stage.

    Raises:
        BooksError: it could not do its work for some payees; the scheduler shows its task as failed.
    """
    if result.problems:
        raise BooksError(*result.problems)
    return result.counts


TASKS = tuple(task_of(stage) for stage in STAGES)
TASKS_AFTERWARDS = tuple((stage, task_of(stage)) for stage in AFTERWARDS)


def day_of(as_of: date | None, timezone: str) -> date:
    """Return `as_of`, or else the day in `timezone` for which the run was scheduled, however late it starts."""
    return as_of or flow_run.scheduled_start_time.astimezone(ZoneInfo(timezone)).date()


def _title() -> str:
    asked = flow_run.parameters
    return f"books as of {day_of(asked.get('as_of'), asked.get('timezone', 'UTC'))}"


@flow(name="rebatch", flow_run_name=_title)
def nightly(as_of: date | None = None, timezone: str = "UTC", wait: float = 600.0) -> dict[str, Counts]:
    """Run the nightly job for the workspace that REBATCH_WORKSPACE names and return the counts of every stage.

    Whoever may start runs on the server chooses neither another workspace nor a day that has not come: both are for
    who has the command line.

    Args:
        as_of: the day; without it, the day in `timezone` for which the run was scheduled, so that a run which
            starts late or is tried again still computes the night it was meant for.
        timezone: where the day begins, such as "Asia/Tokyo".
        wait: seconds to wait for another run in the same workspace.

    Raises:
        RebatchError: the first thing that stopped the run; it is shown as the artifact "rebatch-problems" too.
    """
    day = day_of(as_of, timezone)
    with _problems_shown():
        refuse_ahead(day, datetime.now(ZoneInfo(timezone)).date())
        return _all_stages(workspace_root(), day, wait)


def _all_stages(root: Path, day: date, wait: float) -> dict[str, Counts]:
    workspace = open_workspace(root)
    with at_work(workspace, wait=wait):
        # One after the other: every stage reads the tables that the stage before it has committed.
        results = [StageResult(each.name, each(workspace.root, day)) for each in TASKS]
        results += [
            _afterwards(each, workspace.root, day)
            for stage, each in TASKS_AFTERWARDS
            if stage.is_wanted(workspace.config)
        ]
    _show(workspace, day, results)
    if problems := [problem for result in results for problem in result.problems]:
        raise BooksError(*problems)
    return {result.stage: result.counts for result in results}


def _afterwards(each: Task[[Path, date], Counts], root: Path, day: date) -> StageResult:
    """Run a task that follows a published run: what it cannot do must not keep the next from its work."""
    ended = each(root, day, return_state=True).result(raise_on_failure=False)
    if isinstance(ended, RebatchError):
        return StageResult(each.name, {"problems": len(ended.problems)}, ended.problems)
    if isinstance(ended, BaseException):
        raise ended
    return StageResult(each.name, ended)


@contextmanager
def _problems_shown() -> Iterator[None]:
    try:
        yield
    except RebatchError as error:
        # Before the error leaves the flow, so that whoever looks at the scheduler sees the same list as in a terminal.
        problems = [{**asdict(p.at), "found": p.found, "todo": p.todo} for p in error.problems]
        create_table_artifact(problems, key="rebatch-problems", description=type(error).__doc__)
        raise


def run_flow(root: Path, *, as_of: date, wait: float) -> list[StageResult]:
    """Run the flow in this process, under the configured Prefect server or else under a temporary one."""

    # Without parameters for what the command line decides; it has looked at its own clock, which may be another day's.
    @flow(name="rebatch", flow_run_name=f"books as of {as_of}")
    def by_hand() -> dict[str, Counts]:
        with _problems_shown():
            return _all_stages(root, as_of, wait)

    with server_on(free_port()):
        counts = by_hand()
    return [StageResult(stage, of_stage) for stage, of_stage in counts.items()]


@contextmanager
def server_on(port: int, *, key_file: Path | None = None) -> Iterator[None]:
    """Use the configured Prefect server, or run one for as long as the block lasts, with a key of its own.

    The key is kept meanwhile in `key_file`, if given, for who wants to look at the pages of the server.
    """
    if PREFECT_API_URL.value():
        with _drained():
            yield
        return
    key = new_key()
    # A key for Prefect's cloud would be sent instead of ours.
    closed = {PREFECT_API_AUTH_STRING: key, PREFECT_API_KEY: None}
    with local_server(port, key=key) as url, temporary_settings(updates={PREFECT_API_URL: url, **closed}), _drained():
        if key_file is None:
            yield
            return
        write_whole(key_file, f"{key}\n".encode())
        try:
            yield
        finally:
            key_file.unlink(missing_ok=True)


@contextmanager
def _drained() -> Iterator[None]:
    """Send the logs and events that are still queued when the block ends.

    Later they would be lost: the server may be gone, and the command ends its process at once.
    """
    try:
        yield
    finally:
        # A log worker that never started raises RuntimeError: then there is nothing to send.
        with suppress(RuntimeError):
            APILogWorker.instance().drain()
        EventsWorker.drain_all(timeout=DRAIN_SECONDS)


class InOurWords(logging.Filter):
    """Log filter that says of an expected error what was found and what to do, without the traceback, and once."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True for every record, after rewording one about a RebatchError and one that repeats an error."""
        if record.exc_info and isinstance(record.exc_info[1], RebatchError):
            problems = "\n".join(f"error: {problem}" for problem in record.exc_info[1].problems)
            record.msg, record.args, record.exc_info = f"stopped\n{problems}", (), None
        else:
            record.msg, record.args = _REPEATED.sub("", record.getMessage()), ()
        return True


_REPEATED = re.compile(r"(?<=Finished in state Failed)\(.*", re.DOTALL)
"""The error once more, as text of Python, in Prefect's line about the end of a run."""

for _name in ("prefect.flow_runs", "prefect.task_runs"):
    logging.getLogger(_name).addFilter(InOurWords())


def _show(workspace: Workspace, as_of: date, results: Sequence[StageResult]) -> None:
    tables = [*period_ends(workspace, as_of), *status(workspace)]
    for table in tables:
        if not table.frame.is_empty():
            # Prefect allows only lower-case letters, digits and dashes in an artifact's key.
            create_table_artifact(table.rows(), key=f"rebatch-{table.name.replace('_', '-')}", description=table.title)
    create_markdown_artifact(markdown(as_of, results, tables), key="rebatch-summary", description="What the run did")
