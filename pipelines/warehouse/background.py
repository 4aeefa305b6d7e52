"""Beside: work on the warehouse that goes on in a thread of its own while the rest goes on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    import duckdb

_A_MOMENT = 0.02  # seconds

Asked = ParamSpec("Asked")
Item = TypeVar("Item")
Result = TypeVar("Result")


class Beside:
    """A thread with a connection of its own, as a context: it does what it is asked, one after the other.

    At the end what was asked is waited for; where the rest has failed, it is stopped.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Stand ready to work on what `connection` works on."""
        self.connection = connection

    def __enter__(self) -> Self:
        """Start the thread."""
        self._own = self.connection.cursor()
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._asked: list[Future[Any]] = []
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        """End the thread."""
        if error is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
            while any(asked.running() for asked in self._asked):  # what is between two queries is not interrupted
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
        """Have `work` done with the connection and what is `asked`."""
        found = self._thread.submit(work, self._own, *asked, **more)
        self._asked = [found, *(earlier for earlier in self._asked if not earlier.done())]
        return found

    def one_ahead(
        self, work: Callable[[duckdb.DuckDBPyConnection, Item], Result], items: Sequence[Item]
    ) -> Iterator[Result]:
        """Give what `work` makes of each of `items`, in order; the next one is always under way, the first at once."""
        following = [self.ask(work, item) for item in items[:1]]

        def results() -> Iterator[Result]:
            for item in items[1:]:
                made = following.pop()
                following.append(self.ask(work, item))
                yield made.result()
            for last in following:
                yield last.result()

        return results()
