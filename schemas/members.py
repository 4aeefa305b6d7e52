"""Members: the partners that take part in programs."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.checks import CURRENCY, EARLIEST, LATEST, UPPER, inside
from schemas.dated import first_day, last_day
from schemas.types import Id


class Members(pa.DataFrameModel):
    """One row is a partner, for as long as it holds."""

    member_id: Id = pa.Field(description="the partner's id", metadata={"example": "D-0001"})
    name: pl.String = pa.Field(
        nullable=True, description="name, as on its statements", metadata={"example": "Northside Garage"}
    )
    type: pl.String = pa.Field(
        nullable=True, description="kind of partner: dealer, distributor, supplier, …", metadata={"example": "dealer"}
    )
    region: pl.String = pa.Field(nullable=True, description="sales region", metadata={"example": "NA"})
    parent_id: Id = pa.Field(
        nullable=True,
        description="the member above it, where there is no hierarchy data set",
        metadata={"example": "R-NA"},
    )
    payee_id: Id = pa.Field(nullable=True, description="who is paid in its place", metadata={"example": "D-0001"})
    currency: pl.String = pa.Field(
        nullable=True, str_matches=CURRENCY, metadata=UPPER | {"example": "USD"}, description="currency it is paid in"
    )
    language: pl.String = pa.Field(
        nullable=True, description="language of its statements: en, de or ja", metadata={"example": "en"}
    )
    email: pl.String = pa.Field(
        nullable=True, description="where statements go", metadata={"example": "rebates@northside.example"}
    )
    status: pl.String = pa.Field(nullable=True, description="active, closed, …", metadata={"example": "active"})
    joined_on: pl.Date = pa.Field(
        nullable=True, ge=EARLIEST, le=LATEST, description="day it became a partner", metadata={"example": "2019-05-24"}
    )
    valid_from: pl.Date = first_day()
    valid_to: pl.Date = last_day()

    @pa.dataframe_check(error="dates_order:valid_to")
    def _ends_after_it_begins(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805 - pandera passes the class
        return inside(data, "valid_from", "valid_to")
