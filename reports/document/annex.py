"""The annex of a document: the transactions of its short lists, each once, however many rebates it counts for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.document.widths import column_widths
from reports.page.paper import MOST_TRANSACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.document.rebates import Row


def numbered_lists(programs: Sequence[Row]) -> dict[str, int]:
    """Return by anchor the number of each position whose transactions the annex lists; empty where it has none."""
    numbers = {position["anchor"]: n for n, position in enumerate(_short_lists(programs), 1)}
    entries = {entry for position in _short_lists(programs) for entry in position["transactions"]["entries"]}
    return numbers if len(entries) <= MOST_TRANSACTIONS else {}


def annex_view(programs: Sequence[Row], numbers: dict[str, int], last: str) -> Row | None:
    """Return the transactions that `numbers` names, in their order, each with the numbers for which it counts.

    `last`: the heading of those numbers.
    """
    if not numbers:
        return None
    cells: dict[int, Sequence[str]] = {}
    counts_for: dict[int, list[str]] = {}
    columns: Sequence[str] = ()
    for position in _short_lists(programs):
        listed = position["transactions"]
        columns = listed["columns"]
        for entry, row in zip(listed["entries"], listed["cells"], strict=True):
            cells[entry] = row
            counts_for.setdefault(entry, []).append(str(numbers[position["anchor"]]))
    rows = [[*cells[entry], ", ".join(counts_for[entry])] for entry in sorted(cells)]
    headings = [*columns, last]
    return {"headings": headings, "rows": rows, "widths": column_widths([headings], rows)}


def _short_lists(programs: Sequence[Row]) -> Iterator[Row]:
    """Yield the positions whose transactions are listed one by one on a printed page, in the order of the page."""
    for program in programs:
        for rebate in program["rebates"]:
            for position in rebate["positions"]:
                if position["transactions"]["cells"]:
                    yield position
