"""The three standard streams of a command, made fit for whatever has to be written to them."""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO, cast

from pipelines.console.visible import is_visible, visible
from schemas.errors import Problem, StorageError, TerminalError

_MOST_SHOWN = 80
"""Characters of a word that are repeated in an error."""


def prepare_streams() -> None:
    """Make sure that there are three streams, and that no character can stop the output.

    A character that the encoding of a stream lacks is written as its number.

    Raises:
        StorageError: standard output is closed.
    """
    is_closed = sys.stdout is None
    # A closed one is taken by the next file that is opened: it would be written over by whoever prints.
    sys.stdin = sys.stdin or _nothing("r")
    sys.stdout = sys.stdout or _nothing("w")
    sys.stderr = sys.stderr or _nothing("w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if is_closed:
        found = "the output could not be written (standard output is closed)"
        raise StorageError(Problem(found, "send it to a file or to /dev/null; nothing was done"))


def flush_streams() -> bool:
    """Write what is still kept back, and return whether it could be; that nobody reads it any more is no fault."""
    could = True
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:  # the reader of the pipe, such as `head`, has closed it
            pass
        except OSError:
            could = False
    return could


def _nothing(mode: str) -> TextIO:
    """Return a stream that holds nothing and keeps nothing."""
    return cast("TextIO", os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


def refuse_strange_words(words: list[str]) -> None:
    """Refuse words of a command line that are not UTF-8 or hold hidden characters, which a terminal could obey.

    Neither the warehouse nor a file of ours could hold the first, and no name needs the second.

    Raises:
        TerminalError: naming each.
    """
    faulty = [word for word in words if not is_visible(word)]
    todo = "rename the file, or write the text in UTF-8 and without control characters"
    if faulty:
        shown = (visible(word)[:_MOST_SHOWN] for word in faulty)
        raise TerminalError(*(Problem(f"the word {word} is no plain text in UTF-8", todo) for word in shown))
