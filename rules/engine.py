"""The chain from summed facts to entitlements, in the order in which a contract reads.

Measure, qualify, rate, prorate, guarantee, limit per member, stack, limit per program, round, budget, share: in this
order, for all rebates of all members at once. Until it is rounded, exactly once, an amount is an EXACT with eighteen
decimals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from rules.compiled.days_inside import with_days
from rules.compiled.seasons import is_of_last_year, seasons
from rules.money import MOST_MONEY, round_money
from rules.rating.allocation import refuse_unshared
from rules.rating.budget import scale_to_budgets
from rules.rating.candidates import candidates
from rules.rating.carried import carry, note_carried
from rules.rating.forecast import FORECAST, FORECAST_COLUMNS, foresee, with_forecast
from rules.rating.inputs import at_nodes
from rules.rating.like_for_like import note_days
from rules.rating.limits import cap, lift
from rules.rating.measures import measure
from rules.rating.program_limits import cap_programs, hold_programs, with_settled
from rules.rating.proration import rate_by_days
from rules.rating.qualifiers import qualify
from rules.rating.sharing import by_part, share
from rules.rating.stacking import earn_in_turn, stack
from rules.rating.tiers import refuse_too_large
from schemas.types import MONEY

if TYPE_CHECKING:
    from rules.rating.inputs import Facts, Lookups

AT_ONCE = 200_000
"""So many values of terms are rated at a time, or those of one program: memory grows with members of one program."""

ENTITLEMENT_KEY = ("horizon", "program", "rebate", "member_id", "period", "node_id")
"""The key of an entitlement: member_id is who receives it, node_id is where the purchases were added up.

They differ only where a group's payout is shared. A member that changes its group within a period has a row for each
group.
"""

ENTITLEMENT_COLUMNS = (
    "horizon", "program", "rebate", "member_id", "node_id", "payee_id", "period", "period_start", "period_end",
    "through", "currency", "qualifier", "measure", "baseline", "tier", "days", "period_days", "rated", "unrounded",
    "node_amount", "part", "amount", "note",
)  # fmt: skip
"""The columns of an entitlement; all but amount and part describe its node.

measure: what the rate applies to; in a cascade, what the earlier rebates left of it. days, period_days: the days of the
period on which the node takes part, and all its days, where proration needs them. rated: the result of the scale.
unrounded: rated after proration, guarantee, limits and stacking. node_amount: unrounded in minor units of the currency,
within the program's budget. amount: the member's share of node_amount. part: the member's own part of the measure,
where the amount is shared. note: what changed the amount, in words.
"""


@dataclass(frozen=True)
class Contract:
    """The compiled rules as frames.

    rebates, periods, day_ratios: see rules.compiled.rebate_table, terms and day_ratios. tiers: see
    rules.rating.tiers.compile_tiers. payees: program, member_id, payee_id. parts: program, node_id, member_id, part
    (see rules.compiled.participants). provisions: see rules.compiled.provision_table. days_inside: see
    rules.compiled.days_inside. outlook: the open periods to forecast (see rules.rating.forecast); without rows nothing
    is forecast.
    """

    rebates: pl.DataFrame
    tiers: pl.DataFrame
    periods: pl.DataFrame
    day_ratios: pl.DataFrame
    payees: pl.DataFrame
    parts: pl.DataFrame
    provisions: pl.DataFrame
    days_inside: pl.DataFrame
    outlook: pl.DataFrame


def entitle(facts: Facts, lookups: Lookups, contract: Contract) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what every member is entitled to, per rebate and period, and the cells without a conversion.

    The first frame has ENTITLEMENT_COLUMNS, sorted by ENTITLEMENT_KEY; the second holds the cells that no factor or
    rate could convert (see rules.rating.measures.measure). Pure: the same frames give the same frames.

    Raises:
        BooksError: two different targets, or baselines, are agreed for one member, rebate and period.
        RuleError: an amount is too large for the books or to be shared exactly; names program and rebate.
    """
    entitled = entitle_ahead(facts, lookups, contract)
    return entitled.entitlements, entitled.unconverted


class Entitled(NamedTuple):
    """What members are entitled to, what open periods pay at their end, and the cells that could not be converted.

    The first two have ENTITLEMENT_COLUMNS and are sorted by ENTITLEMENT_KEY; the forecast also has FORECAST_COLUMNS,
    and no rows if there is no outlook.
    """

    entitlements: pl.DataFrame
    forecast: pl.DataFrame
    unconverted: pl.DataFrame


def entitle_ahead(facts: Facts, lookups: Lookups, contract: Contract) -> Entitled:
    """Return what `entitle` returns and, by the same chain, the forecast of what open periods pay at their end.

    Raises what `entitle` raises.
    """
    entitled = entitle_some(facts, lookups, contract)
    refuse_uncomputed(uncomputed(entitled))
    return entitled


def entitle_some(facts: Facts, lookups: Lookups, contract: Contract) -> Entitled:
    """Return what `entitle_ahead` returns, of those nodes and programs that the frames hold, and refuse no figure.

    The frames may hold some of the nodes, each with all buyers that have a part in it, since one node's figures do not
    depend on another's. Of a program with a budget they must hold all. Once all are rated, see refuse_uncomputed.
    """
    nodes, parts = at_nodes(lookups), at_nodes(by_part(lookups, contract.parts))
    values, unconverted = measure(facts.at("node"), nodes)
    of_parts, lost = measure(facts.at("part"), parts)
    whole = _Counted(values, seasons(values, unconverted), nodes)
    parted = _Counted(of_parts, seasons(of_parts, lost), parts)
    computed = (
        pl.concat(_computed(rebates, whole, parted, contract) for rebates in _in_batches(contract.rebates, values))
        # The joins return rows in any order; postings are derived in this order, so it must be total.
        .sort(ENTITLEMENT_KEY)
    )
    is_ahead = pl.col("horizon") == FORECAST
    entitlements = computed.filter(~is_ahead).select(ENTITLEMENT_COLUMNS)
    return Entitled(entitlements, computed.filter(is_ahead), unconverted.filter(~is_of_last_year()))


def uncomputed(entitled: Entitled) -> pl.DataFrame:
    """Return the rows whose amount is null, being too large: an expression cannot raise where it computes one."""
    found = pl.concat([entitled.entitlements, entitled.forecast.select(ENTITLEMENT_COLUMNS)])
    return found.filter(pl.any_horizontal(pl.col("node_amount", "amount").is_null()))


def refuse_uncomputed(rows: pl.DataFrame) -> None:
    """Refuse `rows`, as returned by `uncomputed`, if there are any.

    Raises:
        RuleError: an amount is too large for the books or to be shared exactly; names program and rebate.
    """
    rows.pipe(refuse_too_large, "node_amount").pipe(refuse_unshared, "amount", "program", "rebate", "node_id")


class _Counted(NamedTuple):
    """What was counted: the values of terms, those of last year (see rules.compiled.seasons), and who was measured."""

    values: pl.DataFrame
    last_year: pl.DataFrame
    lookups: Lookups

    def figures(self, rebates: pl.DataFrame, outlook: pl.DataFrame) -> pl.LazyFrame:
        """Return the candidates of `rebates`, with those of open periods foreseen."""
        values = self.values.join(rebates, on="program", how="semi")
        return foresee(candidates(values, self.lookups, rebates), self.last_year, self.lookups, outlook)


def _in_batches(rebates: pl.DataFrame, values: pl.DataFrame) -> list[pl.DataFrame]:
    """Return `rebates` in batches of whole programs, each of about AT_ONCE of `values`; one batch at least.

    Whatever combines rebates, members or periods does so within one program.
    """
    sizes = values.group_by("program").len()
    programs = rebates.select("program").unique().join(sizes, on="program", how="left").sort("program")
    batch = pl.col("len").fill_null(0).cum_sum() // AT_ONCE
    numbered = rebates.join(programs.select("program", batch=batch), on="program", maintain_order="left")
    return [part.drop("batch") for part in numbered.partition_by("batch", maintain_order=True)] or [rebates]


def _computed(rebates: pl.DataFrame, whole: _Counted, parted: _Counted, contract: Contract) -> pl.DataFrame:
    """Return what `rebates` entitle to, by node and by its parts, and their forecast, in any order."""
    periods = with_forecast(contract.periods, contract.outlook).lazy()
    # One chain for the settled figures, the figures to date and the forecast: only `horizon` tells them apart, so a
    # forecast can never follow other rules than the settlement.
    return (
        whole.figures(rebates, contract.outlook)
        .join(periods, on=["horizon", "program", "rebate", "period"])
        .pipe(with_days, contract.provisions, contract.days_inside)
        .pipe(carry, contract.provisions, is_ahead=not contract.outlook.is_empty())
        .pipe(earn_in_turn, contract.provisions, lambda figures: earn(figures, contract))
        .pipe(stack, contract.provisions)
        .pipe(_within_programs, contract)
        .pipe(share, parted.figures(rebates, contract.outlook), contract.parts)
        .join(contract.payees.lazy(), on=["program", "member_id"], how="left")
        .select(*ENTITLEMENT_COLUMNS, *FORECAST_COLUMNS)
        .collect()
    )


def earn(figures: pl.LazyFrame, contract: Contract) -> pl.LazyFrame:
    """Return the figures of each rebate by itself, before stacking: tier, rated, unrounded and note.

    A guarantee is due in the settlement that ends the period; in the figures to date, only once the period has ended.
    """
    return (
        figures.pipe(qualify)
        .pipe(note_days, contract.day_ratios)
        .pipe(note_carried)
        .pipe(rate_by_days, contract.tiers, contract.provisions)
        .pipe(lift, contract.provisions, is_final=pl.col("through") == pl.col("period_end"))
        .pipe(cap, contract.provisions)
    )


def _within_programs(earned: pl.LazyFrame, contract: Contract) -> pl.LazyFrame:
    """Return `earned` with the rounded `amount`, within the limits and budgets that programs set for all rebates."""
    provisions = contract.provisions
    limited = provisions.filter(pl.col("program_cap").is_not_null() | pl.col("budget").is_not_null())
    if limited.is_empty():
        return _rounded(earned)
    programs = limited.lazy().select("program").unique()
    # Programs without such limits, which are most, skip the window functions over a whole program.
    free = earned.join(programs, on="program", how="anti").pipe(_rounded)
    within = (
        earned.join(programs, on="program", how="semi")
        .join(contract.payees.lazy(), on=["program", "member_id"], how="left")
        .pipe(with_settled, ("to_date",) if contract.outlook.is_empty() else ("to_date", FORECAST))
        .pipe(cap_programs, provisions)
        # Rounded between the two: the first holds the exact amounts to the limit, the second their rounded sum.
        .pipe(_rounded)
        .pipe(hold_programs, provisions)
        .pipe(scale_to_budgets, provisions)
        .filter(~pl.col("is_copy"))
        .drop("payee_id", "is_copy")
    )
    return pl.concat([free, within])


def _rounded(earned: pl.LazyFrame) -> pl.LazyFrame:
    """Return `earned` with `amount` rounded to minor_digits (MONEY); null where it exceeds what the books can hold."""
    # Cast only what fits: a cast to MONEY that overflows would raise without naming the program.
    sure = pl.when(pl.col("unrounded") < MOST_MONEY).then("unrounded")
    return earned.with_columns(amount=round_money(sure, pl.col("minor_digits")).cast(MONEY))
