"""Carried figures: what is below zero at the end of a period is taken off the next, where a rebate says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.rating.candidates import ROLES
from rules.rating.forecast import FORECAST
from rules.rating.notes import CARRIED, in_words, noted
from rules.rating.program_limits import with_settled
from schemas.types import EXACT, VALUE

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHAIN = ("horizon", "program", "rebate", "member_id")
_FIGURES = ("revenue", "quantity")
_NOTHING = pl.lit(0).cast(VALUE)


def carry(candidates: pl.LazyFrame, provisions: pl.DataFrame, *, is_ahead: bool) -> pl.LazyFrame:
    """Return `candidates` with what earlier periods left below zero taken off their figures, where it is carried.

    `candidates`: see rules.rating.candidates, with the columns of rules.compiled.terms.PERIODS. Adds carried (VALUE,
    zero or less; null where nothing can be carried), which is part of measure_current then. A qualifier that is a sum
    itself is carried like the measure. `is_ahead`: there are forecasts too, which follow the periods before them.
    """
    carrying = provisions.filter("is_carried").select("program", "rebate")
    if carrying.is_empty():
        return candidates.with_columns(carried=pl.lit(None, dtype=VALUE))
    of_file = ["program", "rebate"]
    chained = candidates.join(carrying.lazy(), on=of_file, how="semi")
    # To date and in a forecast, the periods before are the settled ones.
    horizons: Sequence[str] = ("to_date", FORECAST) if is_ahead else ("to_date",)
    before = {role: f"{role} carried" for role in ROLES}
    balances = {role: _balance(f"{role}_current") for role in ROLES}
    return pl.concat(
        [
            candidates.join(carrying.lazy(), on=of_file, how="anti").with_columns(carried=pl.lit(None, dtype=VALUE)),
            with_settled(chained, horizons)
            .with_columns(balances[role].alias(before[role]) for role in ROLES)
            .with_columns(_of_the_period_before(before[role]) for role in ROLES)
            .filter(~pl.col("is_copy"))
            .with_columns(
                measure_current=_with(before["measure"], "measure"),
                qualifier_current=_with(before["qualifier"], "qualifier"),
                carried=pl.col(before["measure"]),
            )
            .drop("is_copy", *before.values()),
        ],
    )


def note_carried(qualified: pl.LazyFrame) -> pl.LazyFrame:
    """Return `qualified` with a note of what was carried into the period."""
    is_so = (pl.col("carried") < 0).fill_null(value=False)
    text = pl.format(CARRIED, in_words(pl.col("carried").cast(EXACT)))
    return qualified.with_columns(note=noted(is_so, text))


def _balance(figure: str) -> pl.Expr:
    """Return what is below zero after each period: the sum so far less its highest value so far, at least zero.

    The same as to add each figure to what is left of the one before and to keep it where it is below zero.
    """
    so_far = pl.col(figure).cum_sum()
    lowest = so_far - pl.max_horizontal(so_far.cum_max(), _NOTHING)
    return lowest.over(_CHAIN, order_by="period_start").cast(VALUE)


def _of_the_period_before(balance: str) -> pl.Expr:
    """Return the balance with which a period begins."""
    return pl.col(balance).shift().over(_CHAIN, order_by="period_start").fill_null(_NOTHING)


def _with(balance: str, role: str) -> pl.Expr:
    """Return the figure of `role` with the balance, where it is a sum that can fall below zero."""
    is_sum = (pl.col(f"{role}_kind") == "plain") & pl.col(f"{role}_counted").is_in(_FIGURES)
    current = pl.col(f"{role}_current")
    return pl.when(is_sum).then((current + pl.col(balance)).cast(VALUE)).otherwise(current)
