"""Visit indicators: what was measured at a visit."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.checks import BOOLEAN, DATE, LOWER, NUMBER
from schemas.types import Id

PATTERNS = {"number": NUMBER, "percent": NUMBER, "boolean": BOOLEAN, "date": DATE, "text": ""}
"""The form of target and actual, by kind; text may be anything."""


class VisitKpis(pa.DataFrameModel):
    """One row is an indicator of a visit: what was aimed at and what was found, both as text of the stated kind."""

    visit_id: Id = pa.Field(description="the visit", metadata={"example": "V-0001"})
    kpi: pl.String = pa.Field(description="name of the indicator", metadata={"example": "shelf_compliance"})
    product_id: Id = pa.Field(
        nullable=True, description="the product it is about, if it is about one", metadata={"example": "P-100"}
    )
    kind: pl.String = pa.Field(
        isin=tuple(PATTERNS), metadata=LOWER | {"example": "percent"}, description="how target and actual are written"
    )
    target: pl.String = pa.Field(nullable=True, description="what is aimed at", metadata={"example": "90"})
    actual: pl.String = pa.Field(nullable=True, description="what was found", metadata={"example": "95"})
    sequence: pl.Int32 = pa.Field(
        nullable=True, ge=0, description="its place among the visit's indicators", metadata={"example": "1"}
    )
    unit: pl.String = pa.Field(
        nullable=True, description="what target and actual are counted in", metadata={"example": "piece"}
    )

    @pa.dataframe_check(error="kind:target")
    def _target_is_of_its_kind(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805 - pandera passes the class
        return _of_its_kind(data, "target")

    @pa.dataframe_check(error="kind:actual")
    def _actual_is_of_its_kind(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805 - pandera passes the class
        return _of_its_kind(data, "actual")


def _of_its_kind(data: pa.PolarsData, column: str) -> pl.LazyFrame:
    wrong = pl.any_horizontal(
        (pl.col("kind") == kind) & ~pl.col(column).str.contains(pattern) for kind, pattern in PATTERNS.items()
    )
    return data.lazyframe.select(wrong.fill_null(value=False).not_())
