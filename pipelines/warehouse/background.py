"""Background work: queries that run in a thread of their own while the main thread goes on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

from pipelines.warehouse.contents import show_views

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    import duckdb

_A_MOMENT = 0.02  # seconds between two interrupts: short for a person, long for a query to notice

Asked = ParamSpec("Asked")
Item = TypeVar("Item")
Result = TypeVar("Result")


class Background:
    """A context with one worker thread and its own cursor; it does the work it is asked for in the order asked.

    Leaving the context waits for outstanding work; if the block failed, that work is cancelled or interrupted.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Prepare to work on the database of `connection`."""
        self.connection = connection

    def __enter__(self) -> Self:
        """Start the thread, and return this object."""
        # A DuckDB connection may be used by one thread at a time: the worker needs its own cursor on the same database.
        self._own = self.connection.cursor()
        show_views(self._own)
        # One worker only: the order of the work is part of what callers rely on.
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._asked: list[Future[Any]] = []
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        """End the thread: after its work is done, or at once if the block has failed."""
        if error is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
            while any(asked.running() for asked in self._asked):
                # Repeated: an interrupt that arrives while Python code runs between two queries is lost.
                self._own.interrupt()
                sleep(_A_MOMENT)
        self._thread.shutdown()
        self._own.close()

    def ask(
        self,
        work: Callable[Concatenate[duckdb.DuckDBPyConnection, Asked], Result],
        *asked: Asked.args,
        **more: Asked.kwargs,
    ) -> Future[Result]:
        """Start `work` in the thread, called with its cursor and the given arguments; returns the future result."""
        found = self._thread.submit(work, self._own, *asked, **more)
        # Finished work is dropped, so that its results (frames may be large) can be freed.
        self._asked = [found, *(earlier for earlier in self._asked if not earlier.done())]
        return found

    def one_ahead(
        self, work: Callable[[duckdb.DuckDBPyConnection, Item], Result], items: Sequence[Item]
    ) -> Iterator[Result]:
        """Return the results of `work` for each of `items`, in order, always working one item ahead.

        The first item is started at once, before the result is iterated.
        """
        # Outside the generator: code in a generator would not run before the first result is asked for.
        following = [self.ask(work, item) for item in items[:1]]

        def results() -> Iterator[Result]:
            for item in items[1:]:
                made = following.pop()
                # Started before the previous result is yielded, so that the caller's work overlaps with it; only one,
                # so that at most two results are in memory.
                following.append(self.ask(work, item))
                yield made.result()
            for last in following:
                yield last.result()

        return results()
