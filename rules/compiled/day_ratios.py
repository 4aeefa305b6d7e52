"""Day ratios: how much longer a period is than the days it is compared with, where growth is taken like for like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.compiled.periods import baseline_windows, compared_through, length
from schemas.types import VALUE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from rules.compiled.figure_terms import Term
    from rules.compiled.periods import Period
    from rules.language.model import Rebate

DAY_RATIOS = pl.Schema(
    {
        "horizon": pl.String(),
        "term": pl.String(),
        "period": pl.String(),
        "days": VALUE,
        "baseline_days": VALUE,
    }
)
"""By which a baseline is multiplied, as days / baseline_days; no row where totals are compared.

days: those of the period as far as it is compared, times the number of periods of an average. baseline_days: those of
all its windows together.
"""


def day_ratios(
    terms: Mapping[str, Term], rebate: Rebate, period: Period, horizon: str, through: date
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of DAY_RATIOS of one period of a rebate."""
    if rebate.compare != "like_for_like":
        return
    compared = compared_through(period, horizon, through)
    for name, term in terms.items():
        if term.baseline is None:
            continue
        windows = baseline_windows(period, compared, term.baseline)
        before = sum(length(start, end) for start, end in windows)
        if before:
            yield horizon, name, period.id, length(period.start, compared) * len(windows), before
