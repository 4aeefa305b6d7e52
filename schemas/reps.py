"""Reps: who visits partners."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.checks import LOWER, inside
from schemas.dated import first_day, last_day
from schemas.opening_hours import HOURS
from schemas.types import Degrees, Id


class Reps(pa.DataFrameModel):
    """One row is a field representative, for as long as it holds."""

    rep_id: Id = pa.Field(description="the rep's id", metadata={"example": "R-02"})
    name: pl.String = pa.Field(nullable=True, description="name", metadata={"example": "Dana Whitfield"})
    email: pl.String = pa.Field(
        nullable=True, description="where calendars go", metadata={"example": "dana@rayler.example"}
    )
    language: pl.String = pa.Field(
        nullable=True, description="language of its day sheets: en, ja, …", metadata={"example": "en"}
    )
    region: pl.String = pa.Field(
        nullable=True, description="region whose members it visits; empty: any", metadata={"example": "NA"}
    )
    start_latitude: Degrees = pa.Field(
        nullable=True, ge=-90, le=90, description="where its days begin and end", metadata={"example": "41.8781"}
    )
    start_longitude: Degrees = pa.Field(
        nullable=True, ge=-180, le=180, description="where its days begin and end", metadata={"example": "-87.6298"}
    )
    working_hours: pl.String = pa.Field(
        nullable=True,
        str_matches=HOURS,
        metadata=LOWER | {"example": "mon-fri 08:30-17:30"},
        description="when it is on the road, local time",
    )
    max_visits_per_day: pl.Int32 = pa.Field(
        nullable=True, ge=0, le=100, description="visits a day at most", metadata={"example": "5"}
    )
    skills: pl.String = pa.Field(
        nullable=True,
        description="what it can do, separated by semicolons",
        metadata=LOWER | {"example": "training; audit"},
    )
    valid_from: pl.Date = first_day()
    valid_to: pl.Date = last_day()

    @pa.dataframe_check(error="dates_order:valid_to")
    def _ends_after_it_begins(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805 - pandera passes the class
        return inside(data, "valid_from", "valid_to")
