"""Terms: everything that the rules need summed as of a given day, compiled to small tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from rules.compiled.figure_terms import AGREED, figure_terms
from rules.compiled.periods import OUTLOOK, baseline_windows, periods_of, settled_through
from rules.compiled.scales import amount_of
from rules.compiled.seasons import season_terms, season_windows
from rules.compiled.segments import WINDOWS
from rules.money import minor_units
from schemas.types import RATE, VALUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from rules.compiled.figure_terms import Term
    from rules.compiled.periods import Period
    from rules.language.model import Measure, Program, Rebate

TERMS = pl.Schema(
    {
        "program": pl.String(),
        "rebate": pl.String(),
        "term": pl.String(),
        "kind": pl.String(),
        "target": pl.String(),
        "product_filter": pl.String(),
        "attribute_filter": pl.String(),
        "is_baseline": pl.Boolean(),
        "parts": pl.Int64(),
        "priced_by": pl.String(),
        "constant": VALUE,
    }
)
"""A term: what is summed, counted or looked up, and in which currency, unit or indicator.

`kind`: see rules.compiled.figure_terms. `target`: the currency, unit or visit indicator. `is_baseline`: over earlier
days, on which the member need not be enrolled. `parts`: the number of windows per period of which it is the average,
otherwise 1. `priced_by`: the program's policy for exchange rates.
"""

_FIGURE = {
    "counted": pl.String(),
    "kind": pl.String(),
    "term": pl.String(),
    "base_term": pl.String(),
    "when_missing": pl.String(),
    "missing_value": VALUE,
}
REBATES = pl.Schema(
    {
        "program": pl.String(),
        "rebate": pl.String(),
        "currency": pl.String(),
        "minor_digits": pl.Int32(),
        **{f"{role}_{name}": dtype for role in ("measure", "qualifier") for name, dtype in _FIGURE.items()},
        "round_digits": pl.Int32(),
        "is_for_all": pl.Boolean(),
        "rule_version": pl.String(),
    }
)
"""How a rebate combines its terms.

For measure_ and qualifier_ alike: what is `counted` (revenue, orders, …), the `kind` of figure made of it (plain,
growth_percent, …), its `term`, the `base_term` with which it is compared (null where there is none), and what is done
`when_missing`. `is_for_all`: a member may be paid without having bought anything.
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
    """The compiled rules: TERMS, REBATES, PERIODS, WINDOWS (see rules.compiled.segments), FIXED_RATES and OUTLOOK."""

    terms: pl.DataFrame
    rebates: pl.DataFrame
    periods: pl.DataFrame
    windows: pl.DataFrame
    fixed_rates: pl.DataFrame
    outlook: pl.DataFrame


def compile_terms(programs: Sequence[Program], as_of: date, *, is_ahead: bool = False) -> Terms:
    """Return what `programs` need summed for the books as of `as_of`; a few rows per rebate and period.

    `is_ahead`: open periods are forecast too (see rules.rating.forecast), which needs windows of last year.
    """
    rebates = [(program, name, rebate) for program in programs for name, rebate in program.rebates.items()]
    horizons = [
        (program, name, rebate, horizon, period, through)
        for program, name, rebate in rebates
        for period in periods_of(program, rebate)
        for horizon, through in _horizons(period, program, as_of)
    ]
    running = [row for row in horizons if is_ahead and row[3] == "to_date"]
    return Terms(
        terms=_frame(
            (row for program, name, rebate in rebates for row in _terms(program, name, rebate, is_ahead=is_ahead)),
            TERMS,
        ),
        rebates=_frame((_rebate(program, name, rebate) for program, name, rebate in rebates), REBATES),
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
                    for program, name, rebate, horizon, period, through in horizons
                    for term, *window in _windows(dict(_named(program, name, rebate)), period, horizon, through)
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
    return (through - period.start).days + 1, (period.end - period.start).days + 1


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


def _terms(program: Program, name: str, rebate: Rebate, *, is_ahead: bool) -> Iterator[tuple[object, ...]]:
    """Yield the rows of TERMS of one rebate."""
    last_year = season_terms(program, name, rebate) if is_ahead else {}
    for term, need in (dict(_named(program, name, rebate)) | last_year).items():
        is_baseline = need.baseline is not None
        parts = need.baseline.periods if need.baseline else 1
        about = (need.kind, need.target, need.products, need.transactions)
        yield (program.id, name, term, *about, is_baseline, parts, program.fx.policy, need.constant)


def _rebate(program: Program, name: str, rebate: Rebate) -> tuple[object, ...]:
    """Return the row of REBATES of one rebate."""
    terms = {part: term for part, (term, _) in figure_terms(program, name, rebate).items()}
    return (
        program.id,
        name,
        program.currency,
        minor_units(program.currency),
        *_figure(rebate.measure, terms, "measure"),
        *_figure(rebate.qualifier, terms, "qualifier"),
        rebate.qualifier.round,
        _is_for_all(rebate),
        program.version,
    )


def _figure(figure: Measure, terms: dict[str, str], role: str) -> tuple[object, ...]:
    """Return the columns of one figure in REBATES."""
    base = terms.get(f"{role}_base")
    return figure.counted, figure.kind, terms[role], base, figure.missing_policy, figure.missing_value


def _is_for_all(rebate: Rebate) -> bool:
    """Return whether a member may be paid without any purchase or visit.

    By a fee, a guarantee, a tier from zero, or a score that is taken for it where no visit has one.
    """
    figures = (rebate.measure, rebate.qualifier)
    fee = any(figure.counted == "constant" for figure in figures)
    assumed = any(figure.counted == "visit_score" and figure.missing_policy == "value" for figure in figures)
    guaranteed = rebate.guarantee is not None and rebate.guarantee.unconditional
    reached = rebate.method != "per_multiple" and any(tier.lower <= 0 and amount_of(tier) for tier in rebate.tiers)
    return fee or assumed or guaranteed or reached


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
            # To date, the period is open: its figure is compared with the whole baseline, see PERIODS.
            compared = period.end if horizon == "to_date" else through
            for part, (start, end) in enumerate(baseline_windows(period, compared, term.baseline), start=1):
                yield name, part, start, end


def _frame(rows: Iterable[tuple[object, ...]], schema: pl.Schema) -> pl.DataFrame:
    """Return rows as a frame of `schema`."""
    return pl.DataFrame(list(rows), schema=schema, orient="row")
