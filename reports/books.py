"""What a statement is made of: the words of the contract, the brand, and frames from the books."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import polars as pl


@dataclass(frozen=True)
class Brand:
    """Who sends the statement; `colour` is #rrggbb."""

    name: str
    colour: str = "#0b5d4e"
    address: tuple[str, ...] = ()
    contact: str = ""


@dataclass(frozen=True)
class Clause:
    """What the contract says of one rebate; titles are by language, `reference` is the rebate's own or empty.

    measure and qualifier_measure are revenue or quantity, qualifier is plain, growth_amount or growth_percent,
    method is as the rule names it; units are empty for revenue.
    """

    program: str
    rebate: str
    program_titles: Mapping[str, str]
    titles: Mapping[str, str]
    program_reference: str
    reference: str
    currency: str
    method: str
    measure: str
    unit: str
    qualifier: str
    qualifier_measure: str
    qualifier_unit: str


@dataclass(frozen=True)
class Issue:
    """What all statements of a run share; `digits` are the decimals of each currency."""

    brand: Brand
    clauses: tuple[Clause, ...]
    digits: Mapping[str, int]
    tiers: pl.DataFrame
    as_of: date
    payout_period: str

    @cached_property
    def scales(self) -> dict[tuple[str, str], list[dict[str, Any]]]:
        """The rows of `tiers` (see rules.tiers.TIERS) by program and rebate, in order."""
        by_rebate = self.tiers.sort("tier").partition_by("program", "rebate", as_dict=True, maintain_order=True)
        return {(program, rebate): rows.to_dicts() for (program, rebate), rows in by_rebate.items()}


@dataclass(frozen=True)
class StatementFrames:
    """The books of some payees; every frame has payee_id.

    payees: payee_name, language. payouts: payout_id, currency, payout_period, amount, status, due_on, reference.
    lines: the postings of the payout period: seq, kind, program, rebate, member_id, member_name, period,
    settled_through, currency, amount, reason. positions: one row per program, rebate, member_id and period that is
    open or has lines: member_name, period_start, period_end, qualifier, measure, tier, earned, posted_before,
    posted_now, open_amount, unconverted (transactions left out), sold_unit (null if there are several),
    is_converted (some amounts came in other currencies), and the columns of rules.progress. transactions: those that
    count: program, rebate, member_id, period, and reports.listing.COLUMNS.
    """

    payees: pl.DataFrame
    payouts: pl.DataFrame
    lines: pl.DataFrame
    positions: pl.DataFrame
    transactions: pl.DataFrame
