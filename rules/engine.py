"""The chain from sums to entitlements, readable like the contract.

Measure, qualify, rate, prorate, guarantee, limit per member, stack, limit per program, round, budget: in this order,
for all rebates of all members at once. Until it is rounded, once, an amount is an EXACT of eighteen decimals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from rules.budget import scale_to_budgets
from rules.limits import cap, lift
from rules.measures import measure
from rules.money import MOST_MONEY, round_money
from rules.presence import with_days
from rules.program_limits import cap_programs, hold_programs, with_settled
from rules.proration import rate_by_days
from rules.qualifiers import qualify
from rules.stacking import earn_in_turn, stack
from rules.tiers import refuse_too_large
from schemas.types import MONEY, VALUE

if TYPE_CHECKING:
    from rules.measures import Lookups

ENTITLEMENT_KEY = ("horizon", "program", "rebate", "member_id", "period")
"""What one entitlement belongs to."""

ENTITLEMENT_COLUMNS = (
    "horizon", "program", "rebate", "member_id", "payee_id", "period", "period_start", "period_end", "through",
    "currency", "qualifier", "measure", "baseline", "tier", "days", "period_days", "rated", "unrounded", "amount",
    "note",
)  # fmt: skip
"""What an entitlement says.

measure: what the rate met, in a cascade what the earlier rebates left of it. days, period_days: the part of the
period that the member takes part in, where that matters. rated: what the scale gives; unrounded: what is left of it, or
added to it, by proration, guarantee, limits and stacking; amount: that in minor units, within the program's budget.
note: what was done to it, in words.
"""


@dataclass(frozen=True)
class Contract:
    """What the rules say, as frames.

    rebates: program, rebate, currency, minor_digits, measure_term, qualifier_term, baseline_term, qualifier_kind,
    when_missing, missing_value, round_digits, rule_version. tiers: see rules.tiers.compile_tiers. periods: horizon,
    program, rebate, period, period_start, period_end, through. payees: program, member_id, payee_id. provisions: see
    rules.provision_table. presence: see rules.presence.
    """

    rebates: pl.DataFrame
    tiers: pl.DataFrame
    periods: pl.DataFrame
    payees: pl.DataFrame
    provisions: pl.DataFrame
    presence: pl.DataFrame


def entitle(sums: pl.DataFrame, lookups: Lookups, contract: Contract) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Work out what every member is entitled to, per rebate and period.

    Returns (ENTITLEMENT_COLUMNS, sorted by their key) and the cells that could not be converted (see
    rules.measures.measure). Pure: the same frames give the same frames.

    Raises:
        RuleError: an amount is too large for the books, by name of program and rebate.
    """
    values, unconverted = measure(sums, lookups)
    provisions = contract.provisions
    entitlements = (
        _candidates(values, contract.rebates)
        .join(contract.periods.lazy(), on=["horizon", "program", "rebate", "period"])
        .join(contract.payees.lazy(), on=["program", "member_id"], how="left")
        .pipe(with_days, provisions, contract.presence)
        .pipe(earn_in_turn, provisions, lambda candidates: earn(candidates, contract))
        .pipe(stack, provisions)
        .pipe(_within_programs, provisions)
        .select(ENTITLEMENT_COLUMNS)
        .sort(ENTITLEMENT_KEY)
        .collect()
        .pipe(refuse_too_large, "amount")
    )
    return entitlements, unconverted


def earn(candidates: pl.LazyFrame, contract: Contract) -> pl.LazyFrame:
    """Work out what each rebate gives by itself: tier, rated, unrounded and note.

    A guarantee is due in the settlement that ends the period, and to date once the period has ended.
    """
    provisions = contract.provisions
    return (
        candidates.pipe(qualify)
        .pipe(rate_by_days, contract.tiers, provisions)
        .pipe(lift, provisions, is_final=pl.col("through") == pl.col("period_end"))
        .pipe(cap, provisions)
    )


def _within_programs(earned: pl.LazyFrame, provisions: pl.DataFrame) -> pl.LazyFrame:
    """Round, within the limits and budgets that programs have for all their rebates."""
    limited = provisions.filter(pl.col("program_cap").is_not_null() | pl.col("budget").is_not_null())
    if limited.is_empty():
        return _rounded(earned)
    programs = limited.lazy().select("program").unique()
    within = (
        earned.join(programs, on="program", how="semi")
        .pipe(with_settled)
        .pipe(cap_programs, provisions)
        .pipe(_rounded)
        .pipe(hold_programs, provisions)
        .pipe(scale_to_budgets, provisions)
        .filter(~pl.col("is_copy"))
    )
    free = earned.join(programs, on="program", how="anti").pipe(_rounded)
    return pl.concat([free.select(ENTITLEMENT_COLUMNS), within.select(ENTITLEMENT_COLUMNS)])


def _rounded(earned: pl.LazyFrame) -> pl.LazyFrame:
    sure = pl.when(pl.col("unrounded") < MOST_MONEY).then("unrounded")
    return earned.with_columns(amount=round_money(sure, pl.col("minor_digits")).cast(MONEY))


def _candidates(values: pl.DataFrame, rebates: pl.DataFrame) -> pl.LazyFrame:
    """Put measure, current figure and baseline of each member and period side by side."""
    of_term = values.lazy().drop("program", "rebate")
    keys = values.lazy().select(ENTITLEMENT_KEY).unique().join(rebates.lazy(), on=["program", "rebate"])
    for role in ("measure", "qualifier", "baseline"):
        term = of_term.rename({"term": f"{role}_term", "value": role})
        keys = keys.join(term, on=["horizon", "member_id", "period", f"{role}_term"], how="left")
    nothing = pl.lit(0).cast(VALUE)
    return keys.filter(pl.col("measure").is_not_null() | pl.col("qualifier").is_not_null()).with_columns(
        measure=pl.col("measure").fill_null(nothing), current=pl.col("qualifier").fill_null(nothing)
    )
