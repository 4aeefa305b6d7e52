"""The chain from sums to entitlements, readable like the contract: measure, qualify, rate, round, share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from rules.allocation import refuse_unshared
from rules.candidates import candidates
from rules.measures import at_nodes, measure
from rules.money import MOST_MONEY, round_money
from rules.qualifiers import qualify
from rules.sharing import by_part, share
from rules.tiers import rate, refuse_too_large
from schemas.types import MONEY

if TYPE_CHECKING:
    from rules.measures import Facts, Lookups

ENTITLEMENT_KEY = ("horizon", "program", "rebate", "member_id", "period", "node_id")
"""What one entitlement belongs to; member_id is whom it belongs to, node_id is where the purchases were added up.

They differ only where a group's payout is shared. A member that changes its group inside a period has a row for each.
"""

ENTITLEMENT_COLUMNS = (
    "horizon", "program", "rebate", "member_id", "node_id", "payee_id", "period", "period_start", "period_end",
    "through", "currency", "qualifier", "measure", "baseline", "tier", "unrounded", "node_amount", "part", "amount",
    "note",
)  # fmt: skip


@dataclass(frozen=True)
class Contract:
    """What the rules say, as frames.

    rebates, periods: see rules.terms. tiers: see rules.tiers.compile_tiers. payees: program, member_id, payee_id.
    parts: program, node_id, member_id, part (see rules.participants).
    """

    rebates: pl.DataFrame
    tiers: pl.DataFrame
    periods: pl.DataFrame
    payees: pl.DataFrame
    parts: pl.DataFrame


def entitle(facts: Facts, lookups: Lookups, contract: Contract) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Work out what every member is entitled to, per rebate and period.

    Returns (ENTITLEMENT_COLUMNS, sorted by their key) and the cells that could not be converted (see
    rules.measures.measure). qualifier, measure, baseline, tier, unrounded and node_amount are those of the node;
    amount is what the member has of it, and part its own measure where it is shared. Pure: the same frames give the
    same frames.

    Raises:
        BooksError: two different targets, or baselines, are agreed for one member, rebate and period.
        RuleError: an amount is too large for the books or to be shared exactly, by name of program and rebate.
    """
    nodes, parts = at_nodes(lookups), at_nodes(by_part(lookups, contract.parts))
    values, unconverted = measure(facts, nodes)
    of_parts, _ = measure(facts, parts)
    entitlements = (
        candidates(values, nodes, contract.rebates)
        .pipe(qualify)
        .pipe(rate, contract.tiers)
        .join(contract.periods.lazy(), on=["horizon", "program", "rebate", "period"])
        .with_columns(amount=_amount())
        .pipe(share, candidates(of_parts, parts, contract.rebates), contract.parts)
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
