"""The input of a statement: the words of the contract, the brand, and frames from the books."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reports.page.language import SOURCE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import polars as pl

    from reports.page.brand import Brand
    from reports.statement.ladder import Ladder


PERCENTAGES = ("growth_percent", "target_percent", "share_percent")


@dataclass(frozen=True)
class Figure:
    """What a rebate counts, in the rule's own words: what is `counted` (revenue, orders, …) and which `kind` it is.

    `unit` is the name of one unit (case, order, visit), empty for money and for a constant; `baseline` is what growth
    is measured against, otherwise empty.
    """

    counted: str
    kind: str = "plain"
    unit: str = ""
    baseline: str = ""

    @property
    def is_percent(self) -> bool:
        """Return whether it is written as a percentage."""
        return self.kind in PERCENTAGES or self.counted == "visit_score"

    @property
    def is_money(self) -> bool:
        """Return whether it is an amount of money."""
        return self.counted == "revenue" and self.kind not in PERCENTAGES

    @property
    def is_count(self) -> bool:
        """Return whether it is a whole number."""
        return self.counted in {"orders", "transactions", "products", "visits"}


@dataclass(frozen=True)
class Clause:
    """What the contract says about one rebate; titles are by language, `reference` is the rebate's own or empty.

    `method` is named as in the rule. `has_own_qualifier`: a figure other than the measure selects the tier.
    `priced_by`: the day whose exchange rate counts: activity_date, period_end, or fixed.
    """

    program: str
    rebate: str
    program_titles: Mapping[str, str]
    titles: Mapping[str, str]
    program_reference: str
    reference: str
    currency: str
    method: str
    measure: Figure
    qualifier: Figure
    has_own_qualifier: bool
    priced_by: str = "activity_date"


@dataclass(frozen=True)
class Issue:
    """What all statements of a run share; `digits` are the decimals of each currency.

    `language`: that of payees who name none, or one without a catalogue. `earlier`: the run that published the last
    statements of each earlier payout period.
    """

    brand: Brand
    clauses: tuple[Clause, ...]
    digits: Mapping[str, int]
    tiers: pl.DataFrame
    as_of: date
    payout_period: str
    language: str = SOURCE
    earlier: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def ladders(self) -> dict[tuple[str, str, str], Ladder]:
        """Return the ladders written so far, by program, rebate and language; they are the same on all pages."""
        return {}

    @cached_property
    def _clauses(self) -> dict[tuple[str, str], Clause]:
        return {(clause.program, clause.rebate): clause for clause in self.clauses}

    def clause(self, program: str, rebate: str) -> Clause:
        """Return what the contract says about a rebate."""
        return self._clauses[program, rebate]

    def find_clause(self, program: str, rebate: str) -> Clause | None:
        """Return what the contract says about a rebate; None where there is none, or it no longer exists."""
        return self._clauses.get((program, rebate))

    @cached_property
    def program_titles(self) -> dict[str, Mapping[str, str]]:
        """Return the titles of every program by its id."""
        return {clause.program: clause.program_titles for clause in self.clauses}

    @cached_property
    def scales(self) -> dict[tuple[str, str], list[dict[str, Any]]]:
        """Return the rows of `tiers` (see rules.rating.tiers.TIERS) by program and rebate, in order."""
        # Row by row: parting a frame by its keys takes a query for each of thousands of rebates.
        scales: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for tier in self.tiers.sort("tier").iter_rows(named=True):
            scales.setdefault((tier["program"], tier["rebate"]), []).append(tier)
        return scales


@dataclass(frozen=True)
class StatementFrames:
    """The books of some payees; every frame has payee_id.

    payees: payee_name, language. payouts: payout_id, currency, payout_period, amount, status, due_on, reference, paid
    (of it so far) and paid_on (the last payment); those of the payout period, and earlier ones that were still to be
    paid at the last statement of an earlier period. entries: what the account of each currency stood at then and every
    entry since, in order: currency, entry (opening, earned, restated, adjusted, write_off, paid, overpaid, invoiced),
    day, payout_id, payout_period, program, rebate, period, member_id, member_name, reference, reason, amount (above
    zero what is owed to the payee). settled: what was settled and stated before, and is not among the positions:
    program, rebate, period, members (how many), amount, stated (the payout period), through (the last day settled).
    lines: the postings of the payout period: seq, kind, program, rebate, member_id, member_name, period, payout_period,
    settled_through, currency, amount, reason, causes (of a restatement: cause, and of the first of its rows
    transaction_id and day, rows). positions: one row per program, rebate, member_id and period that is
    open or has lines: member_name, period_start, period_end, qualifier, measure, baseline, tier, earned, posted_before,
    posted_now, open_amount, stated (the payout period in which it was first settled, if that is an earlier one),
    unconverted (transactions left out), sold_unit (null if there are several),
    is_converted (some amounts came in other currencies), prorate, days, period_days, rated and unrounded (see
    rules.engine), the columns of rules.rating.next_tier, and of the group whose figures
    these are node_id, node_name, node_amount (what it earned), part (the member's part of its measure; null where
    nothing is shared), nodes (in how many groups the member earned), horizon, currency, and form (see
    reports.statement.position).
    transactions: those that count, or what they are added up to: program, rebate, member_id, period, buyer, and
    reports.statement.listing.COLUMNS. sums: of all that count, one row per program, rebate, member_id, period, buyer,
    unit and currency: buyer_name, the detail in which they are listed (see reports.statement.detail), transactions (how
    many), amount, quantity. excluded: those that people took out: member_id, member_name, transaction_id,
    activity_date, amount, currency, reason, note. left_out: those that the measure of a position lacks, of the payee's
    own: program, rebate, member_id, period (of the position), transaction_id, activity_date, quantity, unit, amount,
    currency, reason (no_rate, no_factor). visits: completed visits, the newest first, one row per task, or one without
    any: visit_id, member_id, member_name, visited_on, is_recent, task_id, name, due_on, completed_on,
    is_done.
    """

    payees: pl.DataFrame
    payouts: pl.DataFrame
    entries: pl.DataFrame
    settled: pl.DataFrame
    lines: pl.DataFrame
    positions: pl.DataFrame
    transactions: pl.DataFrame
    sums: pl.DataFrame
    excluded: pl.DataFrame
    left_out: pl.DataFrame
    visits: pl.DataFrame
