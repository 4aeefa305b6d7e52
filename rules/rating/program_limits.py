"""Limits of programs: the most that all rebates of a program together pay a member."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.money import round_money
from rules.rating.integers import Part, part_of
from rules.rating.notes import LIMITED, in_words, noted
from schemas.types import MONEY

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEY = ("program", "rebate", "member_id", "period")
_SUM = ("horizon", "program", "member_id", "period")
_NOTHING = pl.lit(0).cast(MONEY)


def with_settled(earned: pl.LazyFrame, horizons: Sequence[str] = ("to_date",)) -> pl.LazyFrame:
    """Return `earned` with wholly settled periods copied into `horizons`, so that sums cover all that a program owes.

    Adds is_copy; the caller drops the copies once the sums are made.
    """
    to_date = earned.filter(pl.col("horizon") == "to_date")
    whole = earned.filter(pl.col("horizon") == "settled").join(to_date, on=_KEY, how="anti")
    copies = [whole.with_columns(horizon=pl.lit(horizon), is_copy=pl.lit(value=True)) for horizon in horizons]
    return pl.concat([earned.with_columns(is_copy=pl.lit(value=False)), *copies])


def cap_programs(earned: pl.LazyFrame, provisions: pl.DataFrame) -> pl.LazyFrame:
    """Return `earned` with unrounded cut so that all rebates of a program stay within its limit per member and period.

    Rebates that stand earlier in the file are served first. `prorate: thresholds` on the program prorates its limit
    too. `earned` has horizon, program, rebate, member_id, period, unrounded (EXACT), note, program_days, period_days;
    hold_programs needs the columns that are added here: program_cap (EXACT, null: none) and position.
    """
    caps = provisions.drop_nulls("program_cap").select(
        "program", "rebate", "position", "program_cap", scales=pl.col("program_prorate") == "thresholds"
    )
    if caps.is_empty():
        return earned
    is_part = pl.col("scales") & (pl.col("program_days") < pl.col("period_days"))
    part = Part(pl.col("program_days"), pl.col("period_days"))
    most = pl.when(is_part).then(part_of(pl.col("program_cap"), part)).otherwise("program_cap")
    left = pl.col("left")
    is_cut = (pl.col("unrounded") > left).fill_null(value=False)
    return (
        earned.join(caps.lazy(), on=["program", "rebate"], how="left")
        .with_columns(program_cap=most)
        .with_columns(left=_left("unrounded", pl.col("program_cap")))
        .with_columns(
            unrounded=pl.when(is_cut).then(left).otherwise("unrounded"),
            note=noted(is_cut, pl.format(f"{LIMITED} by the limit of the program", in_words(left))),
        )
        .drop("scales", "left")
    )


def hold_programs(rounded: pl.LazyFrame, provisions: pl.DataFrame) -> pl.LazyFrame:
    """Return `rounded` with the amounts held to the program's limit, which several roundings might exceed by cents.

    `rounded` is the result of cap_programs with amount (MONEY) and minor_digits; its columns position and program_cap
    are dropped.
    """
    if provisions["program_cap"].is_null().all():
        return rounded
    most = round_money(pl.col("program_cap"), pl.col("minor_digits")).cast(MONEY)
    is_cut = (pl.col("amount") > pl.col("left")).fill_null(value=False)
    return (
        rounded.with_columns(left=_left("amount", most))
        .with_columns(amount=pl.when(is_cut).then("left").otherwise("amount"))
        .drop("left", "position", "program_cap")
    )


def _left(paid: str, most: pl.Expr) -> pl.Expr:
    """Return what the rebates before have left of `most`, at least zero; null where there is no limit."""
    # order_by, not the order of rows: joins do not keep it, and who is served first decides what is paid.
    earlier = pl.col(paid).cum_sum().over(_SUM, order_by="position") - pl.col(paid)
    # max_horizontal ignores nulls; most - most is a zero of the same type that is null where `most` is.
    return pl.max_horizontal(most - earlier, pl.when(most.is_not_null()).then(most - most))
