"""Stacking: how the rebates of a group combine for one member, in the order of the file.

A group lies within one program and period and is evaluated per member. `additive`: all pay. `best_of`: only the one
that pays most, the first of equals. `first_of`: only the first that pays more than zero. `cascade`: what the earlier
ones pay is deducted from the revenue on which a later one is computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.money import round_value
from rules.rating.notes import REDUCED, REPLACED, in_words, noted
from schemas.types import EXACT

if TYPE_CHECKING:
    from collections.abc import Callable

    Earn = Callable[[pl.LazyFrame], pl.LazyFrame]

GROUP = ("horizon", "program", "stack_group", "member_id", "period")
"""The key of a stacking group of one member and period."""

_NOTHING = pl.lit(0).cast(EXACT)


def earn_in_turn(candidates: pl.LazyFrame, provisions: pl.DataFrame, earn: Earn) -> pl.LazyFrame:
    """Return what `earn` computes for all rebates at once, except those of a cascade, computed one after the other.

    Before a rebate of a cascade is computed, what the earlier ones of its group pay is deducted from measure_current,
    and from qualifier_current where the qualifier is the same figure. A rebate with `reduced: false` is computed on the
    full figure; what it pays is still deducted from later ones. The difference is rounded like every measure.
    `candidates`: see rules.rating.candidates; the result of `earn` has unrounded (EXACT) and note.
    """
    places = provisions.filter(pl.col("stack_policy") == "cascade").select(
        "program", "rebate", "stack_group", "stack_rank", "is_reduced"
    )
    if places.is_empty():
        return earn(candidates)
    # Collected here and after each rank: a lazy plan would repeat all earlier ranks within each later one.
    placed = candidates.join(places.lazy(), on=["program", "rebate"], how="left").collect().lazy()
    # First everything that waits for nothing: rank 0 of every cascade and all rebates outside one.
    earned = [earn(placed.filter(pl.col("stack_rank").fill_null(0) == 0)).collect()]
    # As many rounds as the longest cascade of any program has rebates, not one per program.
    for rank in range(1, int(str(places["stack_rank"].max())) + 1):
        earlier = pl.concat(earned).lazy().group_by(GROUP).agg(paid=pl.col("unrounded").sum())
        later = placed.filter(pl.col("stack_rank") == rank).join(earlier, on=GROUP, how="left")
        earned.append(_reduced(later, earn).collect())
    return pl.concat(earned).lazy().drop("stack_group", "stack_rank", "is_reduced")


def stack(earned: pl.LazyFrame, provisions: pl.DataFrame) -> pl.LazyFrame:
    """Return `earned` with unrounded kept only by the rebate that its group pays, for best_of and first_of."""
    places = provisions.filter(pl.col("stack_policy").is_in(["best_of", "first_of"])).select(
        "program", "rebate", "stack_group", "stack_policy", "stack_rank"
    )
    if places.is_empty():
        return earned
    of_file = ["program", "rebate"]
    paying = pl.when(pl.col("unrounded") > 0).then("stack_rank")
    most = pl.col("unrounded").max().over(GROUP)
    # The smallest rank among those that qualify wins: the first of equals, whatever the order of the rows.
    best = pl.when((pl.col("stack_policy") == "first_of") | (pl.col("unrounded") == most)).then(paying)
    is_away = ((pl.col("unrounded") > 0) & (pl.col("stack_rank") != pl.col("winner"))).fill_null(value=False)
    name = pl.col("rebate").filter(pl.col("stack_rank") == pl.col("winner")).first().over(GROUP)
    return pl.concat(
        [
            earned.join(places.lazy(), on=of_file, how="anti"),
            earned.join(places.lazy(), on=of_file)
            .with_columns(winner=best.min().over(GROUP))
            .with_columns(
                unrounded=pl.when(is_away).then(_NOTHING).otherwise("unrounded"),
                note=noted(
                    is_away,
                    pl.format(f"{{}}: {{}} {REPLACED}", "stack_policy", name, in_words(pl.col("unrounded"))),
                ),
            )
            .drop("stack_group", "stack_policy", "stack_rank", "winner"),
        ]
    )


def _reduced(candidates: pl.LazyFrame, earn: Earn) -> pl.LazyFrame:
    """Return what `candidates` earn after `paid` is deducted from their measure."""
    paid = pl.when("is_reduced").then(pl.col("paid").fill_null(_NOTHING)).otherwise(_NOTHING)
    is_same = (pl.col("qualifier_kind") == "plain") & (pl.col("qualifier_term") == pl.col("measure_term"))
    less = {
        name: round_value(pl.col(name).cast(EXACT) - pl.col("paid"))
        for name in ("measure_current", "qualifier_current")
    }
    text = pl.format(f"{REDUCED}, which earlier rebates pay", in_words(pl.col("paid")))
    return (
        candidates.with_columns(paid=paid)
        .with_columns(
            measure_current=less["measure_current"],
            qualifier_current=pl.when(is_same).then(less["qualifier_current"]).otherwise("qualifier_current"),
        )
        .pipe(earn)
        .with_columns(note=noted(pl.col("paid") > 0, text))
        .drop("paid")
    )
