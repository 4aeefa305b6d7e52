"""Limits of a file that is delivered: far above what is meant, and below what fills a disk or a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sources.column_mapping import normal_name
from schemas.errors import ExtractError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.source import Source

MOST_COLUMNS = 500
"""Columns that are read: each stays in the table of its data set for ever, and costs every query of it."""
MOST_ROWS = 100_000_000
MOST_UNPACKED = 1 << 30
"""Bytes to which a packed file may unpack, whatever its size (1 GiB)."""
MOST_TIMES = 200
"""Beyond that, how many times its size: exports of a system shrink to a tenth or a twentieth."""


def refuse_too_many_columns(names: Sequence[str], source: Source, file: str) -> None:
    """Refuse a header of more columns than can be kept, before anything that takes longer the more there are.

    Raises:
        ExtractError: it has more than MOST_COLUMNS that are not ignored.
    """
    ignored = {normal_name(name) for name in source.ignore}
    count = len({normal_name(name) for name in names} - ignored - {""})
    if count > MOST_COLUMNS:
        todo = "export only what is needed, or name the others under `ignore:` of its source"
        found = f"the file has {count:,} columns; {MOST_COLUMNS} can be read"
        raise ExtractError(Problem(found, todo, at=Place(file, 1)))


def refuse_too_many_rows(count: int, file: str) -> None:
    """Refuse a file of more rows than can be meant.

    Raises:
        ExtractError: it has more than MOST_ROWS.
    """
    if count > MOST_ROWS:
        found = f"the file has more than {MOST_ROWS:,} rows"
        raise ExtractError(Problem(found, "deliver it in several files", at=Place(file)))


def most_unpacked(packed: int) -> int:
    """Return the bytes to which a file of `packed` bytes may unpack."""
    return max(MOST_UNPACKED, MOST_TIMES * packed)


def unpacked_problem(packed: int, file: str) -> Problem:
    """Return what is wrong with a packed file that unpacks to more than it may."""
    found = f"{packed:,} bytes unpack to more than {most_unpacked(packed):,}: no export does that"
    return Problem(found, "unpack it elsewhere, look at it, and deliver it in several files", at=Place(file))
