"""Locations: the places of partners that are visited."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

import pandera.polars as pa
import polars as pl

from schemas.checks import LOWER
from schemas.opening_hours import HOURS
from schemas.types import Degrees, Id


class Locations(pa.DataFrameModel):
    """One row is a place of a partner."""

    location_id: Id = pa.Field(description="the place's id", metadata={"example": "L-0001"})
    member_id: Id = pa.Field(description="the partner whose place it is", metadata={"example": "D-0001"})
    address: pl.String = pa.Field(
        nullable=True, description="address, as a rep finds it", metadata={"example": "12 Lake Street, Chicago"}
    )
    latitude: Degrees = pa.Field(
        nullable=True, ge=-90, le=90, description="where, in degrees north", metadata={"example": "41.8781"}
    )
    longitude: Degrees = pa.Field(
        nullable=True, ge=-180, le=180, description="where, in degrees east", metadata={"example": "-87.6298"}
    )
    time_zone: pl.String = pa.Field(
        nullable=True,
        description="the zone of its clocks, by its name in the IANA database",
        metadata={"example": "America/Chicago"},
    )
    opening_hours: pl.String = pa.Field(
        nullable=True,
        str_matches=HOURS,
        metadata=LOWER | {"example": "mon-fri 09:00-12:00, 13:00-17:00; sat 09:00-12:00"},
        description="when it can be visited, local time; empty: always",
    )

    @pa.dataframe_check(error="not_a_time_zone:time_zone")
    def _zone_exists(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805 - pandera passes the class
        return data.lazyframe.select(pl.col("time_zone").is_in(list(zones())).fill_null(value=True))


@cache
def zones() -> frozenset[str]:
    """Return the names of the time zones that this machine knows."""
    return frozenset(available_timezones())
