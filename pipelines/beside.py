"""Beside: work that goes on in a thread of its own while the rest goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

Item = TypeVar("Item")
Result = TypeVar("Result")


def one_ahead(beside: Executor, work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """Give what `work` makes of each of `items`, in order; it is always at the next one, and at the first at once."""
    following = [beside.submit(work, item) for item in items[:1]]

    def results() -> Iterator[Result]:
        for item in items[1:]:
            made = following.pop()
            following.append(beside.submit(work, item))
            yield made.result()
        for last in following:
            yield last.result()

    return results()
