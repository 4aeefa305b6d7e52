"""Exchange rates, by day."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.checks import CURRENCY, EARLIEST, LATEST, UPPER
from schemas.types import Rate


class FxRates(pa.DataFrameModel):
    """One row is a day's rate: amount in `to_currency` = amount in `from_currency` times rate."""

    from_currency: pl.String = pa.Field(
        str_matches=CURRENCY, metadata=UPPER | {"example": "EUR"}, description="currency converted from"
    )
    to_currency: pl.String = pa.Field(
        str_matches=CURRENCY, metadata=UPPER | {"example": "USD"}, description="currency converted to"
    )
    rate_date: pl.Date = pa.Field(
        ge=EARLIEST, le=LATEST, description="day of the rate", metadata={"example": "2026-03-31"}
    )
    rate: Rate = pa.Field(gt=0, description="the rate, with at most 8 decimals", metadata={"example": "1.0842"})
