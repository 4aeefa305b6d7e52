"""The chain from sums to entitlements, readable like the contract: measure, qualify, rate, round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from rules.candidates import candidates
from rules.measures import measure
from rules.money import MOST_MONEY, round_money
from rules.qualifiers import qualify
from rules.tiers import rate, refuse_too_large
from schemas.types import MONEY

if TYPE_CHECKING:
    from rules.measures import Facts, Lookups

ENTITLEMENT_KEY = ("horizon", "program", "rebate", "member_id", "period")
"""What one entitlement belongs to."""

ENTITLEMENT_COLUMNS = (
    "horizon", "program", "rebate", "member_id", "payee_id", "period", "period_start", "period_end", "through",
    "currency", "qualifier", "measure", "baseline", "tier", "unrounded", "amount", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Contract:
    """What the rules say, as frames.

    rebates, periods: see rules.terms. tiers: see rules.tiers.compile_tiers. payees: program, member_id, payee_id.
    """

    rebates: pl.DataFrame
    tiers: pl.DataFrame
    periods: pl.DataFrame
    payees: pl.DataFrame


def entitle(facts: Facts, lookups: Lookups, contract: Contract) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Work out what every member is entitled to, per rebate and period.

    Returns (ENTITLEMENT_COLUMNS, sorted by their key) and the cells that could not be converted (see
    rules.measures.measure). Pure: the same frames give the same frames.

    Raises:
        BooksError: two different targets, or baselines, are agreed for one member, rebate and period.
        RuleError: an amount is too large for the books, by name of program and rebate.
    """
    values, unconverted = measure(facts, lookups)
    entitlements = (
        candidates(values, lookups, contract.rebates)
        .pipe(qualify)
        .pipe(rate, contract.tiers)
        .join(contract.periods.lazy(), on=["horizon", "program", "rebate", "period"])
        .join(contract.payees.lazy(), on=["program", "member_id"], how="left")
        .with_columns(amount=_amount())
        .select(ENTITLEMENT_COLUMNS)
        .sort(ENTITLEMENT_KEY)
        .collect()
        .pipe(refuse_too_large, "amount")
    )
    return entitlements, unconverted


def _amount() -> pl.Expr:
    sure = pl.when(pl.col("unrounded") < MOST_MONEY).then("unrounded")
    return round_money(sure, pl.col("minor_digits")).cast(MONEY)
