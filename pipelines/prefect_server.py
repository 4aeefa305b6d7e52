"""A Prefect server of one's own, on this machine only; knows Prefect as a program, not as a library."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from schemas.errors import Place, Problem, TransientError

if TYPE_CHECKING:
    from collections.abc import Iterator

QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
}
"""Settings that Rebatch prefers where the user has none: nothing is reported to anyone, and starting may take time."""

STARTUP_SECONDS = 120
"""A server needs 10 to 20 seconds on a busy machine; Prefect itself gives up after 20."""

SHUTDOWN_SECONDS = 15


class ServerError(TransientError):
    """The Prefect server did not start."""


def be_quiet() -> None:
    """Put QUIET into the environment; call it before Prefect is imported."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def local_server(port: int) -> Iterator[str]:
    """Run a Prefect server on the loopback interface and give the address of its API; it ends with the block.

    It keeps its records in PREFECT_HOME (by default ~/.prefect), as `prefect server start` does.

    Raises:
        ServerError: it did not answer within two minutes.
    """
    be_quiet()
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    # Its log is Prefect's own, with a harmless traceback at the end; what went wrong is in the exit code.
    # A session of its own: Ctrl-C is for us, and the server must still be there to be told of our end.
    server = subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        url = f"http://127.0.0.1:{port}/api"
        _await_health(url, server)
        yield url
    finally:
        server.terminate()
        try:
            server.wait(SHUTDOWN_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _await_health(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(f"{url}/health", timeout=5) as answer:  # noqa: S310  # always http on the loopback interface
                if answer.status == HTTPStatus.OK:
                    return
        except (URLError, TimeoutError, ConnectionError):
            pass
        time.sleep(0.2)
    ended = f"ended with code {server.returncode}" if server.returncode is not None else "does not answer"
    todo = "is the port taken? `prefect server start` in another terminal says more"
    raise ServerError(Problem(f"the Prefect server {ended}", todo, at=Place(url)))
