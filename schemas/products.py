"""Products: what is sold."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.checks import inside
from schemas.dated import first_day, last_day
from schemas.types import Id


class Products(pa.DataFrameModel):
    """One row is a product, for as long as it holds."""

    product_id: Id = pa.Field(description="the product's id", metadata={"example": "P-100"})
    name: pl.String = pa.Field(nullable=True, description="name, as on statements", metadata={"example": "Brake pads"})
    category: pl.String = pa.Field(
        nullable=True, description="category that rules select by", metadata={"example": "brakes"}
    )
    brand: pl.String = pa.Field(nullable=True, description="brand", metadata={"example": "Rayler"})
    unit: pl.String = pa.Field(nullable=True, description="unit it is counted in", metadata={"example": "piece"})
    valid_from: pl.Date = first_day()
    valid_to: pl.Date = last_day()

    @pa.dataframe_check(error="dates_order:valid_to")
    def _ends_after_it_begins(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805 - pandera passes the class
        return inside(data, "valid_from", "valid_to")
