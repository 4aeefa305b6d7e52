"""Rows that hold on some days: the fields of the first and of the last."""

from __future__ import annotations

from typing import Any

import pandera.polars as pa

from schemas.checks import EARLIEST, LATEST


def first_day() -> Any:  # noqa: ANN401 - as pandera has its fields
    """Return the field of the first day on which a row holds."""
    said = "first day this row holds; empty: from the beginning"
    return pa.Field(nullable=True, ge=EARLIEST, le=LATEST, description=said, metadata={"example": "2026-01-01"})


def last_day() -> Any:  # noqa: ANN401 - as pandera has its fields
    """Return the field of the last day on which a row holds."""
    said = "last day this row holds; empty: for ever"
    return pa.Field(nullable=True, ge=EARLIEST, le=LATEST, description=said, metadata={"example": "2026-12-31"})
