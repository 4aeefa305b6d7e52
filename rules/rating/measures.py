"""The value of every term, per member and period, from what was scanned, visited and agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.compiled.conversion import convert_amount, convert_quantity
from rules.compiled.figure_terms import DISTINCT, SUMMED, VISITED
from rules.money import round_value
from rules.rating.agreed_figures import agreed_values, constants
from rules.rating.inputs import VALUE_KEY, Facts, Lookups
from rules.rating.like_for_like import per_day
from rules.rating.quotients import average, average_millionths
from rules.rating.visit_values import visit_values
from schemas.types import EXACT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def measure(facts: Facts, lookups: Lookups) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the value of each term per member (see at_nodes) and period, converted exactly and rounded once.

    A baseline that is compared like for like is brought to the days of the period, see rules.rating.like_for_like.

    Returns (VALUE_KEY and value, a VALUE) and the cells that no factor or rate could convert (VALUE_KEY, the keys of
    the sums, target, priced_on, transactions). Both are sorted.

    Raises:
        BooksError: two sources state different targets, or baselines, for one member.
    """
    cells = _of_goods(facts.sums, lookups, SUMMED)
    rows = _of_kind(cells, "transactions").with_columns(value=pl.col("transactions").cast(EXACT), divisor=_ONE)
    revenue = convert_amount(_of_kind(cells, "revenue"), lookups.fx_rates, lookups.fixed_rates)
    quantity = convert_quantity(_of_kind(cells, "quantity"), lookups.factors)
    converted = (revenue.with_columns(divisor=_ONE), quantity.with_columns(_NEVER_PRICED))
    visits = _of_terms(facts.completed_visits.lazy(), lookups, VISITED).join(
        lookups.windows.lazy(), on=["term", "segment"]
    )
    found = [
        *(_add_up(frame, average) for frame in (revenue.with_columns(divisor=_ONE), rows)),
        _add_up(quantity, average_millionths),
        _count(facts.items, lookups),
        visit_values(visits, facts.indicators),
        agreed_values(facts.agreed, lookups),
        constants(lookups),
    ]
    # A cell without a rate is left out of the sum and reported; summing it as zero in silence would underpay.
    lost = [frame.filter(pl.col("value").is_null()).select(*VALUE_KEY, *_CELL) for frame in converted]
    # Collected together, so that polars can share the join of sums with terms between the two.
    values, unconverted = pl.collect_all(
        [pl.concat([frame.select(*VALUE_KEY, "value") for frame in found]), pl.concat(lost)]
    )
    return per_day(values, lookups.day_ratios).sort(VALUE_KEY), unconverted.sort(*VALUE_KEY, *_CELL)


_CELL = (
    "span", "product_class", "attribute_class", "segment", "unit", "currency", "rate_date", "target", "priced_on",
    "transactions",
)  # fmt: skip
_WINDOW = (*VALUE_KEY, "parts", "part")
# Quantities have no day of a rate; the column gives both kinds of cell the same shape.
_NEVER_PRICED = pl.lit(None, dtype=pl.Date).alias("priced_on")
_ONE = pl.lit(1).cast(EXACT)


def _of_terms(facts: pl.LazyFrame, lookups: Lookups, kinds: Sequence[str]) -> pl.LazyFrame:
    """Return each fact of a span joined to the members and the terms of `kinds` for which it may count."""
    terms = lookups.terms.lazy().filter(pl.col("kind").is_in(kinds))
    return facts.join(lookups.participants.lazy(), on="span").join(
        terms, on=["program", "member_filter", "is_baseline"]
    )


def _of_goods(facts: pl.DataFrame, lookups: Lookups, kinds: Sequence[str]) -> pl.LazyFrame:
    """Return each fact about goods joined to the members, terms and periods for which it counts."""
    products = lookups.product_matches.lazy().rename({"filter": "product_filter"})
    attributes = lookups.attribute_matches.lazy().rename({"filter": "attribute_filter"})
    return (
        _of_terms(facts.lazy(), lookups, kinds)
        .join(products, on=["product_filter", "product_class"], how="semi")
        .join(attributes, on=["attribute_filter", "attribute_class"], how="semi")
        .join(lookups.windows.lazy(), on=["term", "segment"])
    )


def _of_kind(cells: pl.LazyFrame, kind: str) -> pl.LazyFrame:
    return cells.filter(pl.col("kind") == kind)


def _count(items: pl.DataFrame, lookups: Lookups) -> pl.LazyFrame:
    """Return how many different items each term counts: each item once per window, averaged over the windows.

    Millions of items are joined by the few classes they lie in, and carry the number of a window instead of its key.
    """
    classes = ["item_kind", "span", "product_class", "attribute_class", "segment"]
    placed = _of_goods(items.select(classes).unique(), lookups, DISTINCT).filter(pl.col("kind") == pl.col("item_kind"))
    found = placed.select(*classes, *_WINDOW).collect()
    windows = found.select(_WINDOW).unique().with_row_index("window")
    numbered = found.join(windows, on=_WINDOW).lazy().select(*classes, "window")
    once = items.lazy().join(numbered, on=classes).select("window", "item").unique().group_by("window").len()
    counted = once.join(windows.lazy(), on="window").group_by(VALUE_KEY)
    totals = counted.agg(pl.col("len").sum().cast(EXACT), pl.col("parts").first())
    return totals.with_columns(value=round_value(average(pl.col("len"), pl.col("parts"))))


def _add_up(cells: pl.LazyFrame, divided: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> pl.LazyFrame:
    """Return the sum of each key, rounded once after the sum and its one division.

    A key of which nothing could be converted is zero.
    """
    sums = cells.group_by(VALUE_KEY).agg(pl.col("value").sum(), pl.col("divisor", "parts").first())
    # One division for both, the conversion's and the average's: two would round twice.
    count = pl.col("divisor").cast(pl.Int128) * pl.col("parts")
    return sums.with_columns(value=round_value(divided(pl.col("value"), count)))
