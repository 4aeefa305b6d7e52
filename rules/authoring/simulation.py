"""Simulation: what proposed rules would have cost on a past year, against today's, and who wins and loses by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from rules.compiled.periods import shift_months
from rules.language.calendars import GREGORIAN, MONTHS_PER_YEAR
from rules.language.clauses import Effective
from schemas.errors import Place, Problem, RuleError
from schemas.types import MONEY, ZERO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.language.model import Program

ENTITLED = ("program", "rebate", "member_id", "period", "currency", "tier", "amount")
"""What is compared: one row per rebate, member and period; amount is MONEY."""

_SIDES = ("today", "proposed")


@dataclass(frozen=True)
class Simulation:
    """What proposed rules cost against today's, in money of each `currency`; change = proposed - today.

    totals: currency, today, proposed, change, members, winners, losers (how many). rebates: program, rebate and the
    sums. tiers: program, rebate, tier, and per side how many periods of members reached it and what that cost. members:
    program, member_id and the sums, where anything changes, who wins most first.
    """

    totals: pl.DataFrame
    rebates: pl.DataFrame
    tiers: pl.DataFrame
    members: pl.DataFrame


def years_back(program: Program, year: int) -> int:
    """Return by how many years a program must be moved back to hold in `year`; 0 where it holds on any day of it.

    Raises:
        RuleError: it must be moved and follows a calendar of its own, whose periods differ from year to year.
    """
    days = program.effective
    if days.start.year <= year <= days.end.year:
        return 0
    if program.fiscal_calendar != GREGORIAN:
        todo = "simulate a year in which it holds, or let its `effective` begin in that year"
        found = f"{program.id} holds {days.start} to {days.end}, and its calendar cannot be moved to {year}"
        raise RuleError(Problem(found, todo, at=Place(program.file)))
    return days.start.year - year


def moved_back(program: Program, years: int) -> Program:
    """Return a program that holds as many years earlier, its rebates with it."""
    if not years:
        return program
    rebates = {
        name: rebate.model_copy(update={"effective": _earlier(rebate.effective, years)}) if rebate.effective else rebate
        for name, rebate in program.rebates.items()
    }
    return program.model_copy(update={"effective": _earlier(program.effective, years), "rebates": rebates})


def simulation(today: pl.DataFrame, proposed: pl.DataFrame) -> Simulation:
    """Return what `proposed` pays against `today`, both ENTITLED of the same history."""
    members = _compared(today, proposed, ["program", "member_id", "currency"])
    by_member = _compared(today, proposed, ["member_id", "currency"])
    change = pl.col("change")
    counts = by_member.group_by("currency").agg(
        members=pl.len().cast(pl.Int64),
        winners=(change > 0).sum().cast(pl.Int64),
        losers=(change < 0).sum().cast(pl.Int64),
    )
    totals = _compared(today, proposed, ["currency"]).join(counts, on="currency").sort("currency")
    most = ["currency", "change", "program", "member_id"]
    return Simulation(
        totals=totals,
        rebates=_compared(today, proposed, ["program", "rebate", "currency"]),
        tiers=_tiers(today, proposed),
        members=members.filter(change != 0).sort(most, descending=[False, True, False, False]),
    )


def _earlier(days: Effective, years: int) -> Effective:
    months = -years * MONTHS_PER_YEAR
    return Effective.model_construct(start=shift_months(days.start, months), end=shift_months(days.end, months))


def _compared(today: pl.DataFrame, proposed: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return what each side pays, summed per `by`, and the change; sorted."""
    sums = [
        frame.group_by(by).agg(pl.col("amount").sum().cast(MONEY).alias(side))
        for side, frame in zip(_SIDES, (today, proposed), strict=True)
    ]
    both = sums[0].join(sums[1], on=by, how="full", coalesce=True)
    known = both.with_columns(pl.col(_SIDES).fill_null(ZERO))
    return known.with_columns(change=(pl.col("proposed") - pl.col("today")).cast(MONEY)).sort(by)


def _tiers(today: pl.DataFrame, proposed: pl.DataFrame) -> pl.DataFrame:
    """Return how many periods of members reached each tier, and what that cost, by both rules."""
    by = ["program", "rebate", "tier", "currency"]
    reached = [
        frame.with_columns(pl.col("tier").fill_null(0))
        .group_by(by)
        .agg(pl.len().cast(pl.Int64).alias(f"{side}_periods"), pl.col("amount").sum().cast(MONEY).alias(side))
        for side, frame in zip(_SIDES, (today, proposed), strict=True)
    ]
    both = reached[0].join(reached[1], on=by, how="full", coalesce=True)
    counts = [f"{side}_periods" for side in _SIDES]
    filled = both.with_columns(pl.col(counts).fill_null(0), pl.col(_SIDES).fill_null(ZERO))
    return filled.select(*by, *(name for side in _SIDES for name in (f"{side}_periods", side))).sort(by)
