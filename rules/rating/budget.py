"""Budgets: the most that a program pays over all its days, shared in proportion where more was earned."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from rules.money import round_value
from rules.rating.allocation import allocate
from rules.rating.integers import integer
from rules.rating.notes import BUDGETED, in_words, noted
from schemas.types import EXACT, MONEY

_UNITS = {digits: 10 ** (18 - digits) for digits in range(5)}
"""One minor unit as the unscaled integer of an EXACT, by the number of decimals of the currency."""

_STEPS = {digits: Decimal(1).scaleb(-digits) for digits in range(5)}
"""One minor unit as a decimal, by the number of decimals of the currency."""

_ONE_PROGRAM = ("horizon", "program")
_TIES = ("payee_id", "member_id", "rebate", "period")


def scale_to_budgets(rounded: pl.LazyFrame, provisions: pl.DataFrame) -> pl.LazyFrame:
    """Return `rounded` with the amounts of every program that earned more than its budget scaled down to the budget.

    `rounded` has _ONE_PROGRAM, _TIES, unrounded (EXACT), amount (MONEY), minor_digits and note: every key of a horizon,
    those of past periods included. All unrounded figures of such a program are multiplied by the same factor, at most
    one, and rounded down to the minor unit; what is left goes, one unit each, to the largest fractions, equal ones in
    the order of payee, member, rebate and period. The budget also counts as exceeded where only the rounded amounts add
    up to more. An amount is null where figures are too large to be shared exactly.
    """
    budgets = provisions.drop_nulls("budget").select("program", "budget").unique()
    if budgets.is_empty():
        return rounded
    earned, before = pl.col("unrounded").sum().over(_ONE_PROGRAM), pl.col("amount").sum().over(_ONE_PROGRAM)
    is_over = ((earned > pl.col("budget")) | (before > pl.col("budget"))).fill_null(value=False)
    # Rounded down to whole minor units, so that the sum of the shares can never exceed the budget.
    units = integer(pl.min_horizontal(earned, "budget")) // _per_digits(_UNITS, pl.Int128())
    marked = rounded.join(budgets.lazy(), on="program", how="left").with_columns(is_over=is_over, total=units)
    over = marked.filter("is_over").with_columns(weight=round_value(pl.col("unrounded")))
    shared = allocate(over, by=_ONE_PROGRAM, total="total", weight="weight", ties=_TIES).drop("weight")
    # Back to money by multiplication with a power of ten, which is exact; a division would round.
    amount = (pl.col("share").cast(EXACT) * _per_digits(_STEPS, EXACT)).cast(MONEY)
    text = pl.format(BUDGETED, in_words(amount), in_words(pl.col("amount")))
    scaled = shared.with_columns(amount=amount, note=noted(amount != pl.col("amount"), text)).drop("share")
    return pl.concat([marked.filter(~pl.col("is_over")), scaled]).drop("budget", "is_over", "total")


def _per_digits(figures: dict[int, int] | dict[int, Decimal], dtype: pl.DataType) -> pl.Expr:
    """Return the figure for the row's number of decimals, minor_digits; polars raises for a number that has none."""
    return pl.col("minor_digits").replace_strict(figures, return_dtype=dtype)
