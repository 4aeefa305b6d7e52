"""What models check with: patterns of text, bounds of dates, and how a text column is written before it is kept."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import pandera.polars as pa

EARLIEST = date(1900, 1, 1)
LATEST = date(2199, 12, 31)
"""Days outside these are slips of the pen (0026-01-01), not business."""

CURRENCY = r"^[A-Z]{3}$"
FACTOR = r"^(?:\d*[1-9]\d*(?:\.\d+)?|\d+\.\d*[1-9]\d*|\d*[1-9]\d*/\d*[1-9]\d*)$"
"""A decimal or a fraction greater than zero."""

NUMBER = r"^[+-]?\d{1,15}(?:\.\d{1,10})?$"
"""A figure that can be reckoned with exactly: fifteen digits and ten decimals at most."""

BOOLEAN = r"^(?i:true|false|yes|no|y|n|1|0)$"
DATE = r"^\d{4}-\d{2}-\d{2}$"

LOWER = {"case": "lower"}
UPPER = {"case": "upper"}


def inside(data: pa.PolarsData, first: str, last: str) -> pl.LazyFrame:
    """Say per row whether `first` comes no later than `last`; where one is empty, it does."""
    return data.lazyframe.select((pl.col(first) <= pl.col(last)).fill_null(value=True))
