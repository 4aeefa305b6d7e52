"""`rebatch serve`, live: a page in a browser of this machine, or another user of it, starts and reads nothing."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from base64 import b64encode
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

import pipelines
from pipelines.prefect_server import free_port
from pipelines.workspace.configuration import create_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(pipelines.__file__).resolve().parents[1]
SECONDS = 240
FOREIGN = {"Origin": "http://evil.example"}
ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}

pytestmark = [pytest.mark.long, pytest.mark.timeout(600), pytest.mark.xdist_group("prefect")]


class Served:
    """A workspace that is served, and the server that does it."""

    def __init__(self, root: Path, port: int) -> None:
        self.root, self.port = root, port
        self.key_file = root / f"prefect-{port}.key"

    def ask(self, path: str, body: object = None, *, key: str | None = None, **more: str) -> tuple[int, Any, Any]:
        """Return status, headers and what is answered."""
        headers = {"Content-Type": "application/json", **more}
        if key is not None:
            headers["Authorization"] = f"Basic {b64encode(key.encode()).decode()}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"http://127.0.0.1:{self.port}/api{path}", data=data, headers=headers)
        try:
            with urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers, json.loads(answer.read() or b"null")
        except HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()

    @property
    def key(self) -> str:
        return self.key_file.read_text(encoding="utf-8").strip()

    def deployment(self) -> str:
        """Wait for the deployment, and return its id."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                status, _, found = self.ask("/deployments/filter", {}, key=self.key)
            except (URLError, OSError):
                status, found = 0, []
            if status == HTTPStatus.OK and found:
                return str(found[0]["id"])
            time.sleep(0.5)
        pytest.fail("nothing was served")

    def end_of(self, run: str) -> str:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            status, _, found = self.ask(f"/flow_runs/{run}", key=self.key)
            if status == HTTPStatus.OK and found["state_type"] in ENDED:
                return str(found["state_type"])
            time.sleep(1)
        pytest.fail("the run did not end")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("served")
    found = Served(create_workspace(home / "sample").root, free_port())
    command = [sys.executable, "-c", "import cli; cli.command()", "-w", str(found.root), "serve"]
    environment = {**os.environ, "PREFECT_HOME": str(home / "prefect"), "PREFECT_API_KEY": "of-a-cloud"}
    environment.pop("PREFECT_API_URL", None)
    with (
        (home / "printed.txt").open("wb") as printed,
        subprocess.Popen(
            [*command, "--port", str(found.port)], cwd=ROOT, env=environment, stdout=printed, stderr=printed
        ) as serving,
    ):
        try:
            found.deployment()
            yield found
        finally:
            serving.terminate()
    assert not found.key_file.exists()
    said = (home / "printed.txt").read_text(encoding="utf-8")
    assert f"the page asks for the key in {found.key_file}" in said


def test_without_the_key_nothing_is_answered(served: Served) -> None:
    started = f"/deployments/{served.deployment()}/create_flow_run"
    for key in (None, "", "rebatch:", "admin:pass", served.key[:-1]):
        for path, body in (("/deployments/filter", {}), (started, {}), ("/flow_runs/filter", {}), ("/version", None)):
            status, _, answered = served.ask(path, body, key=key)
            assert status == HTTPStatus.UNAUTHORIZED, (key, path, answered)
    pending = {"flow_runs": {"state": {"name": {"any_": ["Pending"]}}}}
    status, _, runs = served.ask("/flow_runs/filter", pending, key=served.key)
    assert (status, runs) == (HTTPStatus.OK, [])


def test_a_page_of_another_origin_may_not_even_read(served: Served) -> None:
    for key in (None, served.key):
        _, headers, _ = served.ask("/deployments/filter", {}, key=key, **FOREIGN)
        assert headers["Access-Control-Allow-Origin"] is None
    # What a browser asks before it sends a request of another origin with a key or with JSON.
    asked = {**FOREIGN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    request = Request(f"http://127.0.0.1:{served.port}/api/deployments/filter", headers=asked, method="OPTIONS")
    with pytest.raises(HTTPError) as refused:
        urlopen(request, timeout=30)
    with refused.value as answer:
        assert answer.headers["Access-Control-Allow-Origin"] is None


def test_it_listens_on_the_loopback_interface_alone(served: Served) -> None:
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    bound = {fields[1] for line in lines if (fields := line.split())[3] == "0A"}
    assert {place for place in bound if place.endswith(f":{served.port:04X}")} == {f"0100007F:{served.port:04X}"}


def test_the_key_is_for_its_owner_alone(served: Served) -> None:
    assert stat.S_IMODE(served.key_file.stat().st_mode) == 0o600
    assert len(served.key) > 40


def test_who_has_the_key_chooses_neither_another_workspace_nor_a_day_to_come(served: Served, tmp_path: Path) -> None:
    other = create_workspace(tmp_path / "other").root
    path = f"/deployments/{served.deployment()}/create_flow_run"
    for parameters in ({"workspace": str(other)}, {"as_of": "2099-01-01"}, {"as_of": "2099-01-01", "ahead": True}):
        status, _, answered = served.ask(path, {"parameters": parameters}, key=served.key)
        # Prefect refuses what is no parameter at once, or the run fails.
        assert status >= HTTPStatus.BAD_REQUEST or served.end_of(answered["id"]) in {"FAILED", "CRASHED"}
    assert not list(other.glob("warehouse.duckdb"))
    assert not list(served.root.glob("out/*"))
    _, _, answered = served.ask(path, {"parameters": {"as_of": "2026-11-23"}}, key=served.key)
    assert served.end_of(answered["id"]) == "COMPLETED"
    assert [path.name[:10] for path in served.root.glob("out/*")] == ["2026-11-23"]
