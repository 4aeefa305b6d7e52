"""Visit tasks: what is to be done at a visit."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.checks import EARLIEST, LATEST, LOWER
from schemas.types import Id

CONTEXTS = ("account", "product", "order", "plan", "asset")


class VisitTasks(pa.DataFrameModel):
    """One row is a task of a visit."""

    visit_id: Id = pa.Field(description="the visit", metadata={"example": "V-0001"})
    task_id: Id = pa.Field(description="the task's id within the visit", metadata={"example": "agree-plan"})
    name: pl.String = pa.Field(description="what is to be done", metadata={"example": "Agree the quarter's plan"})
    required: pl.Boolean = pa.Field(
        nullable=True, description="whether the visit is incomplete without it", metadata={"example": "true"}
    )
    sequence: pl.Int32 = pa.Field(
        nullable=True, ge=0, description="its place among the visit's tasks", metadata={"example": "1"}
    )
    status: pl.String = pa.Field(nullable=True, metadata=LOWER | {"example": "done"}, description="open, done, …")
    due_on: pl.Date = pa.Field(
        nullable=True,
        ge=EARLIEST,
        le=LATEST,
        description="day it should be done by",
        metadata={"example": "2026-01-06"},
    )
    completed_on: pl.Date = pa.Field(
        nullable=True, ge=EARLIEST, le=LATEST, description="day it was done", metadata={"example": "2026-01-06"}
    )
    context_type: pl.String = pa.Field(
        nullable=True, isin=CONTEXTS, metadata=LOWER | {"example": "product"}, description="what it is about"
    )
    context_id: Id = pa.Field(nullable=True, description="the id of what it is about", metadata={"example": "P-100"})
