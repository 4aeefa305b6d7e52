"""Terms: everything the rules ask to have added up by a given day, compiled to small tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from rules.money import minor_units
from rules.periods import baseline_window, periods_of, settled_through
from rules.segments import WINDOWS
from schemas.types import VALUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from rules.figures import FigureName
    from rules.model import Filter, Program, Rebate
    from rules.periods import Period

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
    }
)
"""A term: what is added up (kind: revenue | quantity), in which currency or unit (target), of what."""

REBATES = pl.Schema(
    {
        "program": pl.String(),
        "rebate": pl.String(),
        "currency": pl.String(),
        "minor_digits": pl.Int32(),
        "measure_kind": pl.String(),
        "measure_term": pl.String(),
        "qualifier_term": pl.String(),
        "baseline_term": pl.String(),
        "qualifier_kind": pl.String(),
        "when_missing": pl.String(),
        "missing_value": VALUE,
        "round_digits": pl.Int32(),
        "rule_version": pl.String(),
    }
)
"""How a rebate puts its terms together."""

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
"""Which periods are looked at, and through which day.

`settled`: through the last settlement, growth against the same days of the baseline. `to_date`, while a period is not
wholly settled: what it would pay if nothing more came, so growth against the whole baseline; never posted.
"""


@dataclass(frozen=True)
class Terms:
    """The compiled rules: TERMS, REBATES, PERIODS and WINDOWS (see rules.segments)."""

    terms: pl.DataFrame
    rebates: pl.DataFrame
    periods: pl.DataFrame
    windows: pl.DataFrame


def compile_terms(programs: Sequence[Program], as_of: date) -> Terms:
    """Compile what `programs` need added up for the books as of `as_of`; a few rows per rebate and period."""
    rebates = [(program, name, rebate) for program in programs for name, rebate in program.rebates.items()]
    horizons = [
        (program, name, rebate, horizon, period, through)
        for program, name, rebate in rebates
        for period in periods_of(program, rebate)
        for horizon, through in _horizons(period, program, as_of)
    ]
    return Terms(
        terms=_frame((row for program, name, rebate in rebates for row in _terms(program, name, rebate)), TERMS),
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
                (horizon, term, period.id, start, end)
                for program, name, rebate, horizon, period, through in horizons
                for term, start, end in _windows(program, name, rebate, period, horizon, through)
            ),
            WINDOWS,
        ),
    )


def filter_key(condition: Filter | None) -> str:
    """Give filters that say the same the same name; the name of no filter is empty."""
    return "" if condition is None else condition.model_dump_json(include={"include", "exclude"})


def term_name(program: Program, rebate: str, measure: FigureName, *, is_baseline: bool = False) -> str:
    """Name a term after what it adds up."""
    return f"{program.id}/{rebate}/{measure}{' baseline' if is_baseline else ''}"


def _horizons(period: Period, program: Program, as_of: date) -> Iterator[tuple[str, date]]:
    settled = settled_through(period, as_of, program.grace_days)
    if settled is not None:
        yield "settled", settled
    if settled != period.end and period.start <= as_of:
        yield "to_date", min(as_of, period.end)


def _measures(rebate: Rebate) -> tuple[FigureName, ...]:
    return tuple(dict.fromkeys((rebate.measure.counted, rebate.qualifier.counted)))


def _is_growth(rebate: Rebate) -> bool:
    return rebate.qualifier.kind != "plain"


def _terms(program: Program, name: str, rebate: Rebate) -> Iterator[tuple[object, ...]]:
    filters = (filter_key(rebate.products), filter_key(rebate.transactions))
    wanted = [(measure, False) for measure in _measures(rebate)]
    if _is_growth(rebate):
        wanted.append((rebate.qualifier.counted, True))
    for measure, is_baseline in wanted:
        target = program.currency if measure == "revenue" else rebate.unit
        term = term_name(program, name, measure, is_baseline=is_baseline)
        yield (program.id, name, term, measure, target, *filters, is_baseline)


def _rebate(program: Program, name: str, rebate: Rebate) -> tuple[object, ...]:
    qualifier = rebate.qualifier
    return (
        program.id,
        name,
        program.currency,
        minor_units(program.currency),
        rebate.measure.counted,
        term_name(program, name, rebate.measure.counted),
        term_name(program, name, qualifier.counted),
        term_name(program, name, qualifier.counted, is_baseline=True) if _is_growth(rebate) else None,
        qualifier.kind,
        qualifier.missing_policy,
        qualifier.missing_value,
        qualifier.round,
        program.version,
    )


def _windows(
    program: Program, name: str, rebate: Rebate, period: Period, horizon: str, through: date
) -> Iterator[tuple[str, date, date]]:
    for measure in _measures(rebate):
        yield term_name(program, name, measure), period.start, through
    if _is_growth(rebate) and rebate.qualifier.baseline:
        compared = period.end if horizon == "to_date" else through
        start, end = baseline_window(period, compared, rebate.qualifier.baseline)
        yield term_name(program, name, rebate.qualifier.counted, is_baseline=True), start, end


def _frame(rows: Iterable[tuple[object, ...]], schema: pl.Schema) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=schema, orient="row")
