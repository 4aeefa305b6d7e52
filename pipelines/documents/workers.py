"""Many documents at once: a process for each core, each with a few documents ahead, so that memory stays flat."""

from __future__ import annotations

import os
import signal
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TYPE_CHECKING

from pipelines.documents.typesetter import typeset
from schemas.errors import Problem, TransientError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from pipelines.documents.typesetter import Job, Set

FEW = 8
"""Up to so many documents are set in this process: starting others would take longer."""

AHEAD = 3
"""Documents that wait for each process, so that none is idle while the next is read."""


def typeset_all(jobs: Iterator[Job], count: int, cores: int) -> Iterator[Set]:
    """Set `count` documents on so many cores; what became of them comes in the order of `jobs`.

    Raises:
        StorageError: the disk is full or cannot be written.
        TransientError: the system has ended one of the processes.
    """
    if count <= FEW or cores == 1:
        yield from map(typeset, jobs)
        return
    # Started anew rather than forked: this process has threads of DuckDB and Polars, which a fork would leave halted.
    with ProcessPoolExecutor(min(cores, count), get_context("spawn"), initializer=_end_with_parent) as pool:
        waiting: deque[Future[Set]] = deque()
        try:
            for job in jobs:
                waiting.append(pool.submit(typeset, job))
                if len(waiting) >= cores * AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            todo = "give the command again: what was made is kept; see that there is memory for a process on each core"
            raise TransientError(Problem("the system ended a process that was setting a statement", todo)) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, killed or not; Ctrl-C is for that one alone to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
