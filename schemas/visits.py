"""Visits: field reps at partners."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.checks import LOWER, inside
from schemas.types import Degrees, Id, Instant

STATUSES = ("planned", "in_progress", "completed", "abandoned", "unscheduled")


class Visits(pa.DataFrameModel):
    """One row is a visit to a partner, planned or done."""

    visit_id: Id = pa.Field(description="the visit's id", metadata={"example": "V-0001"})
    member_id: Id = pa.Field(description="the partner visited", metadata={"example": "D-0001"})
    rep_id: Id = pa.Field(nullable=True, description="who visits", metadata={"example": "R-02"})
    planned_start: Instant = pa.Field(
        nullable=True, description="planned beginning, local time", metadata={"example": "2026-01-06T10:30"}
    )
    planned_end: Instant = pa.Field(
        nullable=True, description="planned end, local time", metadata={"example": "2026-01-06T11:30"}
    )
    actual_start: Instant = pa.Field(
        nullable=True, description="actual beginning, local time", metadata={"example": "2026-01-06T10:49"}
    )
    actual_end: Instant = pa.Field(
        nullable=True, description="actual end, local time", metadata={"example": "2026-01-06T11:25"}
    )
    status: pl.String = pa.Field(isin=STATUSES, metadata=LOWER | {"example": "completed"}, description="how far it is")
    priority: pl.String = pa.Field(nullable=True, description="how urgent it is", metadata={"example": "high"})
    program: pl.String = pa.Field(
        nullable=True, description="id of the program it is about", metadata={"example": "volume-bonus-2026"}
    )
    parent_visit_id: Id = pa.Field(nullable=True, description="the visit it follows up", metadata={"example": "V-0000"})
    latitude: Degrees = pa.Field(
        nullable=True, ge=-90, le=90, description="where, in degrees north", metadata={"example": "41.8781"}
    )
    longitude: Degrees = pa.Field(
        nullable=True, ge=-180, le=180, description="where, in degrees east", metadata={"example": "-87.6298"}
    )
    notes: pl.String = pa.Field(
        nullable=True, description="what was said", metadata={"example": "Wants a second delivery a week."}
    )

    contact: pl.String = pa.Field(
        nullable=True, description="whom to see there", metadata={"example": "Ms. Ortega, +1 312 555 0117"}
    )
    location_id: Id = pa.Field(
        nullable=True, description="the place visited, where its partner has several", metadata={"example": "L-0001"}
    )
    visit_type: pl.String = pa.Field(
        nullable=True,
        description="the action plan template it follows, or a kind of your own",
        metadata=LOWER | {"example": "dealer-review"},
    )
    instructions: pl.String = pa.Field(
        nullable=True, description="what to know before going", metadata={"example": "Ring at the rear gate."}
    )
    status_remarks: pl.String = pa.Field(
        nullable=True,
        description="why it is as it is, such as why it was abandoned",
        metadata={"example": "Closed for stocktaking."},
    )

    @pa.dataframe_check(error="dates_order:planned_end")
    def _plan_ends_after_it_begins(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805 - pandera passes the class
        return inside(data, "planned_start", "planned_end")

    @pa.dataframe_check(error="dates_order:actual_end")
    def _visit_ends_after_it_begins(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805 - pandera passes the class
        return inside(data, "actual_start", "actual_end")
