"""What models check: patterns of text, bounds of dates, and the case in which a text column is stored."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import pandera.polars as pa

EARLIEST = date(1900, 1, 1)
LATEST = date(2199, 12, 31)
"""Days outside these bounds are typing errors (0026-01-01)."""

CURRENCY = r"^[A-Z]{3}$"
FACTOR = r"^(?:\d*[1-9]\d*(?:\.\d+)?|\d+\.\d*[1-9]\d*|\d*[1-9]\d*/\d*[1-9]\d*)$"
"""A decimal or a fraction greater than zero."""

NUMBER = r"^[+-]?\d{1,15}(?:\.\d{1,10})?$"
"""A figure that can be computed exactly: fifteen digits and ten decimals at most."""

BOOLEAN = r"^(?i:true|false|yes|no|y|n|1|0)$"
DATE = r"^\d{4}-\d{2}-\d{2}$"
SHA256 = r"^[0-9a-f]{64}$"

LOWER = {"case": "lower"}
UPPER = {"case": "upper"}


def inside(data: pa.PolarsData, first: str, last: str) -> pl.LazyFrame:
    """Return per row whether `first` is not after `last`; true where either is empty."""
    return data.lazyframe.select((pl.col(first) <= pl.col(last)).fill_null(value=True))
