"""The flow under Prefect's own temporary server: the same stages, the same counts, retries by kind of error."""

from __future__ import annotations

import inspect
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from prefect import flow
from prefect.deployments.runner import RunnerDeployment
from prefect.runtime import flow_run
from prefect.settings import PREFECT_API_URL

from pipelines.books.runs import Run
from pipelines.console.stage_progress import StageResult
from pipelines.flows import InOurWords, nightly, run_flow, task_of
from pipelines.serving import why_not_started
from pipelines.stages import STAGES, Stage, run_all
from pipelines.workspace.configuration import open_workspace
from schemas.errors import BooksError, ExtractError, Place, Problem, RuleError, StorageError, TerminalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

T = TypeVar("T")
AS_OF = date(2026, 11, 23)
PROBLEM = Problem("this", "do that", at=Place("here", 1, 2))

pytestmark = [pytest.mark.sampled(3, of="module"), pytest.mark.xdist_group("prefect")]


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    # Here, where the server is wanted: to read its code takes seconds, with every worker that collects this module.
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(autouse=True)
def _named(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the workspace as whoever serves the flow does."""
    monkeypatch.setenv("REBATCH_WORKSPACE", str(sample))


def _apart(call: Callable[[], T]) -> T:
    """Call from a thread of its own: browser tests leave an event loop in the main one, and Prefect would join it."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(copy_context().run, call).result()


def _ask(path: str, body: dict[str, Any]) -> Any:
    """Ask the server itself, not what a client remembers."""
    request = Request(
        f"{PREFECT_API_URL.value()}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    deadline = time.monotonic() + 60
    while True:
        try:
            with urlopen(request, timeout=30) as answer:
                return json.loads(answer.read())
        except HTTPError as error:
            # Its way to say that its database is busy just now, and to ask for another try.
            if error.code != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
                raise
        time.sleep(0.5)


def _latest_artifact(key: str) -> str:
    found = _ask("/artifacts/filter", {"artifacts": {"key": {"any_": [key]}}, "sort": "CREATED_DESC"})
    return str(found[0]["data"])


def _task_runs(flow_run_id: str) -> list[dict[str, Any]]:
    """Read the task runs back; the server hears of their ends a moment later."""
    deadline = time.monotonic() + 60
    while True:
        runs: list[dict[str, Any]] = _ask("/task_runs/filter", {"flow_runs": {"id": {"any_": [flow_run_id]}}})
        if len(runs) >= len(STAGES) and all(run["state_type"] == "COMPLETED" for run in runs):
            return runs
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_the_flow_does_what_the_stages_do(sample: Path, tmp_path: Path) -> None:
    from pipelines.workspace.configuration import create_workspace

    direct = run_all(create_workspace(tmp_path / "direct"), Run(AS_OF))
    state = _apart(lambda: nightly(as_of=AS_OF, return_state=True))
    assert _apart(state.result) == {result.stage: result.counts for result in direct}
    runs = _task_runs(str(state.state_details.flow_run_id))
    assert sorted(run["name"].rpartition("-")[0] for run in runs) == sorted(stage.name for stage in STAGES)
    page = _latest_artifact("rebatch-summary")
    assert "Books as of 2026-11-23" in page
    assert "| post |" in page
    assert json.loads(_latest_artifact("rebatch-payouts"))


def test_the_night_counts_not_the_hour_it_runs(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The module computes its attributes: one that is there hides the computed one.
    scheduled = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
    monkeypatch.setitem(vars(flow_run), "scheduled_start_time", scheduled)
    state = _apart(lambda: nightly(timezone="Asia/Tokyo", return_state=True))
    of_run = {"flow_runs": {"id": {"any_": [str(state.state_details.flow_run_id)]}}}
    assert [run["name"] for run in _ask("/flow_runs/filter", of_run)] == ["books as of 2026-11-23"]
    assert state.is_completed()
    assert "Books as of 2026-11-23" in _latest_artifact("rebatch-summary")


@pytest.mark.long
def test_what_stopped_a_run_is_an_artifact(sample: Path) -> None:
    (sample / "rules" / "broken.yaml").write_text("program: x\n", encoding="utf-8")
    with pytest.raises(RuleError):
        _apart(lambda: nightly(as_of=AS_OF))
    assert "broken.yaml" in _latest_artifact("rebatch-problems")


@pytest.mark.long
@pytest.mark.parametrize(
    ("error", "attempts"),
    [
        (StorageError(PROBLEM), 3),
        (TerminalError(PROBLEM), 1),
        pytest.param(ZeroDivisionError(), 1, marks=pytest.mark.long),
    ],
)
def test_only_what_may_pass_is_tried_again(sample: Path, error: Exception, attempts: int) -> None:
    tried = []

    def stage(workspace: object, run: Run) -> StageResult:
        tried.append(run.as_of)
        raise error

    @flow
    def one_stage() -> None:
        task_of(Stage("failing", stage), delays=(0, 0))(sample, AS_OF)

    with pytest.raises(type(error)):
        _apart(one_stage)
    assert tried == [AS_OF] * attempts


def test_what_stopped_a_stage_keeps_nothing_of_it_alive(sample: Path) -> None:
    def stage(workspace: object, run: Run) -> StageResult:
        try:
            (sample / "nowhere").read_bytes()
        except OSError as error:
            raise TerminalError(PROBLEM) from error
        return StageResult("failing")

    @flow
    def one_stage() -> None:
        task_of(Stage("failing", stage), delays=())(sample, AS_OF)

    with pytest.raises(TerminalError) as raised:
        _apart(one_stage)
    assert raised.value.problems == (PROBLEM,)
    assert "stage" not in {entry.name for entry in raised.traceback}
    assert raised.value.__context__ is None


@pytest.mark.long
def test_a_day_that_has_not_come_is_run_by_the_command_line_alone(sample: Path) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    with pytest.raises(BooksError, match="has not come yet"):
        _apart(lambda: nightly(as_of=tomorrow))
    assert "has not come yet" in _latest_artifact("rebatch-problems")
    assert not (sample / "warehouse.duckdb").exists()
    with pytest.raises(TypeError, match="ahead"):
        _apart(lambda: nightly(as_of=tomorrow, ahead=True))  # type: ignore[call-overload]
    counts = _apart(lambda: run_flow(sample, as_of=tomorrow, wait=0))
    assert {result.stage: result.counts for result in counts}["post"]["postings"] == 2


def test_nobody_who_starts_a_run_chooses_the_workspace() -> None:
    assert set(inspect.signature(nightly.fn).parameters) == {"as_of", "timezone", "wait"}


def test_why_a_due_run_has_not_started_is_asked_of_the_server(sample: Path) -> None:
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    name = "every-night-test"

    def answer() -> str:
        return _apart(lambda: why_not_started(name, due))

    assert "has not scheduled it" in answer()
    deployment = _apart(lambda: RunnerDeployment.from_flow(nightly, name).apply())
    body = {"state": {"type": "SCHEDULED", "name": "Late", "state_details": {"scheduled_time": due.isoformat()}}}
    run = _ask(f"/deployments/{deployment}/create_flow_run", body)
    assert "Late" in answer()
    _ask(f"/flow_runs/{run['id']}/set_state", {"state": {"type": "RUNNING"}, "force": True})
    assert answer() == ""


@pytest.mark.long
def test_a_stage_that_recovers_is_done(sample: Path) -> None:
    answers: Iterator[StorageError | StageResult] = iter([StorageError(PROBLEM), StageResult("late", {"n": 1})])

    def stage(workspace: object, run: Run) -> StageResult:
        answer = next(answers)
        if isinstance(answer, StageResult):
            return answer
        raise answer

    @flow
    def one_stage() -> dict[str, int | str]:
        return task_of(Stage("late", stage), delays=(0,))(sample, AS_OF)

    assert _apart(one_stage) == {"n": 1}


def test_the_workspace_is_held_while_the_flow_runs(sample: Path) -> None:
    from pipelines.workspace.lock import hold
    from schemas.errors import WorkspaceBusyError

    with hold(open_workspace(sample).lock_path), pytest.raises(WorkspaceBusyError):
        _apart(lambda: nightly(as_of=AS_OF, wait=0))


def _logged(message: str, error: BaseException | None = None) -> str:
    raised = (type(error), error, None) if error else None
    record = logging.LogRecord("prefect.flow_runs", logging.ERROR, "flows.py", 1, message, (), raised)
    assert InOurWords().filter(record)
    return logging.Formatter().format(record)


def test_a_failed_run_says_in_the_log_what_to_do_and_says_it_once() -> None:
    error = ExtractError(Problem("1 of 7 rows are rejected", "correct the extract", at=Place("sales.csv")))
    said = _logged(f"Encountered exception during execution: {error!r}", error)
    assert said == "stopped\nerror: sales.csv: 1 of 7 rows are rejected → correct the extract"
    assert _logged(f"Finished in state Failed('Flow run encountered an exception: {error}\nmore')") == (
        "Finished in state Failed"
    )
    assert _logged("Finished in state Completed()") == "Finished in state Completed()"
    assert "ZeroDivisionError" in _logged("Encountered exception during execution", ZeroDivisionError("x"))


@pytest.mark.long
def test_what_follows_a_run_fails_by_itself_and_keeps_nothing_from_the_next(sample: Path) -> None:
    config, members = sample / "rebatch.yaml", sample / "extracts" / "members.csv"
    text = config.read_text(encoding="utf-8") + "statements: {pdf: true}\n"
    mail = "host: 127.0.0.1, port: 1, tls: none, sender: a@b.example, to_domains: [any], send: nightly, really: true"
    config.write_text(f"{text}mail: {{{mail}}}\n", encoding="utf-8")
    members.write_text(members.read_text(encoding="utf-8").replace("Harbour Motors", "อู่"), encoding="utf-8")
    state = _apart(lambda: nightly(as_of=AS_OF, return_state=True))
    assert state.is_failed()
    with pytest.raises(BooksError, match="no font has the character"):
        _apart(state.result)
    runs = _ask("/task_runs/filter", {"flow_runs": {"id": {"any_": [str(state.state_details.flow_run_id)]}}})
    ended = {run["name"].rpartition("-")[0]: run["state_type"] for run in runs}
    assert (ended["publish"], ended["documents"], ended["mail"]) == ("COMPLETED", "FAILED", "COMPLETED")
    assert "| mail |" in _latest_artifact("rebatch-summary")
    assert "D-002" in _latest_artifact("rebatch-problems")
