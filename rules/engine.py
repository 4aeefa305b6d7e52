"""The chain from sums to entitlements, readable like the contract: measure, qualify, rate, round, share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from rules.allocation import refuse_unshared
from rules.measures import measure
from rules.money import MOST_MONEY, round_money
from rules.qualifiers import qualify
from rules.sharing import by_part, share
from rules.tiers import rate, refuse_too_large
from schemas.types import MONEY, VALUE

if TYPE_CHECKING:
    from rules.measures import Lookups

ENTITLEMENT_KEY = ("horizon", "program", "rebate", "member_id", "period", "node_id")
"""What one entitlement belongs to; member_id is whom it belongs to, node_id is where the purchases were added up.

They differ only where a group's payout is shared. A member that changes its group inside a period has a row for each.
"""

_NODE = ("horizon", "program", "rebate", "member_id", "period")

ENTITLEMENT_COLUMNS = (
    "horizon", "program", "rebate", "member_id", "node_id", "payee_id", "period", "period_start", "period_end",
    "through", "currency", "qualifier", "measure", "baseline", "tier", "unrounded", "node_amount", "part", "amount",
    "note",
)  # fmt: skip


@dataclass(frozen=True)
class Contract:
    """What the rules say, as frames.

    rebates: program, rebate, currency, minor_digits, measure_term, qualifier_term, baseline_term, qualifier_kind,
    when_missing, missing_value, round_digits, rule_version. tiers: see rules.tiers.compile_tiers. periods: horizon,
    program, rebate, period, period_start, period_end, through. payees: program, member_id, payee_id. parts: program,
    node_id, member_id, part (see rules.participants).
    """

    rebates: pl.DataFrame
    tiers: pl.DataFrame
    periods: pl.DataFrame
    payees: pl.DataFrame
    parts: pl.DataFrame


def entitle(sums: pl.DataFrame, lookups: Lookups, contract: Contract) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Work out what every member is entitled to, per rebate and period.

    Returns (ENTITLEMENT_COLUMNS, sorted by their key) and the cells that could not be converted (see
    rules.measures.measure). qualifier, measure, baseline, tier, unrounded and node_amount are those of the node;
    amount is what the member has of it, and part its own measure where it is shared. Pure: the same frames give the
    same frames.

    Raises:
        RuleError: an amount is too large for the books or to be shared exactly, by name of program and rebate.
    """
    values, unconverted = measure(sums, lookups)
    own, _ = measure(sums, by_part(lookups, contract.parts))
    entitlements = (
        _candidates(values, contract.rebates)
        .pipe(qualify)
        .pipe(rate, contract.tiers)
        .join(contract.periods.lazy(), on=["horizon", "program", "rebate", "period"])
        .with_columns(amount=_amount())
        .pipe(share, _candidates(own, contract.rebates), contract.parts)
        .join(contract.payees.lazy(), on=["program", "member_id"], how="left")
        .select(ENTITLEMENT_COLUMNS)
        .sort(ENTITLEMENT_KEY)
        .collect()
        .pipe(refuse_too_large, "node_amount")
        .pipe(refuse_unshared, "amount", "program", "rebate", "node_id")
    )
    return entitlements, unconverted


def _amount() -> pl.Expr:
    sure = pl.when(pl.col("unrounded") < MOST_MONEY).then("unrounded")
    return round_money(sure, pl.col("minor_digits")).cast(MONEY)


def _candidates(values: pl.DataFrame, rebates: pl.DataFrame) -> pl.LazyFrame:
    """Put measure, current figure and baseline of each member and period side by side."""
    of_term = values.lazy().drop("program", "rebate")
    keys = values.lazy().select(_NODE).unique().join(rebates.lazy(), on=["program", "rebate"])
    for role in ("measure", "qualifier", "baseline"):
        term = of_term.rename({"term": f"{role}_term", "value": role})
        keys = keys.join(term, on=["horizon", "member_id", "period", f"{role}_term"], how="left")
    nothing = pl.lit(0).cast(VALUE)
    return keys.filter(pl.col("measure").is_not_null() | pl.col("qualifier").is_not_null()).with_columns(
        measure=pl.col("measure").fill_null(nothing), current=pl.col("qualifier").fill_null(nothing)
    )
