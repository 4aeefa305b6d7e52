"""The exit codes of the command line: one meaning each, taken from the error classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.errors import RebatchError

if TYPE_CHECKING:
    from collections.abc import Iterator

OF_EVERY_PROGRAM = {
    0: "Done.",
    1: "Stopped: the message on standard error says why.",
    2: "The command line cannot be understood.",
}
"""Exit codes that do not come from a RebatchError."""


def exit_codes() -> dict[int, str]:
    """Return every exit code, in order, with the first line of its meaning."""
    codes = dict(OF_EVERY_PROGRAM)
    for error in _kinds(RebatchError):
        codes.setdefault(error.exit_code, (error.__doc__ or "").splitlines()[0])
    return dict(sorted(codes.items()))


def _kinds(error: type[RebatchError]) -> Iterator[type[RebatchError]]:
    yield error
    for kind in error.__subclasses__():
        yield from _kinds(kind)
