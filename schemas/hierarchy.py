"""Hierarchy: which member stands above which, and when."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.checks import EARLIEST, LATEST, inside
from schemas.types import Id


class Hierarchy(pa.DataFrameModel):
    """One row is a dated edge from a member to its parent."""

    member_id: Id = pa.Field(description="the member below", metadata={"example": "D-0001"})
    parent_id: Id = pa.Field(description="the member above", metadata={"example": "R-NA"})
    level: pl.String = pa.Field(
        nullable=True, description="name of the parent's level: region, country, …", metadata={"example": "region"}
    )
    valid_from: pl.Date = pa.Field(
        ge=EARLIEST, le=LATEST, description="first day of the edge", metadata={"example": "2026-01-01"}
    )
    valid_to: pl.Date = pa.Field(
        nullable=True,
        ge=EARLIEST,
        le=LATEST,
        description="last day of the edge; empty: for ever",
        metadata={"example": "2026-12-31"},
    )

    @pa.dataframe_check(error="dates_order:valid_to")
    def _ends_after_it_begins(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805 - pandera passes the class
        return inside(data, "valid_from", "valid_to")
