"""Days inside: the number of days of a period on which a member takes part in a program."""

from __future__ import annotations

import polars as pl

DAYS_INSIDE = pl.Schema(
    {
        "program": pl.String(),
        "member_filter": pl.String(),
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "member_id": pl.String(),
        "days": pl.Int32(),
    }
)
"""The days of a period on which a member, or any buyer of a group, takes part; no row where there is none.

member_id is the node, where purchases are added up. member_filter: of whom the days are counted, of the program's
members (empty: all of them, as for the limit of the program).

The days are counted up to the end of the period by what is known today: fewer for a member that has left, and including
the days to come for one that has not. So an interim settlement is prorated by the same part as the final one.
"""

_DAY = pl.duration(days=1)


def compile_days_inside(
    participants: pl.DataFrame, member_spans: pl.DataFrame, *, periods: pl.DataFrame, provisions: pl.DataFrame
) -> pl.DataFrame:
    """Return the days of all members in every period of the programs that prorate anything: DAYS_INSIDE, sorted.

    `participants` has program, member_filter, is_baseline, span and node_id, `member_spans` span, valid_from and
    valid_to, `periods` rules.compiled.terms.PERIODS, `provisions` rules.compiled.provision_table.PROVISIONS. A day on
    which several buyers of a node take part counts once.
    """
    wanted = provisions.lazy().filter(_asks()).select("program", "rebate", "member_filter")
    own = periods.lazy().join(wanted, on=["program", "rebate"])
    # The limit of a program is prorated by the days in the program, whatever part of them a rebate is for.
    stretches = pl.concat([own, own.with_columns(member_filter=pl.lit(""))]).select(_PERIOD).unique()
    key = [*_PERIOD, "member_id"]
    begins = pl.max_horizontal("valid_from", "period_start")
    ends = pl.min_horizontal("valid_to", "period_end")
    # Union of overlapping intervals: only the days after the latest end so far are new.
    counted = pl.col("ends").cum_max().shift(1).over(key, order_by="begins")
    fresh = pl.max_horizontal("begins", counted + _DAY)
    return (
        participants.lazy()
        .filter(~pl.col("is_baseline"))
        .select(*_AUDIENCE, "span", member_id="node_id")
        .join(stretches, on=_AUDIENCE)
        .join(member_spans.lazy().select("span", "valid_from", "valid_to"), on="span")
        .with_columns(begins=begins, ends=ends)
        .filter(pl.col("begins") <= pl.col("ends"))
        .with_columns(days=pl.max_horizontal(_days(fresh, pl.col("ends")), 0))
        .group_by(key)
        .agg(pl.col("days").sum().cast(pl.Int32))
        .sort(key)
        .collect()
    )


def with_days(candidates: pl.LazyFrame, provisions: pl.DataFrame, days_inside: pl.DataFrame) -> pl.LazyFrame:
    """Return `candidates` with prorate (thresholds | payout; null: not), days, program_days and period_days (i32).

    days: those on which the rebate's own filter lets the member take part; program_days: all of its days in the
    program. All three are null where they are not needed. `candidates` has program, rebate, period_start, period_end
    and member_id; `provisions` is PROVISIONS.
    """
    asked = provisions.filter(_asks()).select(
        *_AUDIENCE, "rebate", prorate=pl.when(pl.col("prorate") != "none").then("prorate"), is_asked=True
    )
    if asked.is_empty():
        count = pl.lit(None, dtype=pl.Int32)
        return candidates.with_columns(
            prorate=pl.lit(None, dtype=pl.String), days=count, program_days=count, period_days=count
        )
    whole = _days(pl.col("period_start"), pl.col("period_end")).cast(pl.Int32)
    in_program = days_inside.lazy().filter(pl.col("member_filter") == "").select(*_PLACE, program_days="days")
    found = {name: pl.when("is_asked").then(pl.col(name).fill_null(0)) for name in ("days", "program_days")}
    return (
        candidates.join(asked.lazy(), on=["program", "rebate"], how="left")
        .join(days_inside.lazy(), on=[*_PERIOD, "member_id"], how="left")
        .join(in_program, on=_PLACE, how="left")
        .with_columns(**found, period_days=pl.when("is_asked").then(whole))
        .drop("is_asked", "member_filter")
    )


_AUDIENCE = ("program", "member_filter")
_PERIOD = (*_AUDIENCE, "period_start", "period_end")
_PLACE = ("program", "period_start", "period_end", "member_id")


def _asks() -> pl.Expr:
    """Return whether a rebate, or its program's limit, is prorated."""
    has_part_limit = (pl.col("program_prorate") == "thresholds") & pl.col("program_cap").is_not_null()
    return (pl.col("prorate") != "none") | has_part_limit


def _days(first: pl.Expr, last: pl.Expr) -> pl.Expr:
    """Return the number of days from first to last, both included."""
    return (last - first).dt.total_days() + 1
