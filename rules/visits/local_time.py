"""Local times: what the clocks of a place show, as instants that can be subtracted from one another.

A time that clocks show twice, in autumn, is the first of the two; one that they skip, in spring, is read as if they had
not been put forward yet. So Python reads local times too (PEP 495, fold=0).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

CHANGES = pl.Schema({"time_zone": pl.String(), "local_from": pl.Datetime("us"), "offset": pl.Duration("us")})
"""From which local time on a zone's clocks are so far from UTC."""

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


def with_instant(rows: pl.DataFrame, column: str, changes: pl.DataFrame) -> pl.DataFrame:
    """Return `rows` with the instant, in UTC, of the local times in `column`, as `column`_utc.

    rows: time_zone and `column`, either of which may be null. Where the zone is not known the local time stands as it
    is: differences are those of the clock on the wall.
    """
    found = (
        rows.with_row_index("place")
        .sort(column, nulls_last=True)
        .join_asof(changes, left_on=column, right_on="local_from", by="time_zone", check_sortedness=False)
        .sort("place")
    )
    instant = pl.col(column) - pl.col("offset").fill_null(timedelta(0))
    return found.with_columns(instant.alias(f"{column}_utc")).drop("place", "local_from", "offset")


def changes_of(zones: Iterable[str], first: datetime, last: datetime) -> pl.DataFrame:
    """Return the CHANGES of `zones` that local times from `first` to `last` need, sorted by local_from.

    A zone that this machine does not know has none.
    """
    rows = [
        (zone, local_from, offset)
        for zone in sorted(set(zones))
        for local_from, offset in _changes(zone, first.date().toordinal() - 2, last.date().toordinal() + 2)
    ]
    return pl.DataFrame(rows, CHANGES, orient="row").sort("local_from", "time_zone")


@lru_cache(maxsize=4096)
def _changes(zone: str, first: int, last: int) -> list[tuple[datetime, timedelta]]:
    """Return from which local time on the clocks of `zone` are so far from UTC, for days as ordinals."""
    try:
        clock = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return []
    at = datetime.fromordinal(first).replace(tzinfo=UTC)
    before = _offset(clock, at)
    found = [(datetime.fromordinal(1), before)]
    for _ in range(last - first):
        following = at + _DAY
        after = _offset(clock, following)
        if after != before:
            change = _change_between(clock, at, following)
            # Put back: the later reading of the hour that is shown twice begins when that hour is over.
            found.append(((change + max(before, after)).replace(tzinfo=None), after))
        at, before = following, after
    return found


def _change_between(clock: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the first second between two instants at which the clock is as far from UTC as at the second."""
    offset = _offset(clock, after)
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        before, after = (before, middle) if _offset(clock, middle) == offset else (middle, after)
    return after


def _offset(clock: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(clock).utcoffset() or timedelta(0)
