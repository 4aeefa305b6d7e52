"""Presence: who takes part in a program during a period, whatever was bought, and on how many of its days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from rules.measures import Lookups

PERIOD_KEY = ("horizon", "program", "rebate", "period")

PRESENCE = pl.Schema(
    {
        "program": pl.String(),
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "member_id": pl.String(),
        "days": pl.Int32(),
    }
)
"""The days of a period on which a member takes part; who takes part on none has no row.

The days are counted up to the period's end, by what is known today: who has left has fewer, and for who has not the
days to come are counted as well. So an interim settlement is prorated by the same part as the final one.
"""

_DAY = pl.duration(days=1)


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


def compile_presence(
    participants: pl.DataFrame, member_spans: pl.DataFrame, *, periods: pl.DataFrame, provisions: pl.DataFrame
) -> pl.DataFrame:
    """Count the days of everybody in every period of the programs that prorate anything: PRESENCE, sorted.

    `participants` has program, is_baseline, span and member_id, `member_spans` span, valid_from and valid_to. A day on
    which several spans hold counts once.
    """
    wanted = provisions.lazy().filter(_asks()).select("program", "rebate")
    stretches = (
        periods.lazy().join(wanted, on=["program", "rebate"], how="semi").select(_PERIOD).unique(maintain_order=False)
    )
    key = [*_PERIOD, "member_id"]
    begins = pl.max_horizontal("valid_from", "period_start")
    ends = pl.min_horizontal("valid_to", "period_end")
    counted = pl.col("ends").cum_max().shift(1).over(key, order_by="begins")
    fresh = pl.max_horizontal("begins", counted + _DAY)
    return (
        participants.lazy()
        .filter(~pl.col("is_baseline"))
        .join(stretches, on="program")
        .join(member_spans.lazy().select("span", "valid_from", "valid_to"), on="span")
        .with_columns(begins=begins, ends=ends)
        .filter(pl.col("begins") <= pl.col("ends"))
        .with_columns(days=pl.max_horizontal(_days(fresh, pl.col("ends")), 0))
        .group_by(key)
        .agg(pl.col("days").sum().cast(pl.Int32))
        .sort(key)
        .collect()
    )


def with_days(candidates: pl.LazyFrame, provisions: pl.DataFrame, presence: pl.DataFrame) -> pl.LazyFrame:
    """Add prorate (thresholds | payout; null: not prorated), and days of period_days (i32; null: not asked for).

    `candidates` has program, rebate, period_start, period_end and member_id; `provisions` is PROVISIONS.
    """
    asked = provisions.filter(_asks()).select(
        "program", "rebate", prorate=pl.when(pl.col("prorate") != "none").then("prorate"), is_asked=True
    )
    if asked.is_empty():
        count = pl.lit(None, dtype=pl.Int32)
        return candidates.with_columns(prorate=pl.lit(None, dtype=pl.String), days=count, period_days=count)
    whole = _days(pl.col("period_start"), pl.col("period_end")).cast(pl.Int32)
    return (
        candidates.join(asked.lazy(), on=["program", "rebate"], how="left")
        .join(presence.lazy(), on=[*_PERIOD, "member_id"], how="left")
        .with_columns(
            days=pl.when("is_asked").then(pl.col("days").fill_null(0)), period_days=pl.when("is_asked").then(whole)
        )
        .drop("is_asked")
    )


_PERIOD = ("program", "period_start", "period_end")


def _asks() -> pl.Expr:
    """Say whether a rebate, or its program's limit, is prorated."""
    has_part_limit = (pl.col("program_prorate") == "thresholds") & pl.col("program_cap").is_not_null()
    return (pl.col("prorate") != "none") | has_part_limit


def _days(first: pl.Expr, last: pl.Expr) -> pl.Expr:
    return (last - first).dt.total_days() + 1
