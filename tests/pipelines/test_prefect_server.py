"""The server that Rebatch starts: its errors are shown, and nobody else's server is taken for it."""

from __future__ import annotations

import io
import socket
from threading import Event

import pytest

from pipelines.prefect_server import ServerError, local_server, new_key, pass_on_errors

LOG = b"""\
07:40:20.393 | INFO    | prefect.server - Starting
  with a second line
07:40:20.393 | ERROR   | docket.dependencies - schedule_deployments() failed
Traceback (most recent call last):
  File "scheduler.py", line 348, in schedule_recent_deployments
    inserted_runs = await insert()
sqlalchemy.exc.InvalidRequestError: Can't evaluate bulk DML statement
07:40:21.000 | WARNING | prefect.server - slow
"""


def test_errors_of_the_server_are_shown_with_their_reason(capsys: pytest.CaptureFixture[str]) -> None:
    pass_on_errors(io.BytesIO(LOG), Event())
    assert capsys.readouterr().err == (
        "Prefect server: 07:40:20.393 | ERROR   | docket.dependencies - schedule_deployments() failed\n"
        "Prefect server: sqlalchemy.exc.InvalidRequestError: Can't evaluate bulk DML statement\n"
    )


def test_a_crash_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    pass_on_errors(io.BytesIO(b"Traceback (most recent call last):\n  File x\nImportError: no module\n"), Event())
    assert capsys.readouterr().err == "Prefect server: ImportError: no module\n"


def test_what_a_server_says_as_it_ends_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    ending = Event()
    ending.set()
    pass_on_errors(io.BytesIO(LOG), ending)
    assert capsys.readouterr().err == ""


def test_another_server_at_the_port_is_not_taken_for_ours() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with (
            pytest.raises(ServerError, match=f"127.0.0.1:{port}: the port is taken"),
            local_server(port, key=new_key()),
        ):
            pytest.fail("it was taken for ours")


def test_the_log_is_closed_when_the_server_has_ended() -> None:
    log = io.BytesIO(LOG)
    pass_on_errors(log, Event())
    assert log.closed
