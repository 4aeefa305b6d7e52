"""The two years of the demo, and how its rows are spread over them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

FIRST_MONTH = date(2024, 11, 1)
LAST_DAY = date(2026, 10, 31)
MONTHS = 24
# From here on there are 14 % more rows, so that growth rebates have something to pay.
GROWTH_FROM = date(2026, 1, 1)
# Rows received in each calendar month, as shares: workshops are busy before winter and before the holidays.
_SEASON = (92, 90, 104, 108, 104, 100, 94, 82, 102, 112, 116, 96)


@dataclass(frozen=True)
class Month:
    """The rows `first` (included) to `end` (not included) are received in the month that begins on `start`."""

    start: date
    days: int
    first: int
    end: int

    @property
    def name(self) -> str:
        """Return the month as in a file's name."""
        return f"{self.start:%Y-%m}"

    @property
    def half(self) -> str:
        """Return the half-year as in a file's name."""
        return f"{self.start.year}-h{(self.start.month + 5) // 6}"


def months(rows: int) -> tuple[Month, ...]:
    """Return the months of the demo with `rows` shared among them."""
    starts = [_later(FIRST_MONTH, n) for n in range(MONTHS + 1)]
    shares = [_SEASON[start.month - 1] * (114 if start >= GROWTH_FROM else 100) for start in starts[:-1]]
    # Cumulative shares, so that the rounded months add up to `rows` exactly.
    ends = [rows * sum(shares[: n + 1]) // sum(shares) for n in range(MONTHS)]
    firsts = [0, *ends[:-1]]
    return tuple(
        Month(start, (after - start).days, first, end)
        for start, after, first, end in zip(starts[:-1], starts[1:], firsts, ends, strict=True)
    )


def received_days(index: pl.Series, spread: tuple[Month, ...]) -> pl.Series:
    """Return the day (counted from 1970-01-01) on which each row is received; rows are in the order of their index."""
    at = pl.Series([month.end for month in spread], dtype=pl.Int64).search_sorted(index, side="right")
    first, start, days, count = (
        pl.Series(values, dtype=pl.Int64).gather(at)
        for values in (
            [month.first for month in spread],
            [day_number(month.start) for month in spread],
            [month.days for month in spread],
            [max(month.end - month.first, 1) for month in spread],
        )
    )
    return start + (index - first) * days // count


def day_number(day: date) -> int:
    """Return the number of days since 1970-01-01."""
    return (day - date(1970, 1, 1)).days


def every_day(first: date, last: date) -> list[date]:
    """Return the days from `first` to `last`, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _later(day: date, months_on: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months_on, 12)
    return date(year, month + 1, 1)
