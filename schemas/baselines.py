"""Baselines: figures agreed with a member, to grow from."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.types import PERIOD_IDS, Id, Quantity


class Baselines(pa.DataFrameModel):
    """One row is a member's agreed baseline for a rebate and period."""

    program: pl.String = pa.Field(
        description="id of the program, as in its rule file", metadata={"example": "volume-bonus-2026"}
    )
    rebate: pl.String = pa.Field(
        description="id of the rebate in that program", metadata={"example": "quarterly-volume"}
    )
    member_id: Id = pa.Field(description="the member", metadata={"example": "D-0001"})
    period: pl.String = pa.Field(description=PERIOD_IDS, metadata={"example": "2026-Q1"})
    value: Quantity = pa.Field(
        description="the baseline, in the currency or unit of the rebate's measure", metadata={"example": "28000.00"}
    )
