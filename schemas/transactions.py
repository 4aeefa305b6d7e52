"""Transactions: the lines that count."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.checks import CURRENCY, EARLIEST, LATEST, LOWER, UPPER, inside
from schemas.types import Id, Money, Quantity

NEGATIVE_TYPES = ("return", "credit")
"""Types of transaction that reduce: quantity and amount are zero or less."""

POSITIVE_TYPES = ("sale",)
"""Types of transaction that increase: quantity and amount are zero or more."""

KNOWN_TYPES = (*POSITIVE_TYPES, *NEGATIVE_TYPES, "adjustment")
"""Types whose sign is known: an adjustment has the sign that it is written with. A source declares any other."""


class Transactions(pa.DataFrameModel):
    """One row is a line of a sale, return, credit or adjustment."""

    transaction_id: Id = pa.Field(description="the line's id", metadata={"example": "T-0001"})
    member_id: Id = pa.Field(description="the partner that bought", metadata={"example": "D-0001"})
    product_id: Id = pa.Field(description="what it bought", metadata={"example": "P-100"})
    activity_date: pl.Date = pa.Field(
        ge=EARLIEST,
        le=LATEST,
        description="day of the sale: decides period and eligibility",
        metadata={"example": "2026-03-30"},
    )
    received_on: pl.Date = pa.Field(
        ge=EARLIEST,
        le=LATEST,
        description="day it became known: decides which run saw it",
        metadata={"example": "2026-03-31"},
    )
    type: pl.String = pa.Field(
        metadata=LOWER | {"example": "sale"},
        description="sale, return, credit or adjustment; any other is declared under `signs:` of its source",
    )
    quantity: Quantity = pa.Field(
        description="number of units; returns and credits negative", metadata={"example": "40"}
    )
    unit: pl.String = pa.Field(description="unit of the quantity", metadata={"example": "piece"})
    amount: Money = pa.Field(
        description="net amount in its currency; returns and credits negative", metadata={"example": "1600.00"}
    )
    currency: pl.String = pa.Field(
        str_matches=CURRENCY, metadata=UPPER | {"example": "USD"}, description="currency of the amount"
    )
    order_id: Id = pa.Field(nullable=True, description="the order it belongs to", metadata={"example": "O-20593"})
    original_id: Id = pa.Field(
        nullable=True,
        description="of a return or credit: the id of its sale, a line of the same source and member",
        metadata={"example": "T-0001"},
    )

    @pa.dataframe_check(error="future_date:activity_date")
    def _known_after_it_happened(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805 - pandera passes the class
        return inside(data, "activity_date", "received_on")

    @pa.dataframe_check(error="sign:amount")
    def _amount_agrees_with_type(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805 - pandera passes the class
        return _sign_agrees(data, "amount")

    @pa.dataframe_check(error="sign:quantity")
    def _quantity_agrees_with_type(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805 - pandera passes the class
        return _sign_agrees(data, "quantity")


def _sign_agrees(data: pa.PolarsData, column: str) -> pl.LazyFrame:
    kind, figure = pl.col("type"), pl.col(column)
    wrong = (kind.is_in(NEGATIVE_TYPES) & (figure > 0)) | (kind.is_in(POSITIVE_TYPES) & (figure < 0))
    return data.lazyframe.select(wrong.fill_null(value=False).not_())
