"""A temporary Prefect server on this machine. It is run as a program: this module does not import Prefect."""

from __future__ import annotations

import os
import re
import secrets
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from http import HTTPStatus
from threading import Event, Thread
from typing import IO, TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from pipelines.console.visible import visible
from schemas.errors import Place, Problem, TransientError

if TYPE_CHECKING:
    from collections.abc import Iterator

QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
}
"""Prefect settings used where the user has set none: no usage data is sent, and starting up may take two minutes."""

STARTUP_SECONDS = 120
"""Seconds to wait for the server to answer: it needs 10 to 20 on a busy machine; Prefect itself gives up after 20."""

_RECORD = re.compile(r"\d\d:\d\d:\d\d\.\d+ \| (\w+)")
"""How a record of its log begins, with the level."""

SHUTDOWN_SECONDS = 15
"""Seconds the server has to end by itself before it is killed."""


class ServerError(TransientError):
    """The Prefect server did not start."""


def be_quiet() -> None:
    """Set the environment variables of QUIET that are not set; to be called before Prefect is imported."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)


def free_port() -> int:
    """Return a port of the loopback interface on which nothing listens at the moment."""
    with socket.socket() as probe:
        # Port 0 lets the operating system choose one. Another process may take it before we do; the server then fails
        # to start and says so.
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def new_key() -> str:
    """Return a key that nobody can guess, in the form in which Prefect asks for one: user:password."""
    return f"rebatch:{secrets.token_urlsafe(32)}"


@contextmanager
def local_server(port: int, *, key: str) -> Iterator[str]:
    """Run a Prefect server on the loopback interface and yield the address of its API; it ends with the block.

    It answers only to who has the `key`, and lets no page of another origin read what it says: whatever is open in a
    browser on this machine can reach a port of it, and so can every other user. Its records are kept in PREFECT_HOME
    (by default ~/.prefect), as with `prefect server start`.

    Raises:
        ServerError: it did not answer within two minutes.
    """
    be_quiet()
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    _refuse_taken(port)
    # A session of its own: Ctrl-C must reach this process alone, since the server still has to receive the flow's end.
    server = subprocess.Popen(  # noqa: S603
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, **_closed(port, key)},
    )
    # What it logs when it is told to end is no error of its own.
    ending = Event()
    passing_on = Thread(target=pass_on_errors, args=(server.stderr, ending), daemon=True)
    passing_on.start()
    try:
        url = f"http://127.0.0.1:{port}/api"
        _await_health(url, server)
        yield url
    finally:
        ending.set()
        server.terminate()
        try:
            server.wait(SHUTDOWN_SECONDS)
        except subprocess.TimeoutExpired:
            # It did not react to SIGTERM in time; its database survives a kill.
            server.kill()
            server.wait()
        # Its log ends with it, unless a process that it started still holds it open.
        passing_on.join(1)


def _closed(port: int, key: str) -> dict[str, str]:
    """Return the settings that close a server to all but its own pages and who has the key; ours come before others."""
    return {
        "PREFECT_SERVER_API_AUTH_STRING": key,
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"http://127.0.0.1:{port}",
        # The older names of the same settings, in case the environment has them.
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": f"http://127.0.0.1:{port}",
        "PREFECT_UI_API_URL": f"http://127.0.0.1:{port}/api",
    }


def _refuse_taken(port: int) -> None:
    """Refuse a port at which something listens: it would be asked instead of the server that could not start."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            todo = "choose another (`--port`), or name that server (PREFECT_API_URL) if it is one of Prefect"
            raise ServerError(Problem("the port is taken", todo, at=Place(f"127.0.0.1:{port}")))


def pass_on_errors(log: IO[bytes], ending: Event) -> None:
    """Show the errors of the server on standard error, each with its last line, until `ending` is set.

    Frames of tracebacks are indented, and left out; what is no record of its log, such as a crash, is shown.
    """
    is_shown = True
    with log:
        for line in log:
            text = line.decode(errors="replace").rstrip()
            if record := _RECORD.match(text):
                is_shown = record[1] in {"ERROR", "CRITICAL"}
            if is_shown and not ending.is_set() and text and not text.startswith((" ", "Traceback")):
                sys.stderr.write(f"Prefect server: {visible(text)}\n")
                sys.stderr.flush()


def _await_health(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(f"{url}/health", timeout=5) as answer:  # noqa: S310  # always http on the loopback interface
                if answer.status == HTTPStatus.OK:
                    return
        except (URLError, TimeoutError, ConnectionError):
            # Expected while the server starts: nothing listens yet, or it is too busy to answer.
            pass
        # Short against a start of several seconds, long enough to leave the processor to the server.
        time.sleep(0.2)
    ended = f"ended with code {server.returncode}" if server.returncode is not None else "does not answer"
    todo = "its errors stand above; `prefect server start` in another terminal says more"
    raise ServerError(Problem(f"the Prefect server {ended}", todo, at=Place(url)))
