"""Limit checks: whether anything owed exceeds the limits of rebates and programs, or the budgets of programs."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from rules.money import MINOR_UNITS
from rules.rating.integers import part_of
from rules.rating.proration import PART
from schemas.types import EXACT, MONEY

ABOVE = pl.Schema(
    {
        "program": pl.String(),
        "rebate": pl.String(),
        "member_id": pl.String(),
        "period": pl.String(),
        "amount": MONEY,
        "most": EXACT,
    }
)
"""An amount above the most that was agreed: rebate, member and period are null where the limit is for all of them.

member_id is the node where purchases are added up: limits apply before anything is shared.
"""

_STEPS = {currency: Decimal(1).scaleb(-digits) for currency, digits in MINOR_UNITS.items()}


def above_limits(entitlements: pl.DataFrame, provisions: pl.DataFrame) -> pl.DataFrame:
    """Return what is above a limit: ABOVE.

    `entitlements` are those of one horizon, as returned by rules.engine; `provisions` is PROVISIONS. A limit need not
    be a whole number of cents, and the last cents of a budget go to individual keys: so an amount may exceed the limit
    of a rebate by less than one minor unit. All rebates of a program and member together may do so by less than one
    minor unit, or by less than one for each rebate where a budget is shared. A budget is never exceeded.
    """
    limited = provisions.filter(~pl.all_horizontal(pl.col("cap", "program_cap", "budget").is_null()))
    if limited.is_empty():
        return ABOVE.to_frame()
    step = pl.col("currency").replace_strict(_STEPS, return_dtype=EXACT)
    rows = (
        entitlements.lazy()
        .join(limited.lazy(), on=["program", "rebate"])
        # A shared amount has a row per member, each with the node's whole amount.
        .unique(["program", "rebate", "node_id", "period"])
        .with_columns(step=step, member_id="node_id", amount=pl.col("node_amount").cast(EXACT))
    )
    found = [_of_rebates(rows), _of_programs(rows), _of_budgets(rows)]
    return pl.concat(found, how="diagonal").select(ABOVE.names()).cast(ABOVE).collect().sort(ABOVE.names())


def _of_rebates(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return what exceeds the limit of a rebate."""
    most = _for_days("cap", "prorate")
    return rows.with_columns(most=most).filter(pl.col("amount") >= pl.col("most") + pl.col("step"))


def _of_programs(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return what exceeds the limit of a program, per member and period."""
    slack = pl.when(pl.col("budget").is_null()).then("step").otherwise(pl.col("step") * pl.col("rebates").cast(EXACT))
    return (
        rows.drop_nulls("program_cap")
        .with_columns(most=_for_days("program_cap", "program_prorate"))
        .group_by("program", "member_id", "period")
        .agg(pl.col("amount").sum(), pl.col("most").max(), pl.col("step", "budget").first(), rebates=pl.len())
        .filter(pl.col("amount") >= pl.col("most") + slack)
        .with_columns(rebate=pl.lit(None, dtype=pl.String))
    )


def _of_budgets(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return what exceeds the budget of a program."""
    return (
        rows.drop_nulls("budget")
        .group_by("program")
        .agg(pl.col("amount").sum(), most=pl.col("budget").first())
        .filter(pl.col("amount") > pl.col("most"))
        .with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in ("rebate", "member_id", "period"))
    )


def _for_days(limit: str, prorate: str) -> pl.Expr:
    """Return a limit, prorated where the agreement prorates thresholds."""
    is_part = (pl.col(prorate) == "thresholds") & (pl.col("days") < pl.col("period_days"))
    return pl.when(is_part).then(part_of(pl.col(limit), PART)).otherwise(limit)
