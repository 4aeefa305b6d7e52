"""Seasons: what was counted in last year's period and on its same days, from which open periods are forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.compiled.figure_terms import TRANSACTED, figure_terms
from rules.compiled.periods import baseline_windows
from rules.language.figures import Baseline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from rules.compiled.figure_terms import Term
    from rules.compiled.periods import Period
    from rules.language.model import Program, Rebate

FORESEEN = (*TRANSACTED, "visits")
"""The kinds of term that grow with the days and can be forecast; scores, fees and agreed figures cannot."""

LAST_YEAR, LAST_YEAR_TO_DATE = "last_year", "last_year_to_date"
"""Horizons of windows only: last year's whole period, and its days up to the day of the books."""

MOST_GROWTH = 1000
"""The smallest part, as a divisor, that last year's same days must be of the whole period to be used as a season."""

_SUFFIX = " last year"
_KEY = ("term", "member_id", "period")


def season_terms(program: Program, name: str, rebate: Rebate) -> dict[str, Term]:
    """Return the terms to be counted over last year to forecast the figures of `rebate`, by name.

    A share is left out: it is forecast as it stands, since the whole would be forecast in the same way.
    """
    parts = figure_terms(program, name, rebate)
    figures = {"measure": rebate.measure, "qualifier": rebate.qualifier}
    counted = dict(parts[role] for role, figure in figures.items() if figure.kind != "share_percent")
    return {
        f"{name}{_SUFFIX}": term._replace(baseline=Baseline("previous_year"))
        for name, term in counted.items()
        if term.kind in FORESEEN
    }


def season_windows(period: Period, through: date) -> Iterator[tuple[str, int, date, date]]:
    """Yield the windows of every season term in an open `period`: horizon, part, first and last day.

    None where the calendar does not cover last year, or where the period is so long that last year's is not over yet.
    """
    calendar = period.calendar
    first = calendar.month_of(period.start) - calendar.months_per_year
    if calendar.covers is not None and first < calendar.month_of(calendar.covers[0]):
        return
    ((start, end),) = baseline_windows(period, period.end, Baseline("previous_year"))
    ((_, same_day),) = baseline_windows(period, through, Baseline("previous_year"))
    if end <= through:
        yield LAST_YEAR, 1, start, end
        yield LAST_YEAR_TO_DATE, 1, start, same_day


def price_alike(windows: pl.DataFrame) -> pl.DataFrame:
    """Return `windows` in which last year's same days end with its whole period, so that both use the same rates.

    `windows` as returned by rules.compiled.segments.cut_days; only `end` changes, on which nothing but the exchange
    rate depends.
    """
    if windows.filter(horizon=LAST_YEAR_TO_DATE).is_empty():
        return windows
    key = ["term", "period", "part"]
    whole = windows.filter(horizon=LAST_YEAR).select(*key, whole_end="end").unique()
    is_part = pl.col("horizon") == LAST_YEAR_TO_DATE
    return (
        windows.join(whole, on=key, how="left", maintain_order="left")
        .with_columns(end=pl.when(is_part).then("whole_end").otherwise("end"))
        .drop("whole_end")
    )


def seasons(values: pl.DataFrame, unconverted: pl.DataFrame) -> pl.DataFrame:
    """Return what was counted last year, where it can be used: term, member_id, period, whole, same.

    `values` and `unconverted` as returned by rules.rating.measures.measure; `term` is the one to be forecast. There is
    a row where the whole period and the same days are both above zero, the latter at least 1 / MOST_GROWTH of the
    former, and every transaction could be converted.
    """
    found = {
        name: values.filter(pl.col("horizon") == horizon, pl.col("value") > 0).select(
            *_KEY, pl.col("value").alias(name)
        )
        for name, horizon in (("whole", LAST_YEAR), ("same", LAST_YEAR_TO_DATE))
    }
    return (
        found["whole"]
        .join(found["same"], on=_KEY)
        .join(unconverted.filter(is_of_last_year()), on=_KEY, how="anti")
        .filter(pl.col("whole") <= pl.col("same") * MOST_GROWTH)
        .with_columns(pl.col("term").str.strip_suffix(_SUFFIX))
    )


def is_of_last_year() -> pl.Expr:
    """Return whether a value serves a forecast only."""
    return pl.col("horizon").is_in([LAST_YEAR, LAST_YEAR_TO_DATE])
