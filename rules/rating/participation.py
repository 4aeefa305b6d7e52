"""Presence: who takes part in a program during a period, whether or not anything was bought."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from rules.rating.inputs import Lookups

PERIOD_KEY = ("horizon", "program", "rebate", "period")


def present(lookups: Lookups, rebates: pl.LazyFrame) -> pl.LazyFrame:
    """List the members that take part on at least one day of each period, up to the day it is looked at through.

    Of `rebates` (program, rebate) only. Returns horizon, program, rebate, period, member_id, each once.
    """
    wanted = lookups.periods.lazy().join(rebates, on=["program", "rebate"], how="semi")
    days = lookups.member_spans.lazy().select("span", "valid_from", "valid_to")
    return (
        lookups.participants.lazy()
        .filter(~pl.col("is_baseline"))
        .join(wanted, on="program", how="semi")
        .join(days, on="span")
        .join(wanted, on="program")
        .filter((pl.col("valid_from") <= pl.col("through")) & (pl.col("valid_to") >= pl.col("period_start")))
        .select(*PERIOD_KEY, "member_id")
        .unique()
    )
