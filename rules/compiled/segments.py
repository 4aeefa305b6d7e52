"""Date segments: ranges of days that every rule treats alike, cut wherever any window begins or ends."""

from __future__ import annotations

import polars as pl

WINDOWS = pl.Schema(
    {
        "horizon": pl.String(),
        "term": pl.String(),
        "period": pl.String(),
        "part": pl.Int32(),
        "start": pl.Date(),
        "end": pl.Date(),
    }
)
"""A window: days (both ends included) whose transactions a term adds up for a period; an average has several parts."""

_DAY = pl.duration(days=1)


def cut_days(windows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the days that lie in any window with their segment, and each window's segments.

    Returns (activity_date, segment), one row per day that lies in a window, and (horizon, term, period, part, segment,
    end: the window's last day). A segment is either wholly inside a window or wholly outside. It is called by its first
    day, as days since 1970 (i32), so that a cut leaves the segments before and after it as they are called. An empty
    window, which ends the day before it starts, has no segment.
    """
    cuts = (
        pl.concat([windows.select(cut="start"), windows.select(cut=pl.col("end") + _DAY)])
        .unique()
        .sort("cut")
        .with_columns(place=pl.int_range(pl.len(), dtype=pl.Int32), segment=pl.col("cut").to_physical())
    )
    numbered = (
        windows.with_columns(cut=pl.col("end") + _DAY)
        .join(cuts.select("cut", first="place"), left_on="start", right_on="cut")
        # int_ranges excludes its end: the segment that begins the day after the window is not part of it.
        .join(cuts.select("cut", after="place"), on="cut")
        .select(
            "horizon", "term", "period", "part", pl.int_ranges("first", "after", dtype=pl.Int32).alias("place"), "end"
        )
        .explode("place")
        .join(cuts.select("place", "segment"), on="place")
        .select("horizon", "term", "period", "part", "segment", "end")
        .sort("horizon", "term", "period", "part", "segment")
    )
    days = (
        cuts.with_columns(last=pl.col("cut").shift(-1) - _DAY)
        .join(numbered, on="segment", how="semi")
        .select(activity_date=pl.date_ranges("cut", "last"), segment="segment")
        .explode("activity_date")
        .sort("activity_date")
    )
    return days, numbered
