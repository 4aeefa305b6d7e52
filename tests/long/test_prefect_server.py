"""A real Prefect server: deployed as prefect.yaml says, run by a worker, read back through the API."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from base64 import b64encode
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

import pipelines
from pipelines.prefect_server import free_port, local_server, new_key

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(pipelines.__file__).resolve().parents[1]
POOL = "nights"
STAGES = ["extract", "stage", "aggregate", "rate", "settle", "post", "publish"]

pytestmark = [pytest.mark.long, pytest.mark.timeout(600), pytest.mark.xdist_group("prefect")]


class Server:
    """The API of a server, and the Prefect program that speaks to it."""

    def __init__(self, url: str, workspace: Path, key: str) -> None:
        self.url = url
        own = {"PREFECT_API_URL": url, "PREFECT_API_AUTH_STRING": key, "REBATCH_WORKSPACE": str(workspace)}
        self.environment = {**os.environ, **own}
        self.headers = {
            "Content-Type": "application/json",
            "Authorization": f"Basic {b64encode(key.encode()).decode()}",
        }

    def call(self, path: str, body: object | None = None) -> Any:
        """Ask the API; 503 is its way to say that its database is busy just now, and to ask for another try."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}{path}", data=data, headers=self.headers)
        deadline = time.monotonic() + 120
        while True:
            try:
                with urlopen(request, timeout=30) as answer:
                    return json.loads(answer.read())
            except HTTPError as error:
                if error.code != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
                    raise
            time.sleep(1)

    def prefect(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=180, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def finished(self, flow_run: str) -> dict[str, Any]:
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            found: dict[str, Any] = self.call(f"/flow_runs/{flow_run}")
            if found["state_type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}:
                return found
            time.sleep(1)
        pytest.fail("the flow run did not finish")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    from pipelines.workspace.configuration import create_workspace

    workspace = create_workspace(tmp_path_factory.mktemp("workspace") / "sample").root
    home = str(tmp_path_factory.mktemp("prefect-home"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", home)
        key = new_key()
        with local_server(free_port(), key=key) as url:
            yield Server(url, workspace, key)


def _run_and_read_back(server: Server, deployment: str) -> None:
    # The key makes a second try of a call that was half heard the same run.
    asked = {"parameters": {"as_of": "2026-11-23"}, "idempotency_key": uuid4().hex}
    run = server.call(f"/deployments/{deployment}/create_flow_run", asked)
    found = server.finished(run["id"])
    assert found["state_type"] == "COMPLETED", found["state"]["message"]
    of_run = {"flow_runs": {"id": {"any_": [run["id"]]}}}
    tasks = server.call("/task_runs/filter", of_run)
    assert sorted(task["name"].rpartition("-")[0] for task in tasks) == sorted(STAGES)
    assert {task["state_type"] for task in tasks} == {"COMPLETED"}
    artifacts = {artifact["key"]: artifact["data"] for artifact in server.call("/artifacts/filter", of_run)}
    assert "Books as of 2026-11-23" in artifacts["rebatch-summary"]
    assert "D-001" not in artifacts["rebatch-summary"]
    assert json.loads(artifacts["rebatch-payouts"])


def _holds_no_path(server: Server, deployment: str) -> dict[str, Any]:
    stored: dict[str, Any] = server.call(f"/deployments/{deployment}")
    text = json.dumps(stored)
    assert str(ROOT) not in text
    assert server.environment["REBATCH_WORKSPACE"] not in text
    assert stored["entrypoint"] == "pipelines.flows.nightly"
    assert stored["schedules"][0]["schedule"]["cron"] == "0 2 * * *"
    return stored


def test_deployed_to_a_work_pool_and_run_by_a_worker(server: Server) -> None:
    server.prefect("work-pool", "create", POOL, "--type", "process")
    server.prefect("deploy", "--name", "nightly", "--pool", POOL)
    [deployment] = server.call("/deployments/filter", {"deployments": {"name": {"any_": ["nightly"]}}})
    _holds_no_path(server, deployment["id"])
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL]
    with subprocess.Popen(
        command, cwd=ROOT, env=server.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as worker:
        try:
            _run_and_read_back(server, deployment["id"])
        finally:
            worker.terminate()


def test_served_by_the_command_line(server: Server) -> None:
    command = [sys.executable, "-c", "import cli; cli.main()", "serve"]
    with subprocess.Popen(
        command, cwd=ROOT, env=server.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as serving:
        try:
            _run_and_read_back(server, _served(server))
        finally:
            serving.terminate()
    assert serving.returncode == 0


def test_a_failed_run_ends_with_its_error(server: Server, tmp_path: Path) -> None:
    from pipelines.workspace.configuration import create_workspace

    workspace = create_workspace(tmp_path / "broken")
    extract = workspace.root / "extracts" / "transactions.csv"
    extract.write_text(extract.read_text(encoding="utf-8").replace("1600.00", "1.600.00"), encoding="utf-8")
    command = f'"{sys.executable}" -c "import cli; cli.command()" -w "{workspace.root}" run --prefect'
    for ending in (" 2>&1 | tail -n 1", " >all.txt 2>&1; echo $? >>all.txt; tail -n 2 all.txt"):
        done = subprocess.run(
            ["bash", "-c", f'cd "{tmp_path}"; {command}{ending}'],
            env={**server.environment, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=180,
            check=True,
        )
        last, *code = done.stdout.splitlines()
        assert last.startswith("error: extracts/transactions.csv:2: not a number in amount")
        assert code in ([], ["5"])


def _served(server: Server) -> str:
    """Wait until the deployment is there that `rebatch serve` makes, and return its id."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = server.call("/deployments/filter", {"deployments": {"name": {"like_": "every-night"}}})
        if found:
            _holds_no_path(server, found[0]["id"])
            return str(found[0]["id"])
        time.sleep(0.5)
    pytest.fail("nothing was served")
