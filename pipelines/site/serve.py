"""The site on this machine alone: a web server on the loopback address, for a look at it."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from pipelines.console.terminal import say
from schemas.errors import Problem, TerminalError

if TYPE_CHECKING:
    from pathlib import Path

LOOPBACK = "127.0.0.1"


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files, and does not write a line for each."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Write nothing."""


def server_of(folder: Path, port: int) -> ThreadingHTTPServer:
    """Return a server of `folder` on the loopback address; port 0 takes any that is free.

    Raises:
        TerminalError: the port cannot be had.
    """
    try:
        return ThreadingHTTPServer((LOOPBACK, port), partial(_Quiet, directory=str(folder)))
    except OSError as error:
        found = f"the port {port} cannot be had ({error.strerror})"
        raise TerminalError(Problem(found, "name another with --port, or 0 for any that is free")) from error


def serve_folder(folder: Path, port: int) -> None:
    """Serve `folder` on the loopback address until the command is stopped.

    Raises:
        TerminalError: the port cannot be had.
    """
    with server_of(folder, port) as server:
        say(f"staff: http://{LOOPBACK}:{server.server_port}/staff/ (Ctrl+C ends it)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say("ended")
