"""Transactions: the lines that count."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.checks import CURRENCY, EARLIEST, LATEST, LOWER, UPPER, inside
from schemas.types import Id, Money, Quantity

NEGATIVE_TYPES = ("return", "credit")
"""Types of transaction that take away: quantity and amount are zero or less."""

POSITIVE_TYPES = ("sale",)
"""Types of transaction that add: quantity and amount are zero or more."""


class Transactions(pa.DataFrameModel):
    """One row is a line of a sale, return, credit or adjustment."""

    transaction_id: Id = pa.Field(description="the line's id")
    member_id: Id = pa.Field(description="the partner that bought")
    product_id: Id = pa.Field(description="what it bought")
    activity_date: pl.Date = pa.Field(
        ge=EARLIEST, le=LATEST, description="day of the sale: decides period and eligibility"
    )
    received_on: pl.Date = pa.Field(ge=EARLIEST, le=LATEST, description="day it became known: decides which run saw it")
    type: pl.String = pa.Field(metadata=LOWER, description="sale, return, credit, adjustment, …")
    quantity: Quantity = pa.Field(description="number of units; returns and credits negative")
    unit: pl.String = pa.Field(description="unit of the quantity")
    amount: Money = pa.Field(description="net amount in its currency; returns and credits negative")
    currency: pl.String = pa.Field(str_matches=CURRENCY, metadata=UPPER, description="currency of the amount")
    order_id: Id = pa.Field(nullable=True, description="the order it belongs to")

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
