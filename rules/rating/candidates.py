"""Candidates: the members and periods that may earn a rebate, with all figures of the rebate in one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.rating.inputs import audiences
from schemas.types import VALUE

if TYPE_CHECKING:
    from rules.rating.inputs import Lookups

PERIOD_KEY = ("horizon", "program", "rebate", "period")
ROLES = ("measure", "qualifier")
_KEY = (*PERIOD_KEY, "member_id")
_NOTHING = pl.lit(0).cast(VALUE)


def candidates(values: pl.DataFrame, lookups: Lookups, rebates: pl.DataFrame) -> pl.LazyFrame:
    """Return one row per rebate, member and period, with what the rebate measures and what that is compared with.

    `values` as returned by rules.rating.measures, `rebates` as rules.compiled.rebate_table.REBATES. There is a row for
    every member with a figure for the period, even if only a target, and for every member that takes part where a
    rebate may pay on nothing bought. Returns the columns of `rebates`, horizon, member_id, period, and (all VALUE)
    measure_current and qualifier_current, 0 where nothing was counted, and measure_base and qualifier_base, null where
    there is none. A score is null where no visit has one: nobody looked, which is not the same as a score of 0.
    """
    of_term = values.lazy().drop("program", "rebate")
    rows = _keys(values, lookups, rebates).join(rebates.lazy(), on=["program", "rebate"])
    for role in ROLES:
        for column, term in ((f"{role}_current", f"{role}_term"), (f"{role}_base", f"{role}_base_term")):
            found = of_term.rename({"term": term, "value": column})
            rows = rows.join(found, on=["horizon", "member_id", "period", term], how="left")
    return rows.with_columns(
        pl.when(pl.col(f"{role}_counted") == "visit_score")
        .then(f"{role}_current")
        .otherwise(pl.col(f"{role}_current").fill_null(_NOTHING))
        .alias(f"{role}_current")
        for role in ROLES
    )


def _keys(values: pl.DataFrame, lookups: Lookups, rebates: pl.DataFrame) -> pl.LazyFrame:
    """Return the keys of all candidates: horizon, program, rebate, period and member_id, each once."""
    # Purchases before the period, or a figure agreed for them, do not make a member a candidate.
    earlier = lookups.terms.lazy().filter(pl.col("is_baseline") | (pl.col("kind") == "baseline"))
    own = values.lazy().join(earlier, on="term", how="anti").select(_KEY)
    everybody = present(lookups, rebates.lazy().filter("is_for_all")).select(_KEY)
    return pl.concat([own, everybody]).unique()


def present(lookups: Lookups, rebates: pl.LazyFrame) -> pl.LazyFrame:
    """Return the members that take part on at least one day of each period, up to its `through` day.

    Only of `rebates` (program, rebate). Returns horizon, program, rebate, period, member_id, each once.
    """
    of_file = ["program", "rebate"]
    wanted = lookups.periods.lazy().join(rebates, on=of_file, how="semi").join(audiences(lookups), on=of_file)
    days = lookups.member_spans.lazy().select("span", "valid_from", "valid_to")
    return (
        lookups.participants.lazy()
        .filter(~pl.col("is_baseline"))
        # Filtered before the join that multiplies: most members take part in none of these programs.
        .join(wanted, on=["program", "member_filter"], how="semi")
        .join(days, on="span")
        .join(wanted, on=["program", "member_filter"])
        .filter((pl.col("valid_from") <= pl.col("through")) & (pl.col("valid_to") >= pl.col("period_start")))
        .select(*PERIOD_KEY, "member_id")
        .unique()
    )
