"""Policies: how each program treats amounts that fall below zero, or are too small to pay."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from schemas.types import MONEY

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from rules.language.model import Program

POLICIES = pl.Schema(
    {
        "program": pl.String(),
        "negative": pl.String(),
        "minimum": MONEY,
        "below": pl.String(),
        "is_over": pl.Boolean(),
    }
)
"""How a program settles: negative is carry_forward, invoice or write_off; below is carry or drop."""


def compile_policies(programs: Iterable[Program], as_of: date) -> pl.DataFrame:
    """Return one row of POLICIES per program; it `is_over` once every period of it is settled as of `as_of`."""
    return pl.DataFrame(
        [
            (
                program.id,
                program.negative,
                program.minimum_payout.amount if program.minimum_payout else None,
                program.minimum_payout.below if program.minimum_payout else None,
                as_of > program.effective.end + timedelta(days=program.grace_days),
            )
            for program in programs
        ],
        schema=POLICIES,
        orient="row",
    )
