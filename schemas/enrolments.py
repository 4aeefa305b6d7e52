"""Enrolments: who is in which program, and when."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.checks import EARLIEST, LATEST, inside
from schemas.types import Id


class Enrolments(pa.DataFrameModel):
    """One row is a member in a program for a while."""

    program: pl.String = pa.Field(
        description="id of the program, as in its rule file", metadata={"example": "volume-bonus-2026"}
    )
    member_id: Id = pa.Field(description="the member enrolled", metadata={"example": "D-0001"})
    valid_from: pl.Date = pa.Field(
        ge=EARLIEST, le=LATEST, description="first day that counts", metadata={"example": "2026-01-01"}
    )
    valid_to: pl.Date = pa.Field(
        nullable=True,
        ge=EARLIEST,
        le=LATEST,
        description="last day that counts; empty: for ever",
        metadata={"example": "2026-12-31"},
    )

    @pa.dataframe_check(error="dates_order:valid_to")
    def _ends_after_it_begins(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805 - pandera passes the class
        return inside(data, "valid_from", "valid_to")
