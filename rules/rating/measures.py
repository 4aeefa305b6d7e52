"""The value of every term, per member and period, from what was scanned, visited and agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.compiled.conversion import convert_amount, convert_quantity
from rules.compiled.figure_terms import VISITED
from rules.money import round_value
from rules.rating.agreed_figures import agreed_values, constants
from rules.rating.inputs import VALUE_KEY
from rules.rating.like_for_like import per_day
from rules.rating.quotients import average, average_millionths
from rules.rating.visit_values import visit_values
from schemas.types import EXACT

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.rating.inputs import Facts, Lookups


def measure(facts: Facts, lookups: Lookups) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the value of each term per member (see at_nodes) and period, converted exactly and rounded once.

    A baseline that is compared like for like is brought to the days of the period, see rules.rating.like_for_like.

    Returns (VALUE_KEY and value, a VALUE), sorted, and the cells that no factor or rate could convert (VALUE_KEY,
    node_no, window_no and LEFT_OUT).

    Raises:
        BooksError: two sources state different targets, or baselines, for one member.
    """
    cells = _of_terms(facts.cells, facts, lookups)
    rows = _of_kind(cells, "transactions").with_columns(value=pl.col("transactions").cast(EXACT), divisor=_ONE)
    revenue = convert_amount(_of_kind(cells, "revenue"), lookups.fx_rates, lookups.fixed_rates)
    quantity = convert_quantity(_of_kind(cells, "quantity"), lookups.factors)
    converted = (revenue.with_columns(divisor=_ONE), quantity)
    found = [
        *(_add_up(frame, average) for frame in (revenue.with_columns(divisor=_ONE), rows)),
        _add_up(quantity, average_millionths),
        _count(_of_terms(facts.counted, facts, lookups)),
    ]
    # A cell without a rate is left out of the sum and reported; summing it as zero in silence would underpay.
    lost = [frame.filter(pl.col("value").is_null()).select(*_CELL, *LEFT_OUT) for frame in converted]
    # Collected together, so that polars can share the join of cells with terms between the two.
    summed, unconverted = pl.collect_all([pl.concat(found), pl.concat(lost)])
    others = [
        visit_values(_of_visits(facts, lookups), facts.indicators),
        agreed_values(facts.agreed, lookups),
        constants(lookups),
    ]
    values = pl.concat(frame.select(*VALUE_KEY, "value") for frame in (_named(summed, facts).lazy(), *others))
    return per_day(values.collect(), lookups.day_ratios).sort(VALUE_KEY), _named(unconverted, facts)


LEFT_OUT = ("unit", "product_class", "currency", "priced_on", "transactions")
"""Of a cell that could not be converted: what its conversion depends on, and how many transactions it is of."""

_CELL = ("node_no", "window_no")
_ONE = pl.lit(1).cast(EXACT)


def _of_terms(rows: pl.DataFrame, facts: Facts, lookups: Lookups) -> pl.LazyFrame:
    """Return rows of the nodes of `facts` with what their term says: program, kind, target, priced_by, parts."""
    terms = lookups.terms.select("program", "rebate", "term", "kind", "target", "priced_by", "parts")
    # The first of the terms that are alike, which are converted by the same.
    windows = facts.windows.unique("window_no", keep="first", maintain_order=True)
    of_window = (
        windows.select("window_no", "program", "rebate", "term")
        .join(terms, on=["program", "rebate", "term"])
        .drop("rebate", "term")
    )
    return rows.lazy().join(facts.nodes.lazy(), on="node_no", how="semi").join(of_window.lazy(), on="window_no")


def _of_visits(facts: Facts, lookups: Lookups) -> pl.LazyFrame:
    """Return each completed visit joined to the members, terms and periods for which it counts."""
    terms = lookups.terms.lazy().filter(pl.col("kind").is_in(VISITED))
    return (
        facts.completed_visits.lazy()
        .join(lookups.participants.lazy(), on="span")
        .join(terms, on=["program", "member_filter", "is_baseline"])
        .join(lookups.windows.lazy(), on=["term", "segment"])
    )


def _of_kind(cells: pl.LazyFrame, kind: str) -> pl.LazyFrame:
    return cells.filter(pl.col("kind") == kind)


def _count(counted: pl.LazyFrame) -> pl.LazyFrame:
    """Return how many different items each term counts, averaged over the parts of its window."""
    value = round_value(average(pl.col("items").cast(EXACT), pl.col("parts")))
    return counted.select(*_CELL, value=value)


def _add_up(cells: pl.LazyFrame, divided: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> pl.LazyFrame:
    """Return the sum of each node and window, rounded once after the sum and its one division.

    A window of which nothing could be converted is zero.
    """
    sums = cells.group_by(_CELL).agg(pl.col("value").sum(), pl.col("divisor", "parts").first())
    # One division for both, the conversion's and the average's: two would round twice.
    count = pl.col("divisor").cast(pl.Int128) * pl.col("parts")
    return sums.select(*_CELL, value=round_value(divided(pl.col("value"), count)))


def _named(rows: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Return rows by node and window with VALUE_KEY."""
    return rows.join(facts.windows, on="window_no").join(facts.nodes, on="node_no")
