"""Payments: the ERP's answer to exported payouts."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.checks import CURRENCY, EARLIEST, LATEST, LOWER, UPPER
from schemas.types import Id, Money


class Payments(pa.DataFrameModel):
    """One row is what the ERP says about a payout."""

    payout_id: Id = pa.Field(description="the payout, as exported", metadata={"example": "2026-11-USD-0123456789ab"})
    status: pl.String = pa.Field(metadata=LOWER | {"example": "paid"}, description="paid, rejected, …")
    paid_on: pl.Date = pa.Field(
        nullable=True, ge=EARLIEST, le=LATEST, description="day of payment", metadata={"example": "2026-12-23"}
    )
    amount: Money = pa.Field(nullable=True, description="amount paid", metadata={"example": "1234.50"})
    currency: pl.String = pa.Field(
        nullable=True, str_matches=CURRENCY, metadata=UPPER | {"example": "USD"}, description="its currency"
    )
    reference: pl.String = pa.Field(
        nullable=True, description="the ERP's own reference", metadata={"example": "PAY-88123"}
    )
    message: pl.String = pa.Field(
        nullable=True, description="why it was rejected, or anything else it says", metadata={"example": "paid by wire"}
    )
