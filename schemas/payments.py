"""Payments: the ERP's answer to exported payouts."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.checks import CURRENCY, EARLIEST, LATEST, LOWER, UPPER
from schemas.types import Id, Money


class Payments(pa.DataFrameModel):
    """One row is what the ERP says about a payout."""

    payout_id: Id = pa.Field(description="the payout, as exported")
    status: pl.String = pa.Field(metadata=LOWER, description="paid, rejected, …")
    paid_on: pl.Date = pa.Field(nullable=True, ge=EARLIEST, le=LATEST, description="day of payment")
    amount: Money = pa.Field(nullable=True, description="amount paid")
    currency: pl.String = pa.Field(nullable=True, str_matches=CURRENCY, metadata=UPPER, description="its currency")
    reference: pl.String = pa.Field(nullable=True, description="the ERP's own reference")
    message: pl.String = pa.Field(nullable=True, description="why it was rejected, or anything else it says")
