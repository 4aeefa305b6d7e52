"""The exact types of the data: ids are text, money and quantities are decimals, days are dates."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import polars as pl

Id = pl.String
"""An identifier: text, so that leading zeros are kept."""

Money = Annotated[pl.Decimal, 18, 4]
"""An amount in the row's own currency."""

Quantity = Annotated[pl.Decimal, 18, 6]
"""A number of units."""

Rate = Annotated[pl.Decimal, 18, 8]
"""An exchange rate, or a factor."""

Degrees = Annotated[pl.Decimal, 9, 6]
"""A latitude or longitude."""

Instant = Annotated[pl.Datetime, "us", None]
"""A local time of day, without a zone."""

PERIOD_IDS = "the measure period: 2026-03 (2026-P03 in a calendar of your own), 2026-Q1, 2026-H1, 2026 or program"
"""The description of a column with the period of a rebate."""

# Four decimals hold the minor unit of every currency in ISO 4217; eighteen digits fit a 64-bit integer.
MONEY = pl.Decimal(18, 4)
QUANTITY = pl.Decimal(18, 6)
RATE = pl.Decimal(18, 8)

VALUE = pl.Decimal(38, 10)
"""A measure, qualifier or baseline, rounded once per period and rebate to ten decimals, halves away from zero."""

EXACT = pl.Decimal(38, 18)
"""The working type of products: a VALUE times a rate with at most eight decimals fits without rounding."""

ZERO = Decimal(0)
"""No money, and the start of every sum of it."""
