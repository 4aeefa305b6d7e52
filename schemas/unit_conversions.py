"""Unit conversions: how many of one unit make another."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.checks import FACTOR
from schemas.types import Id


class UnitConversions(pa.DataFrameModel):
    """One row is an exact factor: quantity in `to_unit` = quantity in `from_unit` times factor."""

    product_id: Id = pa.Field(
        nullable=True,
        description="the product it is for; empty, or the word any: any",
        metadata={"example": "P-100", "empty_word": "any"},
    )
    from_unit: pl.String = pa.Field(description="unit converted from", metadata={"example": "case"})
    to_unit: pl.String = pa.Field(description="unit converted to", metadata={"example": "piece"})
    factor: pl.String = pa.Field(
        str_matches=FACTOR, description='a positive decimal ("0.5") or fraction ("1/12")', metadata={"example": "12"}
    )
