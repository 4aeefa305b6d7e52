"""Terms: everything that the rules need summed as of a given day, compiled to small tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from rules.compiled.day_ratios import DAY_RATIOS, day_ratios
from rules.compiled.figure_terms import AGREED, figure_terms, filter_key
from rules.compiled.periods import (
    OUTLOOK,
    baseline_windows,
    compared_through,
    length,
    periods_of,
    settled_through,
)
from rules.compiled.rebate_table import compile_rebates
from rules.compiled.seasons import season_terms, season_windows
from rules.compiled.segments import WINDOWS
from schemas.types import RATE, VALUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from rules.compiled.figure_terms import Term
    from rules.compiled.periods import Period
    from rules.language.model import Program, Rebate

TERMS = pl.Schema(
    {
        "program": pl.String(),
        "rebate": pl.String(),
        "term": pl.String(),
        "kind": pl.String(),
        "target": pl.String(),
        "member_filter": pl.String(),
        "product_filter": pl.String(),
        "attribute_filter": pl.String(),
        "is_baseline": pl.Boolean(),
        "parts": pl.Int64(),
        "priced_by": pl.String(),
        "constant": VALUE,
    }
)
"""A term: what is summed, counted or looked up, and in which currency, unit or indicator.

`kind`: see rules.compiled.figure_terms. `target`: the currency, unit or visit indicator. `member_filter`: whom the
rebate is for, of the members of its program (empty: all of them). `is_baseline`: over earlier days, on which the member
need not be enrolled. `parts`: the number of windows per period of which it is the average, otherwise 1. `priced_by`:
the program's policy for exchange rates.
"""

PERIODS = pl.Schema(
    {
        "horizon": pl.String(),
        "program": pl.String(),
        "rebate": pl.String(),
        "period": pl.String(),
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "through": pl.Date(),
    }
)
"""Which periods are computed, and through which day.

`settled`: through the last settlement, growth against the same days of the baseline. `to_date`, while a period is not
wholly settled: what it would pay if nothing more came, so growth against the whole baseline; never posted.
"""

FIXED_RATES = pl.Schema({"program": pl.String(), "currency": pl.String(), "fixed_rate": RATE})
"""The exchange rates that a program states itself: units of its own currency per unit of `currency`."""


@dataclass(frozen=True)
class Terms:
    """The compiled rules as frames: TERMS, PERIODS and FIXED_RATES.

    And of rules.compiled: rebate_table.REBATES, segments.WINDOWS, day_ratios.DAY_RATIOS, periods.OUTLOOK.
    """

    terms: pl.DataFrame
    rebates: pl.DataFrame
    periods: pl.DataFrame
    windows: pl.DataFrame
    day_ratios: pl.DataFrame
    fixed_rates: pl.DataFrame
    outlook: pl.DataFrame


def compile_terms(programs: Sequence[Program], as_of: date, *, is_ahead: bool = False) -> Terms:
    """Return what `programs` need summed for the books as of `as_of`; a few rows per rebate and period.

    `is_ahead`: open periods are forecast too (see rules.rating.forecast), which needs windows of last year.
    """
    rebates = [(program, name, rebate) for program in programs for name, rebate in program.rebates.items()]
    named = {(program.id, name): dict(_named(program, name, rebate)) for program, name, rebate in rebates}
    horizons = [
        (program, name, rebate, horizon, period, through)
        for program, name, rebate in rebates
        for period in periods_of(program, rebate)
        for horizon, through in _horizons(period, program, as_of)
    ]
    running = [row for row in horizons if is_ahead and row[3] == "to_date"]
    return Terms(
        terms=_frame(
            (
                row
                for program, name, rebate in rebates
                for row in _terms(
                    program,
                    name,
                    rebate,
                    named[program.id, name] | (season_terms(program, name, rebate) if is_ahead else {}),
                )
            ),
            TERMS,
        ),
        rebates=compile_rebates(rebates),
        periods=_frame(
            (
                (horizon, program.id, name, period.id, period.start, period.end, through)
                for program, name, _, horizon, period, through in horizons
            ),
            PERIODS,
        ),
        windows=_frame(
            (
                *(
                    (horizon, term, period.id, *window)
                    for program, name, _, horizon, period, through in horizons
                    for term, *window in _windows(named[program.id, name], period, horizon, through)
                ),
                *(
                    (horizon, term, period.id, *window)
                    for program, name, rebate, _, period, through in running
                    for horizon, *window in season_windows(period, through)
                    for term in season_terms(program, name, rebate)
                ),
            ),
            WINDOWS,
        ),
        day_ratios=_frame(
            (
                row
                for program, name, rebate, horizon, period, through in horizons
                for row in day_ratios(named[program.id, name], rebate, period, horizon, through)
            ),
            DAY_RATIOS,
        ),
        fixed_rates=_frame(
            ((program.id, currency, rate) for program in programs for currency, rate in program.fx.rates), FIXED_RATES
        ),
        outlook=_frame(
            (
                (program.id, name, period.id, period.start, period.end, *_days(period, through))
                for program, name, _, _, period, through in running
            ),
            OUTLOOK,
        ),
    )


def _days(period: Period, through: date) -> tuple[int, int]:
    """Return the days elapsed through `through`, and all days of the period."""
    return length(period.start, through), length(period.start, period.end)


def _horizons(period: Period, program: Program, as_of: date) -> Iterator[tuple[str, date]]:
    """Yield the horizons for which a period is computed, each with the last day that counts."""
    settled = settled_through(period, as_of, program.grace_days)
    if settled is not None:
        yield "settled", settled
    if settled != period.end and period.start <= as_of:
        yield "to_date", min(as_of, period.end)


def _named(program: Program, name: str, rebate: Rebate) -> Iterable[tuple[str, Term]]:
    """Return the terms of a rebate with their names."""
    return figure_terms(program, name, rebate).values()


def _terms(program: Program, name: str, rebate: Rebate, terms: Mapping[str, Term]) -> Iterator[tuple[object, ...]]:
    """Yield the rows of TERMS of one rebate."""
    for term, need in terms.items():
        is_baseline = need.baseline is not None
        parts = need.baseline.periods if need.baseline else 1
        about = (need.kind, need.target, filter_key(rebate.members), need.products, need.transactions)
        yield (program.id, name, term, *about, is_baseline, parts, program.fx.policy, need.constant)


def _windows(
    terms: dict[str, Term], period: Period, horizon: str, through: date
) -> Iterator[tuple[str, int, date, date]]:
    """Yield the windows of each term in `period`: term, number among its windows there, first and last day."""
    for name, term in terms.items():
        if term.kind in AGREED or term.kind == "constant":
            continue
        if term.baseline is None:
            yield name, 1, period.start, through
        else:
            compared = compared_through(period, horizon, through)
            for part, (start, end) in enumerate(baseline_windows(period, compared, term.baseline), start=1):
                yield name, part, start, end


def _frame(rows: Iterable[tuple[object, ...]], schema: pl.Schema) -> pl.DataFrame:
    """Return rows as a frame of `schema`."""
    return pl.DataFrame(list(rows), schema=schema, orient="row")
